"""Stances: whether a body lies, kneels, sits, walks or stands, by the geometry of its trunk and legs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzers.body.skeleton import LEFT, PROFILE, RIGHT, SIDES, Side, Skeleton
from analyzers.body.skeleton import lean as lean_of
from bus.findings import Posture

UPRIGHT = 30.0
"""A limb this close to the vertical, in degrees, stands or hangs."""

STRAIGHT = 150.0
"""Least angle of a knee or an elbow that is stretched; 180 is a line."""

LYING = 60.0
"""The trunk's least angle from upright, in degrees."""

THIGH = 0.55
"""Least length of a thigh that is not foreshortened (it is 0.85 of a trunk), hence stands or hangs."""

STRIDE = 0.5
"""Feet of a walker seen from the side are this far apart."""

LIFTED = 0.12
"""A foot this much higher than the other is off the ground, or a step behind."""

LOW = 0.35
"""No foot of a kneeling body is further below its knee, and no knee of a sitting one further above its hip."""


def _legs(body: Skeleton) -> Iterator[Side]:
    """The sides of which hip and knee are seen."""
    return (side for side in (LEFT, RIGHT) if body.has(side.hip, side.knee))


def upright(body: Skeleton, limit: float) -> bool:
    """Whether nothing speaks against a trunk within `limit` degrees of upright."""
    tilt = lean_of(body)
    return tilt is None or abs(tilt) <= limit


def _lies(body: Skeleton) -> bool:
    """The trunk is nearly level, and so are the thighs: a bent back over standing legs is no bed."""
    tilt = lean_of(body)
    return tilt is not None and abs(tilt) >= LYING and all(_across(body, side) >= 45 for side in _legs(body))


def _across(body: Skeleton, side: Side) -> float:
    """How far from the vertical a thigh is, up or down, in degrees."""
    hang = body.hang(side.hip, side.knee)
    return min(hang, 180 - hang)


def _kneels(body: Skeleton) -> bool:
    """Under an upright trunk a thigh hangs, its shank lies behind it, and no foot is below that knee."""
    ankles = [each for each in (LEFT.ankle, RIGHT.ankle) if body.seen[each]]
    return upright(body, 45) and any(
        body.has(side.ankle)
        and body.hang(side.hip, side.knee) <= UPRIGHT
        and all(body.span(side.knee, ankle)[1] <= LOW for ankle in ankles)
        for side in _legs(body)
    )


def _sits(body: Skeleton) -> bool:
    """Under an upright trunk every thigh that is seen goes forward: sideways in the photo, or foreshortened."""
    legs = list(_legs(body))
    return bool(legs) and upright(body, 50) and all(_seated(body, side) for side in legs)


def _seated(body: Skeleton, side: Side) -> bool:
    thigh = body.span(side.hip, side.knee)
    if thigh[1] < -LOW:
        return False  # a knee well above its hip: a squat, or a jump
    if 50 <= body.hang(side.hip, side.knee) <= 120 and body.gap(side.hip, side.knee) >= THIGH:
        return True
    hanging = body.has(side.ankle) and body.hang(side.knee, side.ankle) <= 40
    return bool(hanging and body.gap(side.hip, side.knee) <= 0.5 and body.gap(side.knee, side.ankle) >= THIGH)


def _stands_on(body: Skeleton, side: Side) -> bool:
    """The thigh hangs in its full length, and the shank, where it is seen, goes on in its direction."""
    if body.hang(side.hip, side.knee) > UPRIGHT or body.gap(side.hip, side.knee) < THIGH:
        return False
    return not body.has(side.ankle) or body.bend(side.hip, side.knee, side.ankle) >= STRAIGHT


def _stands(body: Skeleton) -> bool:
    """Both thighs, or the one of which the foot is seen as well, stand under a trunk that is not bent double."""
    legs = list(_legs(body))
    enough = len(legs) == 2 or any(body.has(side.ankle) for side in legs)
    return enough and upright(body, 45) and all(_stands_on(body, side) for side in legs)


def _walks(body: Skeleton) -> bool:
    """One leg stands and the other steps: far from it, as seen from the side, or bent, with its foot off the ground."""
    if not body.has(LEFT.hip, RIGHT.hip, LEFT.knee, RIGHT.knee, LEFT.ankle, RIGHT.ankle) or not upright(body, UPRIGHT):
        return False
    if any(body.hang(side.hip, side.knee) > 55 or body.gap(side.hip, side.knee) < THIGH for side in (LEFT, RIGHT)):
        return False
    if abs(body.breadth()) <= 2 * PROFILE and abs(body.span(LEFT.ankle, RIGHT.ankle)[0]) >= STRIDE:
        return True
    return any(
        body.bend(step.hip, step.knee, step.ankle) < STRAIGHT <= body.bend(rest.hip, rest.knee, rest.ankle)
        and body.span(step.ankle, rest.ankle)[1] >= LIFTED
        for step, rest in SIDES
    )


STANCES: dict[Posture, Callable[[Skeleton], bool]] = {
    "lying": _lies,
    "kneeling": _kneels,
    "sitting": _sits,
    "walking": _walks,
    "standing": _stands,
}
"""A body has one of these at most: the first that holds."""
