"""Typesetting: the largest size at which words fit a box, in lines of even length. Pure, given a way to measure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LEADING = 1.32
"""From baseline to baseline, of the type size."""
GAP = 0.42
"""Between paragraphs, of the type size."""
_STEPS = 12

Measure = Callable[[str], float]
"""How wide a word (or a space) is, of the type size: 0.5 for a letter half as wide as the type is large. Words stand
beside each other unchanged; it is asked for the same ones again and again."""


@dataclass(frozen=True, slots=True)
class Block:
    """Paragraphs broken into lines, at a type size in pixels."""

    size: int
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def height(self) -> float:
        """Pixels from the top of the first line to the bottom of the last."""
        return self.size * _ems(sum(map(len, self.paragraphs)), len(self.paragraphs))


def fit(paragraphs: Sequence[str], box: tuple[int, int], sizes: tuple[int, int], measure: Measure) -> Block | None:
    """The paragraphs at the largest of `sizes` (smallest, largest) that fits `box` (pixels); None when none does."""
    low, high = sizes
    if not _fits(paragraphs, box, low, measure):
        return None
    while low < high:
        size = (low + high + 1) // 2
        if _fits(paragraphs, box, size, measure):
            low = size
        else:
            high = size - 1
    lines = tuple(tuple(balanced(paragraph, box[0] / low, measure)) for paragraph in paragraphs)
    return Block(low, lines)


def _fits(paragraphs: Sequence[str], box: tuple[int, int], size: int, measure: Measure) -> bool:
    lines = [len(wrapped(paragraph, box[0] / size, measure)) for paragraph in paragraphs]
    return math.ceil(size * _ems(sum(lines), len(lines))) <= box[1]


def _ems(lines: int, paragraphs: int) -> float:
    return lines * LEADING + max(0, paragraphs - 1) * GAP


def wrapped(text: str, width: float, measure: Measure) -> list[str]:
    """Lines no wider than `width`, each as full as it gets. A word that is wider is broken where it has to be."""
    space = measure(" ")
    lines: list[list[str]] = []
    reached = math.inf
    for word in (piece for whole in text.split() for piece in _pieces(whole, width, measure)):
        wide = measure(word)
        reached += space + wide
        if reached > width:
            lines.append([])
            reached = wide
        lines[-1].append(word)
    return [" ".join(line) for line in lines]


def balanced(text: str, width: float, measure: Measure) -> list[str]:
    """As many lines as `wrapped` makes, as even as they get; the last is no lone word that could have company."""
    full = wrapped(text, width, measure)
    low, high = max(map(measure, text.split()), default=0.0), width
    if low > width:
        return full  # a word had to be broken: narrower lines would break it elsewhere
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if len(wrapped(text, middle, measure)) <= len(full):
            high = middle
        else:
            low = middle
    return _accompanied(wrapped(text, high, measure), width, measure)


def _accompanied(lines: list[str], width: float, measure: Measure) -> list[str]:
    if len(lines) < 2 or " " in lines[-1] or " " not in lines[-2]:
        return lines
    before, word = lines[-2].rsplit(" ", 1)
    wide = measure(word) + measure(" ") + measure(lines[-1])
    return [*lines[:-2], before, f"{word} {lines[-1]}"] if wide <= width else lines


def _pieces(word: str, width: float, measure: Measure) -> list[str]:
    if measure(word) <= width:
        return [word]
    pieces = [word[:1]]
    for letter in word[1:]:
        if measure(pieces[-1] + letter) > width:
            pieces.append(letter)
        else:
            pieces[-1] += letter
    return pieces
