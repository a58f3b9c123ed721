"""What a face does: rules over blendshapes, each with a threshold of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bus.findings import Expression

SMILE, BIG_SMILE = 0.5, 0.75
"""Least mean of mouthSmile. Real smiles of the test photos have .89 to .95, closed and serious mouths up to .19."""

TEETH = 0.4
"""Least mean of mouthUpperUp in a big smile: .55 and more where teeth show, .26 at most elsewhere."""

MOUTH_OPEN = 0.25
"""Least jawOpen: .50 on a speaker, .13 at most on a laugh with closed jaws. A mouth that is opened to speak is drawn
wide as well (mouthSmile .65 on the same speaker); it counts as smiling only where the upper lip is drawn up, too."""

EYES_CLOSED, EACH_CLOSED = 0.47, 0.35
"""Least mean of eyeBlink with both eyes shut, and least of each. Open eyes that look down or laugh have .29 at most,
guesses behind sunglasses a mean of .46; eyes of the same faces with the lids painted shut only .32 to .49, so that
some shut eyes pass for open ones, and not the other way round."""

WINK, WINK_GAP = 0.40, 0.15
"""Least eyeBlink of the winking eye, and by how much it exceeds the other's. Open eyes differ by .11 at most (behind
sunglasses; .06 elsewhere), eyes of which one was painted shut by .09 to .27: the blendshapes of one eye are drawn
along by the other. Nearly half of such winks are seen, and none on the wrong side."""

WINK_YAW = 35.0
"""Degrees of yaw beyond which the far eye is too hidden for a wink."""

SQUINT = 0.65
"""Least mean of eyeSquint where nobody smiles: .57 at most on narrow eyes at rest."""

WIDE = 0.2
"""Least mean of eyeWide: .04 at most at rest, .27 with the lids of the same eyes pulled apart."""

BROWS_RAISED = 0.45
"""Least mean of browInnerUp and both browOuterUp: .36 at most at rest (above sunglasses; .05 elsewhere), .64 and more
with the brows moved up by 7 % of the face's height."""

BROW_FURROWED = 0.5
"""Least mean of browDown where nobody smiles: .73 on an insistent speaker (.55 mirrored), .44 at most on serious
faces at rest. Laughing lowers the brows as well (.81 on a broad smile)."""

FROWN = 0.25
"""Least mean of mouthFrown: .07 at most at rest, .26 to .47 with the corners of the mouth pulled down."""

PUCKER = 0.5
"""Least mouthPucker: .01 at most at rest, .80 with the mouth drawn together."""

CHEEK_PUFFED, SNEER = 0.4, 0.4
"""Least cheekPuff and noseSneer. MediaPipe's blendshapes hardly know them: .00 on all test photos."""


class Mark(NamedTuple):
    """An expression, and by how much it passes its threshold: 0 just so, 1 as much as can be."""

    expression: Expression
    strength: float


def expressions(blendshapes: Mapping[str, float], yaw: float = 0.0) -> tuple[Expression, ...]:
    """What the face does, most marked first; ("neutral",) when it does nothing.

    `blendshapes` by MediaPipe's names, 0..1 (one that is absent counts as 0); `yaw` of the head in degrees. Left and
    right are the subject's own. `tongue_out` is never among them: MediaPipe's 52 are `_neutral` and ARKit's
    without tongueOut, and no landmark lies on the tongue. Colour does not settle it: a fifth of what the lips of a
    plain speaker enclose is of a tongue's colour, too.
    """
    face = _Face(blendshapes)
    marks = [*_mouth(face), *_eyes(face, yaw), *_brows_and_nose(face)]
    ranked = sorted(marks, key=lambda mark: -mark.strength)
    return tuple(mark.expression for mark in ranked) or ("neutral",)


class _Face:
    """Blendshapes that are asked for by name, or by the mean of a pair."""

    def __init__(self, blendshapes: Mapping[str, float]) -> None:
        self._blendshapes = blendshapes

    def one(self, name: str) -> float:
        return self._blendshapes.get(name, 0.0)

    def both(self, name: str) -> float:
        """The mean of left and right."""
        return (self.one(f"{name}Left") + self.one(f"{name}Right")) / 2

    @property
    def smiles(self) -> bool:
        speaks = self.one("jawOpen") >= MOUTH_OPEN and self.both("mouthUpperUp") < TEETH
        return self.both("mouthSmile") >= SMILE and not speaks

    @property
    def puckers(self) -> bool:
        return self.one("mouthPucker") >= PUCKER

    @property
    def lids(self) -> tuple[float, float]:
        """How far the right and the left eye are closed."""
        return self.one("eyeBlinkRight"), self.one("eyeBlinkLeft")


def _mark(expression: Expression, value: float, threshold: float) -> list[Mark]:
    return [Mark(expression, (value - threshold) / (1 - threshold))] if value >= threshold else []


def _mouth(face: _Face) -> list[Mark]:
    marks = _mark("mouth_open", face.one("jawOpen"), MOUTH_OPEN)
    if face.smiles:
        smile = face.both("mouthSmile")
        big = smile >= BIG_SMILE and face.both("mouthUpperUp") >= TEETH
        marks += _mark("big_smile" if big else "smile", smile, SMILE)
    elif face.puckers:
        # lips do the same in both; who means a kiss closes the eyes
        shut = sum(face.lids) / 2 >= EYES_CLOSED
        marks += _mark("kiss" if shut else "duck_face", face.one("mouthPucker"), PUCKER)
    else:
        marks += _mark("frown", face.both("mouthFrown"), FROWN)
    return marks + _mark("cheek_puffed", face.one("cheekPuff"), CHEEK_PUFFED)


def _eyes(face: _Face, yaw: float) -> list[Mark]:
    right, left = face.lids
    if min(right, left) >= EACH_CLOSED:
        marks = _mark("eyes_closed", (right + left) / 2, EYES_CLOSED)
    elif abs(right - left) >= WINK_GAP and abs(yaw) <= WINK_YAW:
        marks = _mark("wink_right" if right > left else "wink_left", max(right, left), WINK)
    else:
        marks = []
    if marks or face.smiles:  # a smile narrows the eyes by itself
        return marks
    return _mark("squint", face.both("eyeSquint"), SQUINT) or _mark("wide_eyes", face.both("eyeWide"), WIDE)


def _brows_and_nose(face: _Face) -> list[Mark]:
    raised = (face.one("browInnerUp") + 2 * face.both("browOuterUp")) / 3
    marks = _mark("brows_raised", raised, BROWS_RAISED)
    if not face.smiles:
        marks += _mark("brow_furrowed", face.both("browDown"), BROW_FURROWED)
    return marks + _mark("sneer", face.both("noseSneer"), SNEER)
