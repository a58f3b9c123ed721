"""Twelve analyzers and a writer that take no time: what is left is the pipeline itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from analyzers.base import Weights
from bus.findings import Facts
from llm.brief import Brief
from llm.writers.base import Piece


def _instant(number: int) -> type[Any]:
    class Instant:
        """Says at once that it is the middle of the night; under the name of `facts`, that makes a cue."""

        name = f"instant-{number}" if number else "facts"
        group = "quality"
        version = "1"
        model = "none"
        weights = ()
        optional_weights = ()
        slots = 8

        def __init__(self, weights: Weights) -> None: ...

        def analyze(self) -> Facts:
            return Facts(taken_hour=3, time_of_day="night")

    return Instant


ROSTER = tuple(_instant(number) for number in range(12))


class InstantWriter:
    """One joke, at once, on the first cue."""

    name = "instant"

    async def write(self, brief: Brief) -> AsyncIterator[Piece]:
        yield Piece(joke=0, text="The photo has been noted.", cues=tuple(cue.id for cue in brief.cues[:1]))

    def note(self, brief: Brief) -> str | None:
        return None
