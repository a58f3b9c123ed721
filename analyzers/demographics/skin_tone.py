"""Skin tone: how light the skin of a face is in this photo, and how far that can be trusted. For the debug view."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Pixels, Skip, fit
from analyzers.demographics.skin_colors import (
    Cast,
    cast_of,
    ita,
    ita_error,
    lab,
    linear,
    monk,
    monk_range,
    neutralised,
)
from bus.findings import FaceMesh, FaceSkinTone, Mesh, SkinTone

Floats: TypeAlias = NDArray[np.floating[Any]]

PATCHES = (
    (9, 107, 66, 69, 108, 151, 337, 299, 296, 336),  # the middle of the forehead, above the brows
    (118, 101, 36, 205, 187, 123, 117),  # the right cheek (the subject's), below the eye and beside the nose
    (347, 330, 266, 425, 411, 352, 346),  # the left cheek
)
"""Where skin is bare on most faces: polygons of MediaPipe's 478 points."""

LIGHT_SIDE = 256
"""Long side in pixels at which the colour of the light is estimated."""

DARKEST, BRIGHTEST = 12, 248
"""Values of a channel, 0..255, beyond which a pixel has lost its colour."""

FEWEST = 24
"""Pixels that a patch must have to count."""

ENOUGH = 5000
"""Pixels of a patch beyond which more of them, evenly chosen, tell nothing new."""

FARTHEST = 16_000
"""Pixels beside the photo to which corners are drawn: OpenCV is slow with farther ones."""

NARROWEST = 0.25
"""Share of the larger cheek's area below which the other is turned away, and does not count."""

NEAR = 2.0
"""Robust standard deviations from a patch's median within which a pixel is skin: not shine, shadow, hair or a frame."""

PALEST = 3.0
"""Chroma below which the photo has no colour to speak of: black and white."""


EXPOSURE = np.array([7.0, 0.0, 0.0])
"""Standard deviation of L* that exposure and light bring in: one man has 55 to 73 in four of the test photos."""


class Sample(NamedTuple):
    """The skin of one patch: linear light [3], and the standard deviation of its L*, a*, b* [3]."""

    light: Floats
    deviation: Floats


class SkinToneAnalyzer(Analyzer):
    """The colour of the skin of every face with a mesh, by colour science alone. It never becomes a cue.

    Forehead and cheeks are sampled, the photo's colour cast is taken out as far as estimates of the light agree, and
    the middle of the patches is given as L*a*b* (D65), as typology angle and as tone of the Monk scale. A photo says
    how light skin came out under its light and exposure, and the same skin comes out otherwise in the next: the
    uncertainty holds that, the disagreement of the patches, and half of what was taken out as a cast.
    """

    group = "demographics"
    version = "1"
    model = "cielab-ita"

    def analyze(self, photo: Photo, mesh: Mesh) -> SkinTone:
        """The tone of every face with enough bare skin, in the order of `mesh`; raises UnreadablePhoto.

        Raises Skip when there is no such face, or no colour in the photo.
        """
        cast = photo.shared("light", lambda: light_of(photo.bgr, mesh))
        tones = [tone for face in mesh.faces if (tone := measure(photo.rgb, face, cast))]
        if not tones:
            raise Skip("no bare skin with a colour is large enough to measure")
        return SkinTone(faces=tuple(tones))


def light_of(bgr: Pixels, mesh: Mesh) -> Cast:
    """The colour of the photo's light, from everything but the heads: skin would pass for a warm light."""
    small, factor = fit(bgr, LIGHT_SIDE)
    counts = np.asarray(((small > DARKEST) & (small < BRIGHTEST)).all(axis=2))
    for face in mesh.faces:
        x, y, w, h = (float(v) for v in cv2.boundingRect(np.float32(face.points[:, :2] * factor)))
        rows = slice(max(0, round(y - h / 2)), max(0, round(y + 1.5 * h)))
        counts[rows, max(0, round(x - w / 3)) : max(0, round(x + w * 4 / 3))] = False
    return cast_of(linear(small[:, :, ::-1]), counts)


def measure(rgb: Pixels, face: FaceMesh, cast: Cast) -> FaceSkinTone | None:
    """The tone of one face; None when too little skin can be seen, or none in colour."""
    samples = [sample for points in polygons(face.points) if (sample := sampled(rgb, points))]
    if not samples:
        return None
    before = lab(np.array([sample.light for sample in samples]))
    after = lab(neutralised(np.array([sample.light for sample in samples]), cast))
    color = np.median(after, axis=0)
    if np.hypot(*np.median(before, axis=0)[1:]) < PALEST:
        return None
    within = np.mean([sample.deviation for sample in samples], axis=0)
    moved = np.abs(color - np.median(before, axis=0)) / 2  # half of what was taken out may be wrong
    deviation = np.sqrt((within / 2) ** 2 + after.var(axis=0) + moved**2 + EXPOSURE**2)
    return FaceSkinTone(
        face=face.face,
        lab=(float(color[0]), float(color[1]), float(color[2])),
        ita=ita(color),
        ita_uncertainty=ita_error(color, deviation),
        monk=monk(color),
        monk_range=monk_range(color, deviation),
        corrected=cast.strength > 0,
    )


def polygons(points: Floats) -> list[Floats]:
    """The patches [n, 2] of a mesh [478, 3] in pixels; without a cheek that is turned away."""
    forehead, *cheeks = (points[list(patch), :2].astype(np.float32) for patch in PATCHES)
    areas = [cv2.contourArea(cheek) for cheek in cheeks]
    return [forehead, *(cheek for cheek, area in zip(cheeks, areas, strict=True) if area > NARROWEST * max(areas))]


def sampled(rgb: Pixels, polygon: Floats) -> Sample | None:
    """The skin within `polygon`, which may reach outside the photo; None when too little of it can be used."""
    height, width = rgb.shape[:2]
    left, top = (max(0, int(v)) for v in np.floor(polygon.min(axis=0)))
    right, bottom = (min(int(end) + 1, size) for end, size in zip(polygon.max(axis=0), (width, height), strict=True))
    if right <= left or bottom <= top:
        return None
    mask = np.zeros((bottom - top, right - left), np.uint8)
    around = np.clip(np.round(polygon - (left, top)), -FARTHEST, FARTHEST)
    cv2.fillPoly(mask, [around.astype(np.int32)], 1)
    pixels = rgb[top:bottom, left:right][mask > 0]
    pixels = pixels[:: len(pixels) // ENOUGH + 1]
    return _skin(pixels[((pixels > DARKEST) & (pixels < BRIGHTEST)).all(axis=1)])


def _skin(pixels: Pixels) -> Sample | None:
    """What remains of pixels [n, 3] when those far from the middle are left out, twice."""
    light = linear(pixels)
    colors = lab(light)
    for _ in range(2):
        if len(colors) < FEWEST:
            return None
        middle = np.median(colors, axis=0)
        spread = 1.4826 * np.median(np.abs(colors - middle), axis=0) + 0.5
        near = (np.abs(colors - middle) <= NEAR * spread).all(axis=1)
        light, colors = light[near], colors[near]
    return Sample(light.mean(axis=0), colors.std(axis=0)) if len(light) else None
