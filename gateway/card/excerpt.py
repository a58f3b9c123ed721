"""Which words of a roast go on its card: all of them, the best stretch, the best joke, or its first sentences. Pure."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from bus.roast.events import Cued, Roast
from gateway.card.typesetting import Block, Measure, fit

LONGEST = 4000
"""Characters of a roast that are looked at; none is so long, and what a card costs must not hang on it."""
_JOKES = 6
"""Jokes before and after the best one that may stand beside it."""
_MARKS = 2
"""Combining marks that a letter may carry; towers of them are a prank."""
_SENTENCE = re.compile(r"(?<!\bMr\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bSt\.)(?<=[.!?…。！？؟])([\"”’')\]]*)\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Type sizes in pixels: below `pleasant`, fewer words are better; below `smallest`, people cannot read."""

    largest: int
    pleasant: int
    smallest: int


def cleaned(text: str) -> str:
    """`text` on one line without what only steers: controls, formatting, direction overrides, heaps of marks."""
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", text[:LONGEST]):
        category = unicodedata.category(letter)
        marks = marks + 1 if category == "Mn" else 0
        if letter.isspace():
            kept.append(" ")
        elif marks <= _MARKS and (category[0] != "C" or letter in "\u200c\u200d"):
            kept.append(letter)
    return " ".join("".join(kept).split())


def first_line(roast: Roast) -> str:
    """The first sentence of the roast."""
    return next(iter(sentences(cleaned(roast.text))), "")


def sentences(text: str) -> list[str]:
    """`text` cut after each sentence; closing quotation marks stay with theirs."""
    parts = _SENTENCE.split(text)
    return [sentence + quote for sentence, quote in zip(parts[::2], [*parts[1::2], ""], strict=True) if sentence]


def best_joke(roast: Roast, cued: Cued | None) -> int:
    """The joke that stands on the most salient cue, the first of equal ones. Raises ValueError without jokes."""
    salience = {cue.id: cue.salience for cue in cued.cues} if cued else {}
    return max(range(len(roast.jokes)), key=lambda n: (max(salience.get(cue, 0.0) for cue in roast.jokes[n].cues), -n))


def stretches(roast: Roast, best: int) -> list[list[str]]:
    """What may stand on a card, the longest first: the whole roast, then runs of jokes that hold the best one."""
    whole = _paragraphs(roast.text)
    jokes = [joke.text for joke in roast.jokes[: best + _JOKES]]
    runs = [jokes[i:j] for i in range(max(0, best - _JOKES), best + 1) for j in range(best + 1, len(jokes) + 1)]
    longest_first = sorted(runs, key=lambda run: -sum(map(len, run)))
    return [found for found in (whole, *([cleaned(joke) for joke in run] for run in longest_first)) if all(found)]


def chosen(
    roast: Roast,
    cued: Cued | None,
    box: tuple[int, int],
    sizes: Sizes,
    printable: Callable[[str], str],
    measure: Measure,
) -> Block | None:
    """As much of the roast as can be read with pleasure in `box` (pixels), set; None when nothing of it can be set.

    `printable` leaves out of a text what cannot be drawn. An ellipsis stands at the end of a sentence only, unless a
    single sentence is too long.
    """
    best = best_joke(roast, cued) if roast.jokes else 0
    found = stretches(roast, best) if roast.jokes else [_paragraphs(roast.text)]
    texts = [kept for kept in ([printable(part) for part in stretch] for stretch in found) if kept and all(kept)]
    for paragraphs in texts:
        if block := fit(paragraphs, box, (sizes.pleasant, sizes.largest), measure):
            return block
    small = (sizes.smallest, sizes.pleasant)
    return _shortened(texts[-1], lambda text: fit([text], box, small, measure)) if texts else None


def _paragraphs(text: str) -> list[str]:
    return [part for part in map(cleaned, re.split(r"\n\s*\n", text[:LONGEST])) if part]


def _shortened(paragraphs: Sequence[str], setting: Callable[[str], Block | None]) -> Block | None:
    """As many of the sentences as can be set; when not even one can, as much of the first as can."""
    whole = " ".join(paragraphs)
    ends = list(accumulate(map(len, sentences(whole)), lambda end, length: end + 1 + length))
    if block := setting(whole):
        return block
    for cut in (ends[:-1], range(1, ends[0] if ends else 1)):
        count = bisect_left(cut, True, key=lambda end: setting(_broken_off(whole[:end])) is None)
        if count:
            return setting(_broken_off(whole[: cut[count - 1]]))
    return None


def _broken_off(text: str) -> str:
    return f"{text.rstrip('…')} …" if text.endswith((".", "!", "?", "…", "”", '"')) else f"{text}…"
