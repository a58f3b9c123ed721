"""Distractions: what behind the people draws the eye. Pure functions over boxes, a picture and the people's mask.

A wrong accusation is worse than a missed one, so each rule wants it plain: measured on the test photos, where people
see a chandelier, a window and no pole, and on copies with things painted in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels
from bus.findings import Box, Distraction, SeenObject

Mask: TypeAlias = NDArray[np.bool_]
Plane: TypeAlias = NDArray[np.float32]

BESIDE = 0.6
"""Reach of the space beside a head, in widths of the face; above it, in heights."""
ABOVE = 1.2
COVERED = 0.5
"""Share of a thing's box that people may cover before it counts as held or worn, and not as behind them."""
LARGEST = 0.35
"""Share of the photo from which a thing is the scene itself."""
CROWN = 0.3
"""The crown is about this share of the face's height above its box."""
WORN = frozenset({"person", "tie", "backpack", "handbag", "cell phone"})
"""Whom and what people bring along."""

POLE_STEP = 14.0
"""Difference of L* between a pole and what is on either side of it."""
POLE_ALIKE = 10.0
"""Difference of L* between its two sides up to which they are the same wall or sky."""
POLE_WIDTH = (0.06, 0.5)
"""Of the width of the face."""
POLE_LENGTH = 0.7
"""Of the height of the face; shorter is a hair or a hat."""
POLE_ROWS = 0.85
"""Share of the rows in which it must be seen."""

BRIGHT = 90.0
"""L* of a spot that glares, where half of the background is at most DIM."""
DIM = 55.0
COLORFUL = 50.0
"""Distance from neutral in a*b* of a spot that shouts, where nine tenths of the background keep below MUTED."""
MUTED = 28.0
SPOT = (0.0015, 0.03)
"""Share of the picture: smaller is a glint, larger is a window, a flag, a wall."""
SOLID = 0.45
"""Share of its own box that a spot fills."""
MOST_SPOTS = 2


@dataclass(frozen=True, slots=True)
class Behind:
    """What is behind the people: the picture's CIE L* a* b* [height, width, 3] and the mask of the background."""

    lab: Plane
    background: Mask

    @classmethod
    def of(cls, image: Pixels, background: Mask) -> Behind:
        """From [height, width, 3] uint8, blue first."""
        soft = np.divide(cv2.GaussianBlur(image, (0, 0), 1.0), 255, dtype=np.float32)
        return cls(np.asarray(cv2.cvtColor(soft, cv2.COLOR_BGR2Lab), np.float32), background)


def things_at_heads(objects: Sequence[SeenObject], heads: Sequence[Box], people: Mask) -> Iterator[Distraction]:
    """Objects beside a head or rising from it. All boxes, and `people` [height, width], in the same pixels."""
    for index, thing in enumerate(objects):
        if thing.label in WORN or thing.size > LARGEST or covered(thing.box, people) > COVERED:
            continue
        if any(rises_from(thing.box, head) for head in heads):
            yield Distraction(object=index, box=thing.box, reason="from_head")
        elif any(is_at(thing.box, head) for head in heads):
            yield Distraction(object=index, box=thing.box, reason="object")


def covered(box: Box, people: Mask) -> float:
    """The share of `box` that people cover; 1 where nothing of it is in the picture."""
    height, width = people.shape
    left, right = (round(min(max(v, 0), width)) for v in (box.x, box.x + box.w))
    top, bottom = (round(min(max(v, 0), height)) for v in (box.y, box.y + box.h))
    part = people[top:bottom, left:right]
    return float(part.mean()) if part.size else 1.0


def rises_from(thing: Box, head: Box) -> bool:
    """Whether it stands on the crown, above the middle of the face `head`, like a lamp or a plant behind somebody."""
    crown = head.y - CROWN * head.h
    middle = head.x + head.w / 2
    stands = crown - 0.2 * head.h <= thing.y + thing.h <= head.y + 0.4 * head.h
    return stands and thing.x <= middle <= thing.x + thing.w and thing.y <= crown - 0.3 * head.h


