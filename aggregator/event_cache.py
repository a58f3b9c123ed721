"""What the aggregator remembers of requests: a hint that saves reads of the log, never the truth.

Events are written once and never change, so what was seen stays true. What was *not* seen may still be in the log,
because another replica received it. It is certain not to be there only when this process has received every delivery
since the request's first event (`Delivery.run`): then, and only then, no read is needed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bus.events import Feature, Submitted
from bus.history import History, Stored
from bus.worker import Delivery

CAPACITY = 4096


@dataclass(slots=True)
class Known:
    """What was seen of one request."""

    events: dict[int, Stored] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    """Who is expected and was not seen here; meaningful once the request's first event was."""
    run: int | None = None
    """The unbroken run of deliveries in which the request began, if this process saw it begin."""
    settled: bool = False
    """Nothing is left to decide: its events are forgotten, and no more are kept."""
    reading: asyncio.Task[History] | None = None
    next_reading: asyncio.Task[History] | None = None

    def add(self, stored: Stored) -> None:
        """Remembers an event. What was heard first need not have happened first."""
        if self.settled:
            return
        self.events[stored.seq] = stored
        if isinstance(stored.event, Submitted):
            reported = {s.event.analyzer for s in self.events.values() if isinstance(s.event, Feature)}
            self.waiting = set(stored.event.expects) - reported
        elif isinstance(stored.event, Feature):
            self.waiting.discard(stored.event.analyzer)

    def settle(self) -> None:
        """Lets go of everything but this: the request is decided. A whole history is some 100 kB."""
        self.settled = True
        self.events.clear()
        self.waiting.clear()
        self.reading = self.next_reading = None

    def history(self) -> History:
        return History.of(self.events.values())

    def is_whole(self, delivery: Delivery) -> bool:
        """Whether nothing that was stored before this delivery can be missing here."""
        return self.run == delivery.run

    def must_wait(self, delivery: Delivery) -> bool:
        """Whether somebody who is expected has certainly not reported before this delivery."""
        return bool(self.waiting) and self.is_whole(delivery)


class Memory:
    """The latest requests, by id."""

    def __init__(self, read: Callable[[str], Awaitable[History]], capacity: int = CAPACITY) -> None:
        self._read = read
        self._capacity = capacity
        self._known: OrderedDict[str, Known] = OrderedDict()

    def note(self, delivery: Delivery) -> Known:
        """Remembers a delivery. To be called in order of arrival."""
        id = delivery.event.id
        known = self._known.setdefault(id, Known())
        self._known.move_to_end(id)
        known.add(delivery.stored)
        if isinstance(delivery.event, Submitted) and delivery.attempt == 1:
            known.run = delivery.run
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return known

    async def history(self, delivery: Delivery, known: Known) -> History:
        """All that is stored of the request: from memory when that is certain, else from the log. Raises ReadFailed."""
        if known.is_whole(delivery):
            return known.history()
        history = await self._fresh(delivery.event.id, known)
        for stored in history.events:
            known.add(stored)
        return history if known.settled else known.history()

    async def _fresh(self, id: str, known: Known) -> History:
        """A read that begins after now. Those who ask while one is under way share the next one."""
        if known.next_reading is None:
            known.next_reading = asyncio.create_task(self._next(id, known, known.reading))
        return await asyncio.shield(known.next_reading)

    async def _next(self, id: str, known: Known, before: asyncio.Task[History] | None) -> History:
        if before is not None:
            await asyncio.wait({before})
        known.reading, known.next_reading = known.next_reading, None
        return await self._read(id)
