"""The contract of a writer: a brief in, pieces of jokes out, as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from bus.findings import Frozen
from llm.brief import Brief


class Piece(Frozen):
    """A piece of streamed text: part of joke number `joke` (from 0), which stands on the cues with ids `cues`.

    The pieces of one joke, put together as they are, are its text; each brings its own leading space. `ends` says that
    no more of this joke will come: this is known without waiting for the next one.
    """

    joke: int
    text: str
    cues: tuple[str, ...]
    ends: bool = False


class Writer(Protocol):
    """What turns a brief into words."""

    @property
    def name(self) -> str:
        """What a roast says about its origin, once it is written."""
        ...

    def write(self, brief: Brief) -> AsyncIterator[Piece]:
        """The roast, piece by piece, jokes in order. Raises bus-independent errors of the writer's own only."""
        ...

    def note(self, brief: Brief) -> str | None:
        """What a reader should know about this roast (another language than asked for, say); None when nothing."""
        ...
