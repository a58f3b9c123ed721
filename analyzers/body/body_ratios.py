"""The build of a body as ratios of its joint distances, and what they are called. Pure.

Distances are those between BlazePose's landmarks (Bazarevsky et al. 2020) in the picture, so all of it holds only for a
trunk that faces the camera. They lie at the joints, not at the outline: the hips' are narrower than the hips, and an
average adult has a shoulder-to-hip ratio of some 1.6 here (widths .259 and .191 of the height by Winter 2009, measured
at the outline of the shoulders and of the pelvis, make 1.36), so that the thresholds stand around that.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analyzers.body.skeleton import LEFT, NOSE, RIGHT, Skeleton, both, facing
from bus.findings import BodyRatios

Floats: TypeAlias = NDArray[np.floating[Any]]
Label: TypeAlias = Literal["inverted_triangle", "rectangle", "triangle"]

LABELS: tuple[Label, ...] = ("inverted_triangle", "rectangle", "triangle")

RATIOS = tuple(BodyRatios.model_fields)
"""Names of the ratios: shoulder width over hip width, trunk over leg, arm over trunk, shoulder width over height."""

WIDE, NARROW = 1.85, 1.40
"""Shoulder-to-hip from which shoulders are broad for the hips, and up to which hips are broad for the shoulders."""

MARGIN = 0.07
"""What the ratio is uncertain by: moving and scaling a person's crop by 3 % changes it by .04 to .08 (one standard
deviation, four people of the test photos). Nearer to a threshold than this there is no label."""

FRONTAL = 0.5
"""Least width of the shoulders in trunks: those who face the camera have some 0.7, half turned 0.5."""

TURNED = 0.6
"""Most difference in depth of the two shoulders, in widths of them: 31° away from the camera."""

BENT = 30.0
"""Degrees by which the trunk may lean in the picture, and the shoulders against the hips."""


class Verdict(NamedTuple):
    """What a body is called, None in doubt, and how sure that is, 0..1: no probability."""

    label: Label | None
    score: float


def is_frontal(body: Skeleton) -> bool:
    """Whether the trunk is in the photo, upright, and faces the camera squarely enough to compare widths."""
    if not body.unit or not body.has(*both("shoulder", "hip")) or facing(body) != "camera":
        return False
    if body.breadth() < FRONTAL:
        return False
    shoulders, hips = (body.at[getattr(LEFT, name)] - body.at[getattr(RIGHT, name)] for name in ("shoulder", "hip"))
    if hips[0] <= 0:
        return False
    deep = abs(float(body.depth[LEFT.shoulder] - body.depth[RIGHT.shoulder]))
    tilt, twist, lean = _direction(shoulders), _direction(shoulders) - _direction(hips), _upright(body)
    return deep <= TURNED * float(np.linalg.norm(shoulders)) and max(abs(tilt), abs(twist), abs(lean)) <= BENT


def ratios(body: Skeleton) -> BodyRatios:
    """The ratios of a body; None where a joint is hidden or two of them fall together."""
    trunk = _length(body, "shoulder", "hip")
    shoulders, hips = _width(body, "shoulder"), _width(body, "hip")
    return BodyRatios(
        shoulder_to_hip=_over(shoulders, hips),
        torso_to_leg=_over(trunk, _limb(body, ("hip", "knee", "ankle"))),
        arm_to_torso=_over(_limb(body, ("shoulder", "elbow", "wrist")), trunk),
        shoulder_to_height=_over(shoulders, _height(body)),
    )


def judge(found: BodyRatios) -> Verdict:
    """The label by the thresholds on shoulder-to-hip. Half sure at the edge of the margin, surer away from it."""
    value = found.shoulder_to_hip
    if value is None:
        return Verdict(None, 0.0)
    nearest = min(abs(value - threshold) for threshold in (WIDE, NARROW))
    if nearest < MARGIN:
        return Verdict(None, 0.5 * nearest / MARGIN)
    label: Label = "inverted_triangle" if value > WIDE else "triangle" if value < NARROW else "rectangle"
    return Verdict(label, min(1.0, 0.5 + nearest - MARGIN))


def _direction(vector: Floats) -> float:
    """Degrees from level, of a line from the subject's right (at the left of the photo) to their left."""
    return float(np.degrees(np.arctan2(vector[1], vector[0])))


def _upright(body: Skeleton) -> float:
    x, y = body.trunk()
    return float(np.degrees(np.arctan2(x, -y)))


def _width(body: Skeleton, name: str) -> float | None:
    a, b = both(name)
    return float(np.linalg.norm(body.at[a] - body.at[b])) if body.has(a, b) else None


def _length(body: Skeleton, a: str, b: str) -> float | None:
    return float(np.linalg.norm(body.middle(a) - body.middle(b))) if body.has(*both(a, b)) else None


def _limb(body: Skeleton, names: tuple[str, str, str]) -> float | None:
    """Length of a limb along its joints, the longer of both sides: the other one is foreshortened."""
    lengths = []
    for side in (LEFT, RIGHT):
        a, b, c = (getattr(side, name) for name in names)
        if body.has(a, b, c):
            lengths.append(float(np.linalg.norm(body.at[a] - body.at[b]) + np.linalg.norm(body.at[b] - body.at[c])))
    return max(lengths, default=None)


def _height(body: Skeleton) -> float | None:
    """From the nose to the middle of the ankles."""
    if not body.has(NOSE, *both("ankle")):
        return None
    return float(np.linalg.norm(body.at[NOSE] - body.middle("ankle")))


def _over(a: float | None, b: float | None) -> float | None:
    return a / b if a is not None and b and a < 1e6 * b else None
