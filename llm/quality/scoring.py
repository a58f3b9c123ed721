"""Pure: of several candidates' lines, those that make the best roast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bus.roast.events import Cue
from llm.prompting.grounding import fit, novelty
from llm.writers.base import Piece

FRESH_CUE = 0.5
"""The bonus for a cue without a joke so far, where fit and novelty are worth 1 each at most."""


def best(lines: Sequence[Piece], cues: Mapping[str, Cue], count: int) -> list[Piece]:
    """Up to `count` of `lines`, which the guard has passed, numbered anew: each time the best beside those chosen.

    A line scores by how much of its cues it takes up, how few of its words were said before, and whether its cue is
    new. The best one of all comes last. Equal ones come in the order in which they were written.
    """
    left, chosen = list(lines), list[Piece]()
    while left and len(chosen) < count:
        top = max(left, key=lambda line: score(line, chosen, cues))
        left.remove(top)
        chosen.append(top)
    ordered = [*chosen[1:], *chosen[:1]]
    return [line.model_copy(update={"joke": number}) for number, line in enumerate(ordered)]


def score(line: Piece, before: Sequence[Piece], cues: Mapping[str, Cue]) -> float:
    """What `line` is worth after the lines `before` it: 0..2.5."""
    used = {id for each in before for id in each.cues}
    fresh = 0.0 if used.issuperset(line.cues) else FRESH_CUE
    return fit(line.text, [cues[id] for id in line.cues]) + novelty(line.text, [each.text for each in before]) + fresh
