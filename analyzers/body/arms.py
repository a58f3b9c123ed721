"""Arms: where hands are to be looked for, and which person's arm a hand belongs to. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analyzers.body.skeleton import LEFT, RIGHT, Skeleton
from analyzers.body.skeleton import Side as Limb
from bus.findings import Box, PersonPose

Side: TypeAlias = Literal["left", "right"]
Floats: TypeAlias = NDArray[np.floating[Any]]

WRIST_SEEN = 0.3
"""Least visibility of a wrist around which a hand is looked for: lower than for rules, since hands tell themselves."""

BELONGS = 0.5
"""Farthest that a hand is from where its arm ends, in trunks."""

PALMS = (0.06, 0.5)
"""Length of a palm, wrist to middle knuckle, that fits its person, in trunks: it is some 0.19 (Winter 2009)."""

ARM = 1.3
"""How far from the shoulder a hand can be, in trunks."""


class Arm(NamedTuple):
    """A person's arm: index in `pose.people`, side, where shoulder and hand are, whether the latter is more than a
    guess, and the trunk's length."""

    person: int
    side: Side
    shoulder: Floats
    end: Floats
    seen: bool
    unit: float


def arms_of(person: int, pose: PersonPose, frame: Box) -> Iterator[Arm]:
    """Both arms of a person, unless nothing tells how large that person is."""
    body = Skeleton(pose.points, frame)
    limbs: tuple[tuple[Side, Limb], ...] = (("left", LEFT), ("right", RIGHT))
    for side, limb in limbs:
        if body.unit:
            end = body.at[[limb.wrist, limb.forefinger, limb.pinky]].mean(axis=0)
            seen = bool(pose.points[limb.wrist, 3] >= WRIST_SEEN)
            yield Arm(person, side, body.at[limb.shoulder], end, seen, body.unit)


def places(arms: list[Arm]) -> Iterator[tuple[Floats, float]]:
    """Where to look: the end of each arm that has one; of two close together the middle."""
    left = [arm for arm in arms if arm.seen]
    while left:
        arm = left.pop(0)
        twin = next((each for each in left if each.person == arm.person and apart(each, arm.end) <= 0.3), None)
        if twin is None:
            yield arm.end, arm.unit
        else:
            left.remove(twin)
            yield (arm.end + twin.end) / 2, arm.unit


def apart(arm: Arm, point: Floats) -> float:
    """Distance of a point from an arm's end, in trunks."""
    return float(np.linalg.norm(arm.end - point)) / arm.unit


def owner(middle: Floats, palm: float, side: Side, arms: list[Arm]) -> tuple[int | None, Side]:
    """The person a hand belongs to, and its side. `middle` and `palm` are the palm's middle and length in pixels,
    `side` is what the network says.

    The nearest end of an arm counts, of a person whom the hand fits in size. Where both ends of that person are about
    as near, the network's side counts. If another person could reach there, too, no person is given: the skeletons of
    two people close together often have each other's arms.
    """
    fitting = [arm for arm in arms if arm.seen and PALMS[0] <= palm / arm.unit <= PALMS[1]]
    near = sorted((apart(arm, middle), i) for i, arm in enumerate(fitting))
    if not near or near[0][0] > BELONGS:
        return None, side
    arm = fitting[near[0][1]]
    rivals = [fitting[i] for gap, i in near[1:] if gap <= max(BELONGS / 2, 2 * near[0][0])]
    if not any(each.person == arm.person for each in rivals):
        return arm.person, arm.side
    others = (each for each in arms if each.person != arm.person)
    reached = any(float(np.linalg.norm(each.shoulder - middle)) <= ARM * each.unit for each in others)
    return (None if reached else arm.person), side