def is_at(thing: Box, head: Box) -> bool:
    """Whether its middle is beside or above the face `head`, or it fills a third of the space there."""
    left, right = head.x - BESIDE * head.w, head.x + (1 + BESIDE) * head.w
    top, bottom = head.y - ABOVE * head.h, head.y + head.h
    x, y = thing.x + thing.w / 2, thing.y + thing.h / 2
    if left <= x <= right and top <= y <= bottom:
        return True
    across = min(right, thing.x + thing.w) - max(left, thing.x)
    down = min(bottom, thing.y + thing.h) - max(top, thing.y)
    return across > 0 and down > 0 and across * down > (right - left) * (bottom - top) / 3


def pole_above(behind: Behind, head: Box) -> Box | None:
    """The one thin upright thing that seems to grow from the crown of the face `head`, wall or sky on both sides."""
    height, width = behind.background.shape
    left, right = (round(min(max(v, 0), width)) for v in (head.x - 0.35 * head.w, head.x + 1.35 * head.w))
    free = behind.background[:, left:right]
    inner = free[:, free.shape[1] // 3 : free.shape[1] - free.shape[1] // 3]
    chin = round(min(max(head.y + head.h / 2, 0), height))
    hidden = np.flatnonzero(~inner[:chin].all(axis=1)) if inner.size else np.zeros(0, int)
    bottom = int(hidden[0]) if len(hidden) else round(min(max(head.y - CROWN * head.h, 0), height))
    top = round(max(bottom - 1.5 * head.h, 0))
    if bottom - top < max(POLE_LENGTH * head.h, 8) or right - left < 12:
        return None
    columns = find_band(behind.lab[top:bottom, left:right, 0], head.w)
    if columns is None:
        return None
    return Box(x=left + columns[0], y=top, w=columns[1] - columns[0], h=bottom - top)


def find_band(lightness: Plane, face_width: float) -> tuple[int, int] | None:
    """First column and the one after the last of the only upright band in `lightness` [height, width], CIE L*."""
    profile = np.median(lightness, axis=0)
    wall = float(np.median(profile))
    bands = runs(np.abs(profile - wall) > POLE_STEP)
    if len(bands) != 1:
        return None
    first, end = bands[0]
    narrow = POLE_WIDTH[0] * face_width <= end - first <= POLE_WIDTH[1] * face_width
    reach = max(2, round(0.1 * face_width))
    if not narrow or first < reach or end + reach > len(profile):
        return None
    inside = lightness[:, first:end].mean(axis=1)
    sides = [lightness[:, first - reach : first].mean(axis=1), lightness[:, end : end + reach].mean(axis=1)]
    if abs(float(np.median(sides[0]) - np.median(sides[1]))) > POLE_ALIKE:
        return None
    steps = [np.abs(inside - side) > POLE_STEP / 2 for side in sides]
    return (first, end) if float((steps[0] & steps[1]).mean()) >= POLE_ROWS else None


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of every run of true values in `flags` [n]."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def spots(behind: Behind) -> Iterator[Distraction]:
    """Small glaring and shouting spots on a background that is otherwise dim or muted, largest first."""
    background = behind.background
    size = np.count_nonzero(background)
    if not size:
        return
    lightness, a, b = cv2.split(behind.lab)
    chroma = cv2.magnitude(a, b)
    found: list[tuple[int, Distraction]] = []
    if np.count_nonzero((lightness <= DIM) & background) >= 0.5 * size:  # counted: to sort for a median takes longer
        glare = (lightness >= BRIGHT) & background
        found += [(area, Distraction(object=None, box=box, reason="bright")) for area, box in _pieces(glare)]
    if np.count_nonzero((chroma <= MUTED) & background) >= 0.9 * size:
        loud = (chroma >= COLORFUL) & background
        found += [(area, Distraction(object=None, box=box, reason="colorful")) for area, box in _pieces(loud)]
    found.sort(key=lambda each: -each[0])
    yield from (each for _, each in found[:MOST_SPOTS])


def _pieces(mask: Mask) -> Iterator[tuple[int, Box]]:
    """Area and box of the connected pieces of `mask` that are neither too small nor too large nor too ragged."""
    if np.count_nonzero(mask) < SPOT[0] * mask.size:
        return
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    for x, y, w, h, area in stats[1:count].tolist():
        if SPOT[0] <= area / mask.size <= SPOT[1] and area >= SOLID * w * h:
            yield int(area), Box(x=x, y=y, w=w, h=h)
