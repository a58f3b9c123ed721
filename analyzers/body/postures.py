"""Postures: what a body does, by rules over its skeleton. Pure: numbers in, words out.

Every rule treats left and right alike and needs neither size nor place; lengths are in trunks (see `skeleton`). A rule
speaks up only when the landmarks that it needs are in the photo and not hidden: no evidence is no posture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import NDArray

from analyzers.body.skeleton import (
    LEFT,
    MOUTH,
    NOSE,
    PROFILE,
    RIGHT,
    SIDES,
    Facing,
    Part,
    Side,
    Skeleton,
    angle,
)
from analyzers.body.skeleton import facing as facing_of
from analyzers.body.skeleton import lean as lean_of
from analyzers.body.skeleton import visible as visible_of
from analyzers.body.stances import LYING, STANCES, upright
from bus.findings import Box, Posture

LEANING = 14.0
"""The trunk's least angle from upright, in degrees; from `LYING` on it is no lean any more."""

CROSSED = 0.15
"""Hands, or ankles, that have changed sides by this much are crossed."""

NEAR = 0.35
"""A hand this close to something touches it."""

REACH = 0.8
"""A hand this much nearer to the camera than its shoulder reaches out to it."""

STOOPED = 40.0
"""Least angle between neck and trunk of a head that is carried before the chest, in degrees."""


class Reading(NamedTuple):
    """What a skeleton says: postures in the order of `Posture`, and how the body is turned and framed."""

    postures: tuple[Posture, ...]
    lean: float | None
    facing: Facing
    visible: tuple[Part, ...]


def read(points: NDArray[Any], photo: Box) -> Reading:
    """What the landmarks [33, 4] (x, y, z, visibility) say; `photo` is the rectangle outside which nothing is seen."""
    body = Skeleton(points, photo)
    if not body.unit:
        return Reading((), None, "camera", visible_of(body))
    stance = next((name for name, holds in STANCES.items() if holds(body)), None)
    rest = [name for name, holds in RULES.items() if holds(body)]
    found = (*([stance] if stance else []), *rest)
    return Reading(found, lean_of(body), facing_of(body), visible_of(body))


def _crosses_arms(body: Skeleton) -> bool:
    """The forearms lie across the chest, and each hand is on the other's side.

    The fingers' knuckles count, which reach further than the wrists: the network often puts both of these in the
    middle. Folded hands, whose knuckles meet, remain below the threshold.
    """
    if not body.has(LEFT.shoulder, RIGHT.shoulder, LEFT.elbow, RIGHT.elbow, LEFT.wrist, RIGHT.wrist):
        return False
    if body.breadth() < PROFILE or body.knuckles(RIGHT)[0] - body.knuckles(LEFT)[0] < CROSSED * body.unit:
        return False
    return all(
        0.1 <= body.span(side.shoulder, side.wrist)[1] <= 1
        and 45 <= body.hang(side.elbow, side.wrist) <= 145
        and body.gap(side.wrist, other.elbow) < body.gap(LEFT.elbow, RIGHT.elbow)
        for side, other in SIDES
    )


def _hands_on_hips(body: Skeleton) -> bool:
    """Every arm that is seen ends at its own hip, with the elbow out."""
    arms = [side for side in (LEFT, RIGHT) if body.has(side.shoulder, side.elbow, side.wrist, side.hip)]
    return bool(arms) and all(_akimbo(body, side, other) for side, other in SIDES if side in arms)


def _akimbo(body: Skeleton, side: Side, other: Side) -> bool:
    outward = 1 if body.at[side.hip, 0] >= body.at[other.hip, 0] else -1
    elbow = min(body.span(side.shoulder, side.elbow)[0], body.span(side.wrist, side.elbow)[0])
    if outward < 0:
        elbow = min(-body.span(side.shoulder, side.elbow)[0], -body.span(side.wrist, side.elbow)[0])
    return (
        body.gap(side.wrist, side.hip) <= NEAR
        and 45 <= body.bend(side.shoulder, side.elbow, side.wrist) <= 145
        and elbow >= 0.1
    )


