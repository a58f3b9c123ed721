"""Where a person's clothes are in the photo, by the landmarks of their pose. Pure.

Torso: between shoulders and hips, drawn in from both; where the hips are hidden or out of the photo, the chest alone.
Legs: strips along the thighs and shins that can be seen. Feet: from heel to toe. Hands are left out, and so is whatever
has the colour of the person's own face: skin is not clothing, and its colour must not count here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels
from analyzers.body.skeleton import EYES, LEFT, MOUTH, NOSE, RIGHT, Skeleton, both
from analyzers.quality.color_names import oklab
from bus.findings import Point

Floats: TypeAlias = NDArray[np.floating[Any]]
Mask: TypeAlias = NDArray[np.uint8]
Region: TypeAlias = Literal["torso", "legs", "feet"]

CHEST = 0.62
"""Depth of the chest below the shoulders, in widths of them: what is taken for the torso where hips are hidden."""

LEAST = 100
"""Pixels of cloth below which a region says nothing."""

MOSTLY = 0.5
"""Share of a region in the colour of skin from which it is taken for skin, and left out altogether."""

LIKENESS = 0.45
"""What a pixel's a and b over its lightness may differ from those of the face, as a share of the latter, to pass for
skin. More or less light on the same skin changes neither in OKLab; grey cloth has next to none of either, so that dark
clothes on dark skin stay clothes."""

SHADE, SHINE = 0.5, 1.5
"""Lightness of skin over that of the face."""


class Piece(NamedTuple):
    """One region: its outline in pixels of the photo, its mask, and where in the photo the mask's top left lies."""

    region: Region
    outline: tuple[Point, ...]
    mask: Mask
    left: int
    top: int

    def pixels(self, image: Pixels) -> Pixels:
        """The part of `image` that the mask is about."""
        height, width = self.mask.shape
        return image[self.top : self.top + height, self.left : self.left + width]


def find_pieces(bgr: Pixels, body: Skeleton) -> list[Piece]:
    """The regions of one person that can be seen in the photo, torso first."""
    width = shoulder_width(body)
    shapes: tuple[tuple[Region, list[Floats]], ...] = (
        ("torso", _torso(body)),
        ("legs", _legs(body, width)),
        ("feet", _feet(body, width)),
    )
    skin = _face_color(bgr, body)
    hands = _hands(body, width)
    found = (_piece(bgr, region, parts, hands) for region, parts in shapes if parts)
    return [clothed for piece in found if piece and (clothed := _without_skin(bgr, piece, skin))]


def shoulder_width(body: Skeleton) -> float:
    """In pixels; seen from the side, what the length of the trunk lets expect."""
    return max(float(np.linalg.norm(body.at[LEFT.shoulder] - body.at[RIGHT.shoulder])), 0.6 * body.unit, 1.0)


def _torso(body: Skeleton) -> list[Floats]:
    if not any(body.seen[each] for each in both("shoulder")):
        return []
    right, left = body.at[RIGHT.shoulder], body.at[LEFT.shoulder]
    if body.has(*both("hip")):
        right_hip, left_hip = body.at[RIGHT.hip], body.at[LEFT.hip]
        depth = 0.95
    else:
        down = np.array([-(left - right)[1], (left - right)[0]]) * (1 if left[0] >= right[0] else -1)
        right_hip, left_hip, depth = right + down, left + down, CHEST
    top, bottom = 0.12, depth
    corners = (
        _between(right, right_hip, top),
        _between(left, left_hip, top),
        _between(left, left_hip, bottom),
        _between(right, right_hip, bottom),
    )
    middle = np.mean(corners, axis=0)
    return [np.stack([_between(corner, middle, 0.06) for corner in corners])]


def _legs(body: Skeleton, width: float) -> list[Floats]:
    strips: list[Floats] = []
    for side in (RIGHT, LEFT):
        if body.has(side.hip, side.knee):
            strips.append(
                _strip(_between(body.at[side.hip], body.at[side.knee], 0.2), body.at[side.knee], 0.13 * width)
            )
        if body.has(side.knee, side.ankle):
            strips.append(
                _strip(body.at[side.knee], _between(body.at[side.knee], body.at[side.ankle], 0.85), 0.09 * width)
            )
    return strips


def _feet(body: Skeleton, width: float) -> list[Floats]:
    """From the heel to the toes, as high as half the way to the ankle."""
    feet: list[Floats] = []
    for side in (RIGHT, LEFT):
        if body.has(side.heel, side.toe, side.ankle):
            ankle, heel, toe = (body.at[each] for each in (side.ankle, side.heel, side.toe))
            sole = 0.04 * width * np.array([0.0, 1.0])
            feet.append(np.stack([heel + sole, _between(heel, ankle, 0.4), _between(toe, ankle, 0.4), toe + sole]))
    return feet


