"""What is known of one request: its stored events in order. Pure values, no server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from bus.events import Deadline, Event, Feature, Joined, Submitted, is_ending


@dataclass(frozen=True, slots=True)
class Stored:
    """One event as the log holds it: its stream sequence and the server's time (seconds since the epoch)."""

    seq: int
    at: float
    event: Event


@dataclass(frozen=True)
class History:
    """A request's events, ordered by sequence, each once. Any order and any duplicates may be put in."""

    events: tuple[Stored, ...] = field(default=())

    @classmethod
    def of(cls, stored: Iterable[Stored]) -> History:
        return cls(tuple(sorted({s.seq: s for s in stored}.values(), key=lambda s: s.seq)))

    def merged(self, more: Iterable[Stored]) -> History:
        return History.of((*self.events, *more))

    @property
    def last_seq(self) -> int:
        return self.events[-1].seq if self.events else 0

    @cached_property
    def submitted(self) -> Submitted | None:
        return next((s.event for s in self.events if isinstance(s.event, Submitted)), None)

    @cached_property
    def features(self) -> dict[str, Feature]:
        return {s.event.analyzer: s.event for s in self.events if isinstance(s.event, Feature)}

    @cached_property
    def deadlines(self) -> frozenset[str]:
        return frozenset(s.event.what for s in self.events if isinstance(s.event, Deadline))

    @cached_property
    def look(self) -> Deadline | None:
        """The latest deadline of the join that has fired."""
        return next((s.event for s in reversed(self.events) if _is_look(s.event)), None)  # type: ignore[return-value]

    @cached_property
    def joined(self) -> Joined | None:
        return next((s.event for s in self.events if isinstance(s.event, Joined)), None)

    @cached_property
    def ending(self) -> Event | None:
        return next((s.event for s in self.events if is_ending(s.event)), None)

    def seq_of(self, event: Event) -> int:
        return next((s.seq for s in self.events if s.event is event), 0)


def _is_look(event: Event) -> bool:
    return isinstance(event, Deadline) and event.what == "join"
