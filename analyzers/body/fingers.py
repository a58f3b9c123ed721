"""Fingers: which of a hand's five are stretched, and whether that agrees with a gesture. Pure.

Takes the 21 landmarks [21, 3] of MediaPipe's hand (Zhang et al. 2020, "MediaPipe Hands: On-device Real-time Hand
Tracking"): 0 the wrist, then four for each finger from thumb to little finger, root to tip. Only lengths within a
finger count, so that size, place, side and any turn in space make no difference.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bus.findings import GestureLabel

Floats: TypeAlias = NDArray[np.floating[Any]]
Finger: TypeAlias = Literal["thumb", "index", "middle", "ring", "little"]

FINGERS: dict[Finger, tuple[int, int, int, int]] = {
    "thumb": (1, 2, 3, 4),
    "index": (5, 6, 7, 8),
    "middle": (9, 10, 11, 12),
    "ring": (13, 14, 15, 16),
    "little": (17, 18, 19, 20),
}

WRIST, MIDDLE_ROOT = 0, 9

STRETCHED, CURLED = 0.88, 0.8
"""A finger's straightness (see `straightness`) from which it is stretched, and up to which it is curled; bent by 60° at
its middle joint it has some 0.87, by 90° at both 0.58."""

UPWARD = 35.0
"""A finger within so many degrees of the vertical points up, or down."""


class Shape(NamedTuple):
    """What a gesture asks of the fingers: those that are stretched, and those that are not."""

    stretched: tuple[Finger, ...]
    curled: tuple[Finger, ...]


SHAPES: dict[GestureLabel, Shape] = {
    "fist": Shape((), ("index", "middle", "ring", "little")),
    "open_palm": Shape(("index", "middle", "ring", "little"), ()),
    "pointing": Shape(("index",), ("middle", "ring", "little")),
    "pointing_up": Shape(("index",), ("middle", "ring", "little")),
    "thumb_up": Shape(("thumb",), ("index", "middle", "ring", "little")),
    "thumb_down": Shape(("thumb",), ("index", "middle", "ring", "little")),
    "victory": Shape(("index", "middle"), ("ring", "little")),
    "i_love_you": Shape(("index", "little"), ("middle", "ring")),
}

DIRECTIONS: dict[GestureLabel, tuple[Finger, int]] = {
    "pointing_up": ("index", -1),
    "thumb_up": ("thumb", -1),
    "thumb_down": ("thumb", 1),
}
"""Gestures with a direction: the finger that shows it, and the sign of y there."""


def straightness(hand: Floats, finger: Finger) -> float:
    """The distance from a finger's root to its tip over the way along its bones: 1 is a line, 0 for no finger."""
    joints = np.asarray(hand, np.float64)[list(FINGERS[finger])]
    way = float(np.linalg.norm(np.diff(joints, axis=0), axis=1).sum())
    return float(np.linalg.norm(joints[-1] - joints[0])) / way if way else 0.0


def agrees(hand: Floats, gesture: GestureLabel) -> bool:
    """Whether no finger contradicts a gesture: none that it wants stretched is curled, and the other way round.

    Fingers between the two contradict nothing.
    """
    shape = SHAPES[gesture]
    return all(straightness(hand, each) > CURLED for each in shape.stretched) and all(
        straightness(hand, each) < STRETCHED for each in shape.curled
    )


def points(hand: Floats) -> bool:
    """Whether the index finger is stretched and the three beside it are curled; the thumb may do what it likes."""
    shape = SHAPES["pointing"]
    return straightness(hand, shape.stretched[0]) >= STRETCHED and all(
        straightness(hand, each) <= CURLED for each in shape.curled
    )


def directed(pixels: Floats, gesture: GestureLabel, within: float = UPWARD) -> bool:
    """Whether the finger that gives a gesture its direction has it in the photo; `pixels` are [21, 2 or 3], y down."""
    if gesture not in DIRECTIONS:
        return True
    finger, sign = DIRECTIONS[gesture]
    root, *_, tip = FINGERS[finger]
    x, y = (np.asarray(pixels, np.float64)[tip] - pixels[root])[:2] * sign
    return bool(y > 0 and np.degrees(np.arctan2(abs(x), y)) <= within)
