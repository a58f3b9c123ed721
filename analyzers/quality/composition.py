"""How the picture is put together: where the subject sits, how heads are framed, tilt, emptiness, symmetry."""

from __future__ import annotations

import math
from typing import ClassVar, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Pixels, fit
from analyzers.quality.horizon import INPUT_SIZE, find_tilt
from analyzers.quality.overview import Overview, overview
from analyzers.quality.saliency import Spot, find_spot
from bus.findings import Composition, Face, Faces, HeadFraming, Point

Edge: TypeAlias = Literal["left", "right", "top", "bottom"]
Grid: TypeAlias = NDArray[np.bool_]
Plane: TypeAlias = NDArray[np.float32]

CROWN = 0.2
"""The crown is about this share of a face box's height above it: 0.07 to 0.23 with short hair, 0.35 to 0.41 with
much of it or a cap, measured between boxes and outlines of 12 heads."""
CHOPPED = 0.12
"""Share of the face's height that must be missing above before a head counts as cropped: hair alone does not."""
SAME_RANK = 0.25
"""Area, relative to the largest face, from which another face belongs to the subject."""
TILTED = 3.5
"""Degrees from which people see that a picture hangs askew."""
SPECK = 0.05
"""Share of the picture below which its most salient spot is a speck; the map blurs a point to 0.03."""
TILES = 32
QUIET = 2.2
"""Standard deviation of L* in a tile in which nothing happens."""


class CompositionAnalyzer(Analyzer):
    """Geometry of the faces, or else of the most salient spot; straight lines; quiet tiles; mirror correlation."""

    group: ClassVar[str] = "quality"
    version: ClassVar[str] = "2"
    model: str = "geometry, saliency, LSD"
    accepts_empty: ClassVar[bool] = True
    """A picture without faces is composed as well."""

    def analyze(self, photo: Photo, faces: Faces) -> Composition:
        """The composition of the photo; all positions are those in the whole photo, bars included."""
        width, height = photo.width, photo.height
        whole = overview(photo)
        inner = whole.image
        spot = None if faces.faces else find_spot(inner)
        subject = _group_center(faces.faces) if faces.faces else whole.in_photo(spot.x, spot.y) if spot else None
        heads = tuple(frame_head(index, face, width, height) for index, face in enumerate(faces.faces))
        tilt = find_tilt(cv2.cvtColor(fit(inner, INPUT_SIZE)[0], cv2.COLOR_BGR2GRAY))
        empty = empty_share(inner, [_body(face, whole) for face in faces.faces])
        tiny = _is_tiny(faces.faces, spot, empty, height)
        return Composition(
            orientation=orientation(width, height),
            heads=heads,
            subject=subject,
            thirds=thirds_score(subject, width, height),
            centered=centered_score(subject, width, height),
            tilt=tilt,
            tilted=tilt is not None and abs(tilt) >= TILTED,
            empty_space=empty,
            too_empty=empty > 0.72 and (tiny or subject is None or (spot is not None and spot.area < SPECK)),
            symmetry=symmetry(inner),
            tiny_subject=tiny,
        )


def orientation(width: int, height: int) -> Literal["landscape", "portrait", "square", "panorama"]:
    """By the ratio of the sides; 5 % off are still square, twice as wide as high is a panorama."""
    ratio = width / height
    if ratio >= 2:
        return "panorama"
    if 0.95 <= ratio <= 1.05:
        return "square"
    return "landscape" if ratio > 1 else "portrait"


def frame_head(index: int, face: Face, width: int, height: int) -> HeadFraming:
    """How `face`, number `index`, sits in a photo of `width` × `height` pixels."""
    box = face.box
    headroom = (box.y - CROWN * box.h) / height
    cropped: list[Edge] = [side for side in face.cut_off if side != "top"]
    if "top" in face.cut_off or box.y < (CROWN - CHOPPED) * box.h:
        cropped.append("top")
    headroom = min(headroom, 0.0) if "top" in cropped else max(headroom, 0.0)  # the crown is a guess; one verdict on it
    center = (box.x + box.w / 2) / width
    position: Literal["left", "center", "right"] = "left" if center < 0.38 else "right" if center > 0.62 else "center"
    return HeadFraming(face=index, headroom=headroom, cropped=tuple(cropped), position=position, tilt=head_tilt(face))


