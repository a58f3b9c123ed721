"""What the history of a request says of its roast."""

from __future__ import annotations

from bus.history import History
from bus.roast.events import Cue, Cued, JoinedWithCues, Line


def cued_of(history: History) -> Cued | None:
    """The cues of the request; of one that an earlier version joined, those in its join."""
    if isinstance(history.joined, JoinedWithCues):
        return history.joined.cued
    return next((s.event for s in history.events if isinstance(s.event, Cued)), None)


def cues_of(history: History) -> tuple[Cue, ...]:
    """Its cues, none before there are any."""
    cued = cued_of(history)
    return cued.cues if cued else ()


def lines_of(history: History) -> tuple[Line, ...]:
    """The lines of the latest attempt; an earlier one was broken off."""
    lines = [s.event for s in history.events if isinstance(s.event, Line)]
    last = max((line.attempt for line in lines), default=0)
    return tuple(sorted((line for line in lines if line.attempt == last), key=lambda line: line.n))
