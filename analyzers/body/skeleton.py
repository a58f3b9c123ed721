"""The geometry of a skeleton: its 33 landmarks as lengths and angles that size and place do not change. Pure.

Geometry is that of the photo: x to the right, y down, z away from the camera on the same scale (the least certain of
the three, used where nothing else can tell). Lengths count in units of the trunk, middle of the shoulders to
middle of the hips, some 0.29 of a body's height (Winter 2009, "Biomechanics and Motor Control of Human Movement",
table of segment lengths), so that size and place make no difference; left and right are the subject's own and play
the same part. "Down" is the photo's: of a photo lying on its side nothing true can be said.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bus.findings import Box

Floats: TypeAlias = NDArray[np.floating[Any]]
Facing: TypeAlias = Literal["camera", "left", "right", "away"]
Part: TypeAlias = Literal["head", "torso", "arms", "legs", "feet"]

SEEN = 0.5
"""Least visibility of a landmark that counts. Hidden ones are guesses of the network."""

SHOULDERS, EARS = 0.7, 0.3
"""Width of shoulders and of a head, in trunks, as the network places them on upright people facing the camera."""


class Side(NamedTuple):
    """The landmarks of one side, by their numbers in BlazePose's topology (Bazarevsky et al. 2020)."""

    ear: int
    shoulder: int
    elbow: int
    wrist: int
    pinky: int
    forefinger: int
    thumb: int
    hip: int
    knee: int
    ankle: int
    heel: int
    toe: int

    @property
    def hand(self) -> tuple[int, int, int]:
        return self.pinky, self.forefinger, self.thumb


LEFT = Side(7, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
RIGHT = Side(8, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32)
SIDES = ((LEFT, RIGHT), (RIGHT, LEFT))
NOSE, EYES, MOUTH = 0, (2, 5), (9, 10)


def angle(a: Floats, b: Floats) -> float:
    """Between two vectors, 0 to 180 degrees; 0 where one has no length."""
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(np.clip(np.dot(a, b) / size, -1, 1)))) if size else 0.0


class Skeleton:
    """Landmarks [33, 4] (x, y, z, visibility) in `frame`, which is the photo: what leaves it is not seen."""

    def __init__(self, points: Floats, frame: Box) -> None:
        self.at = np.asarray(points[:, :2], np.float64)
        self.depth = np.asarray(points[:, 2], np.float64)
        self._first, self._last = np.array([frame.x, frame.y]), np.array([frame.x + frame.w, frame.y + frame.h])
        self.inside = self.shows(self.at)
        self.seen = self.inside & (points[:, 3] >= SEEN)
        self._sees = tuple(self.seen.tolist())  # asked for hundreds of times, a few at a time: not NumPy's strength
        self.unit = self._unit()

    def _unit(self) -> float:
        """The trunk's length. Foreshortening only shrinks the estimates, so the longest one counts."""
        estimates = [0.0]
        if self.has(*both("shoulder", "hip")):
            estimates.append(float(np.linalg.norm(self.trunk())))
        if self.has(*both("shoulder")):
            estimates.append(float(np.linalg.norm(self.at[LEFT.shoulder] - self.at[RIGHT.shoulder])) / SHOULDERS)
        if self.has(*both("ear")):
            estimates.append(float(np.linalg.norm(self.at[LEFT.ear] - self.at[RIGHT.ear])) / EARS)
        return max(estimates)

    def shows(self, points: Floats) -> Any:
        """Whether points [..., 2] are in the photo."""
        return ((points >= self._first) & (points <= self._last)).all(axis=-1)

    def has(self, *landmarks: int) -> bool:
        return all(self._sees[each] for each in landmarks)

    def span(self, a: int, b: int) -> Floats:
        """From landmark `a` to `b`, in units."""
        return np.asarray((self.at[b] - self.at[a]) / self.unit)

    def gap(self, a: int, b: int) -> float:
        """Distance of two landmarks, in units."""
        return float(np.linalg.norm(self.span(a, b)))

    def bend(self, a: int, joint: int, b: int) -> float:
        """The angle at a joint in degrees; 180 is a straight limb."""
        return angle(self.at[a] - self.at[joint], self.at[b] - self.at[joint])

    def hang(self, a: int, b: int) -> float:
        """The angle of the limb from `a` to `b` from straight down, in degrees."""
        return angle(self.at[b] - self.at[a], np.array([0.0, 1.0]))

    def middle(self, name: str) -> Floats:
        left, right = both(name)
        return np.asarray((self.at[left] + self.at[right]) / 2)

    def knuckles(self, side: Side) -> Floats:
        """Between those of index and little finger, in pixels: where the hand reaches, seen or guessed."""
        return np.asarray((self.at[side.forefinger] + self.at[side.pinky]) / 2)

    def trunk(self) -> Floats:
        """From the middle of the hips to that of the shoulders, in pixels."""
        return self.middle("shoulder") - self.middle("hip")

    def breadth(self) -> float:
        """The shoulders' width in units along x; negative when they are seen from behind."""
        return float(self.span(RIGHT.shoulder, LEFT.shoulder)[0])


@cache
def both(*names: str) -> tuple[int, ...]:
    """The landmarks of these names on both sides."""
    return tuple(getattr(side, name) for name in names for side in (LEFT, RIGHT))


def lean(body: Skeleton) -> float | None:
    """The trunk's angle from upright in degrees, clockwise positive; None where a shoulder or hip is hidden."""
    if not body.has(*both("shoulder", "hip")):
        return None
    x, y = body.trunk()
    return float(np.degrees(np.arctan2(x, -y)))


PROFILE = 0.25
"""Shoulders narrower than this, in units, are seen from the side."""


def facing(body: Skeleton) -> Facing:
    """Where the chest is turned: to the camera, away from it, or to the left or right edge of the photo."""
    if not body.unit or not body.has(*both("shoulder")):
        return "camera"
    if abs(body.breadth()) >= PROFILE:
        return "camera" if body.breadth() > 0 else "away"
    if body.has(NOSE, LEFT.ear) or body.has(NOSE, RIGHT.ear):
        ears = [each for each in both("ear") if body.seen[each]]
        ahead = float(body.at[NOSE, 0] - body.at[ears, 0].mean())
    else:
        ahead = float(body.depth[LEFT.shoulder] - body.depth[RIGHT.shoulder])  # the nearer side is the one we see
    return "right" if ahead > 0 else "left"


def visible(body: Skeleton) -> tuple[Part, ...]:
    """The parts of the body that are in the photo and not hidden."""
    parts: dict[Part, bool] = {
        "head": body.has(NOSE),
        "torso": body.has(*both("shoulder")) and bool(body.shows((body.middle("shoulder") + body.middle("hip")) / 2)),
        "arms": any(body.has(side.elbow, side.wrist) for side in (LEFT, RIGHT)),
        "legs": any(body.has(side.hip, side.knee) for side in (LEFT, RIGHT)),
        "feet": any(body.has(side.ankle, side.toe) for side in (LEFT, RIGHT)),
    }
    return tuple(part for part, there in parts.items() if there)
