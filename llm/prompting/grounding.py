"""Whether words stand on cues: what a line invents, what it quotes, what it is about, and how well it fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bus.roast.events import Cue
from llm.prompting.nouns import IMPLIED, known, named, words

_WORD = re.compile(r"[^\W\d_]+")
_QUOTATION = re.compile(r"“([^”]*)”?|\"([^\"]*)\"?|«([^»]*)»?")

_COMMON = words(
    "all and any are but can did does for from get got had has her him his how its let may nor not now off one our out "
    "own per put say see she the too two three four use was way who why yes yet you don isn "
    "about above after again along also another anybody because been before being below both came come could does "
    "down each even ever every from goes going gone have here himself into itself just keep kept know least less like "
    "look made make many might more most much must never nobody none nothing only other over people perhaps quite "
    "rather really said same says seem should some somebody something still such sure taken takes than that their them "
    "then there these they thing this those through together took under until upon very want well went were what when "
    "where which while will with within without would your yours"
)

_CRAFT = words(
    "photo photograph photographer photography picture image snapshot shot frame camera lens shutter pixel focus "
    "exposure light lighting shadow color colour tone horizon background foreground composition angle crop pose posing "
    "portrait selfie smile expression face grin gaze eyes mouth brow outfit shirt jacket suit clothes gesture hand "
    "hands arms finger filter flash blur grain noise tripod viewer megapixel tilt contrast stare"
)
"""What any remark on a photograph may be about, whatever is in it."""


def stems(text: str) -> frozenset[str]:
    """The words that carry `text`'s meaning, each cut to five letters so that inflections meet."""
    found = (word.lower() for word in _WORD.findall(text))
    return frozenset(word[:5] for word in found if len(word) > 2 and word not in _COMMON)


_CRAFT_STEMS = stems(" ".join(_CRAFT))


def words_of_cues(cues: Iterable[Cue]) -> str:
    """All words that the cues bring: their sentences, their kinds and what fills their slots."""
    return " ".join(part for cue in cues for part in (cue.text, cue.kind.replace("_", " "), *cue.values.values()))


def invented(text: str, cues: Sequence[Cue]) -> frozenset[str]:
    """The things and places in `text` that are in none of `cues`."""
    implied = {name for cue in cues for name in IMPLIED.get(cue.kind, ())}
    return named(text) - known([words_of_cues(cues)]) - implied


def misquoted(text: str, cues: Sequence[Cue]) -> str | None:
    """The first quotation in `text` that no cue's quote contains; None when there is none."""
    quotes = [_plain(cue.values["quote"]) for cue in cues if "quote" in cue.values]
    for groups in _QUOTATION.findall(text):
        said = next((group for group in groups if group), "")
        if not any(f" {_plain(said)} " in f" {quote} " for quote in quotes):
            return said
    return None


def is_on_topic(text: str, cited: Sequence[Cue]) -> bool:
    """Whether `text` speaks of a cited cue, or of photographs at all."""
    return bool(stems(text) & (stems(words_of_cues(cited)) | _CRAFT_STEMS))


def fit(text: str, cited: Sequence[Cue]) -> float:
    """How much of what the cited cues say is taken up by `text`: 0..1."""
    wanted = stems(words_of_cues(cited))
    return len(wanted & stems(text)) / len(wanted) if wanted else 0.0


def novelty(text: str, lines: Iterable[str]) -> float:
    """The share of `text`'s meaningful words that none of `lines` has used: 0..1."""
    own = stems(text)
    return len(own - stems(" ".join(lines))) / len(own) if own else 0.0


def recites(text: str, source: str, words: int = 6) -> bool:
    """Whether `text` has `words` words in a row in common with `source`."""
    said, there = _plain(text).split(), f" {_plain(source)} "
    return any(f" {' '.join(said[i : i + words])} " in there for i in range(len(said) - words + 1))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