def _slouches(body: Skeleton) -> bool:
    """Seen from the side, the neck bends forward from the trunk. From the front this cannot be seen."""
    near = [side for side in (LEFT, RIGHT) if body.has(NOSE, side.ear, side.shoulder, side.hip)]
    if not near or abs(body.breadth()) >= PROFILE:
        return False
    side = near[0]
    trunk, neck = body.span(side.hip, side.shoulder), body.span(side.shoulder, side.ear)
    forward = 1 if body.span(side.ear, NOSE)[0] > 0 else -1
    turned = float(trunk[0] * neck[1] - trunk[1] * neck[0]) * forward  # positive: from trunk to neck it goes forward
    return turned > 0 and angle(trunk, neck) >= STOOPED


def _leans(body: Skeleton) -> bool:
    tilt = lean_of(body)
    return tilt is not None and LEANING <= abs(tilt) < LYING


def _reaches_for_camera(body: Skeleton) -> bool:
    """An arm comes towards the camera: short in the photo, its hand near; or, as in a selfie, out of the photo."""
    return any(_towards_camera(body, side) for side in (LEFT, RIGHT) if body.has(side.shoulder, side.elbow))


def _towards_camera(body: Skeleton, side: Side) -> bool:
    nearer = (body.depth[side.shoulder] - body.depth) / body.unit
    if body.has(side.wrist):
        length = body.gap(side.shoulder, side.elbow) + body.gap(side.elbow, side.wrist)
        return bool(nearer[side.wrist] >= REACH and length <= 0.6)  # 1.15 when it is not foreshortened
    raised = body.hang(side.shoulder, side.elbow) >= 50
    return bool(not body.inside[side.wrist] and raised and nearer[side.elbow] >= REACH / 2)


def _raised(body: Skeleton) -> list[Side]:
    """The sides with the wrist well above the face, and not at the head. None for a person who lies down."""
    if not upright(body, 45):
        return []
    return [
        side
        for side in (LEFT, RIGHT)
        if body.has(NOSE, side.shoulder, side.elbow, side.wrist)
        and body.span(side.wrist, NOSE)[1] >= 0.15
        and body.span(side.elbow, side.shoulder)[1] >= -0.1
        and not _holds_head(body, side)
    ]


def _holds_head(body: Skeleton, side: Side) -> bool:
    """The hand is at the ear or behind the head, the elbow out to the side and not below the shoulder."""
    if not body.has(side.shoulder, side.elbow, side.wrist, side.ear):
        return False
    folded = body.bend(side.shoulder, side.elbow, side.wrist) <= 100
    lifted = body.span(side.elbow, side.shoulder)[1] >= -0.15
    return folded and lifted and body.gap(side.wrist, side.ear) <= NEAR


def _touches_face(body: Skeleton) -> bool:
    """A hand is at the mouth, the nose or the cheek."""
    face = [each for each in (NOSE, *MOUTH) if body.seen[each]]
    fingers = [each for side in (LEFT, RIGHT) if not _holds_head(body, side) for each in side.hand if body.seen[each]]
    return any(body.gap(finger, spot) <= 0.6 * NEAR for finger in fingers for spot in face)


def _crosses_legs(body: Skeleton) -> bool:
    """Seen from front or back, the ankles have changed sides; or one ankle rests on the other knee."""
    if body.has(LEFT.hip, RIGHT.hip, LEFT.ankle, RIGHT.ankle):
        hips, ankles = body.span(RIGHT.hip, LEFT.hip)[0], body.span(RIGHT.ankle, LEFT.ankle)[0]
        if abs(hips) >= PROFILE and hips * ankles < 0 and abs(ankles) >= CROSSED:
            return True
    return any(
        body.has(side.hip, side.knee, side.ankle, other.hip, other.knee)
        and body.gap(side.ankle, other.knee) <= NEAR
        and body.gap(side.knee, other.knee) >= NEAR
        for side, other in SIDES
    )


RULES: dict[Posture, Callable[[Skeleton], bool]] = {
    "arms_crossed": _crosses_arms,
    "hands_on_hips": _hands_on_hips,
    "slouching": _slouches,
    "leaning": _leans,
    "arm_to_camera": _reaches_for_camera,
    "arms_raised": lambda body: len(_raised(body)) == 2,
    "arm_raised": lambda body: len(_raised(body)) == 1,
    "hand_on_face": _touches_face,
    "hands_behind_head": lambda body: all(_holds_head(body, side) for side in (LEFT, RIGHT)),
    "turned_away": lambda body: facing_of(body) == "away",
    "legs_crossed": _crosses_legs,
}
"""These go together in any number."""
