"""`docs/roasts.md`: twenty roasts of real photos by the house writer, as it writes them today."""

from __future__ import annotations

from collections.abc import Sequence

from bus.roast.style import Style
from llm.personas.loader import shipped
from llm.quality.evaluation import Case
from llm.writers.house.writer import HouseWriter

COUNT = 20
SEED = 7

INTRODUCTION = """# Twenty roasts

By the house writer, which has no model and no weights: a joke grammar over what the analyzers saw. Nothing here was
picked by hand; it is what comes out with seed {seed}. Made by
`heckler eval tests/llm/cues.json --markdown > docs/roasts.md` from what was seen in the test photos.
"""


def markdown(cases: Sequence[Case]) -> str:
    """The page: the photos with people first, each in another voice, from gentle to savage in turns."""
    house, personas = HouseWriter(), sorted(shipped())
    parts = [INTRODUCTION.format(seed=SEED)]
    for number, case in enumerate(_chosen(cases)):
        heat = ("medium", "savage", "gentle", "medium")[number % 4]
        style = Style.model_validate({"persona": personas[number % len(personas)], "heat": heat})
        jokes = [text for text, _ in house.jokes(case.brief(style, SEED))]
        title = shipped()[style.persona].title
        parts.append(f"## {number + 1}. {title}, {heat}\n\n_{_seen(case)}_\n\n" + "\n\n".join(jokes) + "\n")
    return "\n".join(parts)


def _chosen(cases: Sequence[Case]) -> list[Case]:
    """Twenty photos to roast: those with people first, and again in another voice when they run out."""
    people = [case for case in cases if case.people and case.cues]
    others = [case for case in cases if not case.people and case.cues]
    pool = [*people, *others, *people]
    return pool[:COUNT]


def _seen(case: Case) -> str:
    """What is in the photo, in the words of its five most salient cues."""
    return f"{case.name}: " + " ".join(cue.text for cue in case.brief(Style(), 0).material[:5])