def _hands(body: Skeleton, width: float) -> list[Floats]:
    """Discs as polygons around hands and wrists, seen or guessed: what crosses the trunk is not of it."""
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = 0.17 * width * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return [middle + ring for side in (LEFT, RIGHT) for middle in (body.at[side.wrist], body.knuckles(side))]


def _strip(start: Floats, end: Floats, half: float) -> Floats:
    along = end - start
    across = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-6) * half
    return np.stack([start + across, end + across, end - across, start - across])


def _between(a: Floats, b: Floats, share: float) -> Floats:
    return np.asarray(a + (b - a) * share)


def _piece(bgr: Pixels, region: Region, parts: Sequence[Floats], hands: Iterable[Floats]) -> Piece | None:
    """The parts within the photo, as a mask without the hands; None when there is too little of them."""
    height, width = bgr.shape[:2]
    corners = np.concatenate(parts)
    left, top = (int(each) for each in np.clip(np.floor(corners.min(axis=0)), 0, (width, height)))
    right, bottom = (int(each) for each in np.clip(np.ceil(corners.max(axis=0)), 0, (width, height)))
    if right - left < 2 or bottom - top < 2:
        return None
    mask = np.zeros((bottom - top, right - left), np.uint8)
    for part in parts:
        cv2.fillConvexPoly(mask, _shifted(part, left, top), 255)
    for hand in hands:
        cv2.fillConvexPoly(mask, _shifted(hand, left, top), 0)
    outline = _chained([np.clip(part, 0, (width, height)) for part in parts])
    return Piece(region, outline, mask, left, top) if cv2.countNonZero(mask) >= LEAST else None


def _shifted(polygon: Floats, left: int, top: int) -> NDArray[np.int32]:
    return np.asarray(np.rint(np.clip(polygon - (left, top), -30000, 30000)), np.int32)


def _chained(parts: Sequence[Floats]) -> tuple[Point, ...]:
    """Several polygons as one, joined by lines that enclose nothing: there from each, and back again at the end."""
    there = [tuple(map(float, point)) for part in parts for point in (*part, part[0])]
    back = [tuple(map(float, part[0])) for part in parts[-2::-1]] if len(parts) > 1 else []
    points = (there if len(parts) > 1 else there[:-1]) + back
    return tuple((x, y) for x, y in points)


def _face_color(bgr: Pixels, body: Skeleton) -> Floats | None:
    """The OKLab colour [3] of the face, between eyes and mouth; None where it cannot be seen."""
    if not body.has(NOSE, *EYES, *MOUTH):
        return None
    eyes, mouth = (body.at[list(pair)].mean(axis=0) for pair in (EYES, MOUTH))
    radius = max(1.0, 0.45 * float(np.linalg.norm(mouth - eyes)))
    center = (eyes + mouth) / 2
    (left, top), (right, bottom) = (np.maximum(center + shift, 0).astype(int) for shift in (-radius, radius + 1))
    face = bgr[top:bottom, left:right].reshape(-1, 3)
    return np.median(oklab(face[:, ::-1]), axis=0) if len(face) else None


def _without_skin(bgr: Pixels, piece: Piece, skin: Floats | None) -> Piece | None:
    """The piece without what has the colour of skin; None when that is most of it."""
    pixels = piece.pixels(bgr)
    likely = _is_like(pixels, skin) if skin is not None else _is_skin(pixels)
    before = cv2.countNonZero(piece.mask)
    mask = np.where(likely, 0, piece.mask).astype(np.uint8)
    left = cv2.countNonZero(mask)
    return piece._replace(mask=mask) if left >= max(LEAST, (1 - MOSTLY) * before) else None


def _is_like(pixels: Pixels, skin: Floats) -> NDArray[np.bool_]:
    """Which pixels [height, width] may be the same skin as one colour in OKLab, in more or in less light."""
    lab = oklab(pixels[:, :, ::-1])
    lightness, own = np.maximum(lab[:, :, 0], 1e-3), skin[1:] / max(float(skin[0]), 1e-3)
    gap = np.linalg.norm(lab[:, :, 1:] / lightness[:, :, None] - own, axis=2)
    light = lightness / max(float(skin[0]), 1e-3)
    return np.asarray((gap < LIKENESS * np.linalg.norm(own)) & (light >= SHADE) & (light <= SHINE))


def _is_skin(pixels: Pixels) -> NDArray[np.bool_]:
    """The colours of skin of any tone, for a face that is turned away: Cr 133..173, Cb 77..127 (Chai and Ngan 1999)."""
    red, blue = (cv2.cvtColor(pixels, cv2.COLOR_BGR2YCrCb)[:, :, i] for i in (1, 2))
    return np.asarray((red >= 133) & (red <= 173) & (blue >= 77) & (blue <= 127))