def head_tilt(face: Face) -> float | None:
    """Roll of the eye line in degrees, clockwise positive; None without landmarks or where a profile hides an eye."""
    if len(face.landmarks) < 2:
        return None
    (x0, y0), (x1, y1) = face.landmarks[:2]
    if math.hypot(x1 - x0, y1 - y0) < 0.2 * face.box.w:
        return None
    return math.degrees(math.atan2(y1 - y0, x1 - x0))


def thirds_score(subject: Point | None, width: int, height: int) -> float:
    """1 on a power point of the thirds, 0 from the distance of the very centre on; 0 without a subject."""
    if subject is None:
        return 0.0
    x, y = subject[0] / width, subject[1] / height
    nearest = min(math.hypot(x - px, y - py) for px in (1 / 3, 2 / 3) for py in (1 / 3, 2 / 3))
    return max(0.0, 1 - nearest / math.hypot(1 / 6, 1 / 6))


def centered_score(subject: Point | None, width: int, height: int) -> float:
    """1 in the very centre, 0 from a quarter of the photo's sides off; 0 without a subject."""
    if subject is None:
        return 0.0
    return max(0.0, 1 - math.hypot(subject[0] / width - 0.5, subject[1] / height - 0.5) / 0.25)


def empty_share(image: Pixels, people: list[tuple[float, float, float, float]]) -> float:
    """The share of tiles of `image` in which nothing happens; `people` (left, top, right, bottom) are never empty."""
    small = fit(image, 8 * TILES)[0]
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2Lab)
    lightness = lab[..., 0].astype(np.float32) / 2.55
    height, width = lightness.shape
    rows, columns = max(1, height // 8), max(1, width // 8)
    mean = cv2.resize(lightness, (columns, rows), interpolation=cv2.INTER_AREA)
    square = cv2.resize(lightness**2, (columns, rows), interpolation=cv2.INTER_AREA)
    quiet: Grid = np.sqrt(np.maximum(square - mean**2, 0)) < QUIET
    across, down = columns / image.shape[1], rows / image.shape[0]
    for left, top, right, bottom in people:
        rows_of = slice(max(0, round(top * down)), max(0, round(bottom * down)))
        quiet[rows_of, max(0, round(left * across)) : max(0, round(right * across))] = False
    return float(quiet.mean())


def symmetry(image: Pixels) -> float:
    """How far the halves mirror each other, at the best axis within 4 % of the middle; 0..1.

    The lesser of two correlations with the mirror image: of lightness, which alone takes any dark suit in the middle
    for symmetric, and of outlines. Photos: up to 0.55; a picture of one tone is its own mirror image: 1.
    """
    side = 96
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (side, side), interpolation=cv2.INTER_AREA)
    plane = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.5)
    if float(plane.std()) < 0.5:
        return 1.0
    outlines = cv2.magnitude(cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1))
    axes = [slice(max(0, shift), side + min(0, shift)) for shift in range(-8, 9, 2)]
    return max(0.0, *(min(_mirror_correlation(p[:, axis]) for p in (plane, outlines)) for axis in axes))


def _mirror_correlation(plane: Plane) -> float:
    centered = plane.astype(np.float64) - plane.mean()
    return float((centered * centered[:, ::-1]).sum() / max(float((centered**2).sum()), 1e-9))


def _group_center(faces: tuple[Face, ...]) -> Point:
    """The mean centre of the faces that are large enough to be the subject, weighted by their area."""
    largest = max(face.box.w * face.box.h for face in faces)
    ranked = [face.box for face in faces if face.box.w * face.box.h >= SAME_RANK * largest]
    total = max(sum(box.w * box.h for box in ranked), 1e-9)
    x = sum((box.x + box.w / 2) * box.w * box.h for box in ranked) / total
    y = sum((box.y + box.h / 2) * box.w * box.h for box in ranked) / total
    return x, y


def _body(face: Face, whole: Overview) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the person below a face, roughly, in pixels of the overview."""
    box = face.box
    left, top = whole.from_photo(box.x - box.w, box.y - CROWN * box.h)
    right, bottom = whole.from_photo(box.x + 2 * box.w, box.y + 7 * box.h)
    return left, top, right, bottom


def _is_tiny(faces: tuple[Face, ...], spot: Spot | None, empty: float, height: int) -> bool:
    """A person, some eight faces tall, of an eighth of the photo's height; or a speck in a quiet picture."""
    if faces:
        return max(face.box.h for face in faces) * 8 < height / 8
    return spot is not None and spot.area < SPECK and empty > 0.7
