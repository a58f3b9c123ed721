"""How many analyzers of a process work at the same time, and which is next.

More of them than cores would only take turns: each would take longer, none would be done sooner, and the times that
people see would be about each other instead of about the photo.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

PATIENCE_S = 5.0
"""An analyzer that takes longer, perhaps for ever, gives its slot to another; at most as many do so as there are slots.
On a machine that is busy with other work every analyzer takes longer: if all gave up their slots, ever more would work
at once, each with a photo and its tensors in memory, and each take longer (decision 0030)."""

UNKNOWN_MS = 30.0
"""The time assumed for an analyzer that has not worked here yet, or works elsewhere."""

Priority = tuple[float, ...]
"""The order of those that wait: the lower, the sooner."""


def concurrency_here(wanted: int) -> int:
    """`wanted` slots, or for 0 one for each core."""
    return wanted or os.cpu_count() or 1


class Scheduler:
    """Some slots, given to the lowest priority that waits, of equal ones in the order in which they asked."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._asked = itertools.count()
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._slots = slots
        self._overdue = 0
        """How many analyzers are at work after they gave up their slots."""

    @property
    def is_empty(self) -> bool:
        """Whether no analyzer is at work."""
        return self._free == self._slots

    @asynccontextmanager
    async def slot(self, priority: Priority = ()) -> AsyncIterator[None]:
        """A slot for the time of the block, at most `PATIENCE_S`."""
        await self._acquire(priority)
        use = _Use(self)
        try:
            yield
        finally:
            use.end()

    async def _acquire(self, priority: Priority) -> None:
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        heapq.heappush(self._waiting, (priority, next(self._asked), turn))
        loop.call_soon(self._assign)  # not at once: of those that ask in the same moment, the lowest priority is first
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the slot was given in the same moment
                self._give_back()
            raise

    def _give_back(self) -> None:
        self._free += 1
        self._assign()

    def give_up(self) -> bool:
        """Gives the slot of an analyzer that takes long to another one, unless too many take long."""
        if self._overdue >= self._slots:
            return False
        self._overdue += 1
        self._give_back()
        return True

    def end(self, is_overdue: bool) -> None:
        """An analyzer is done; its slot may have been given up before (`is_overdue`)."""
        if is_overdue:
            self._overdue -= 1
        else:
            self._give_back()

    def _assign(self) -> None:
        while self._free and self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():  # they may have given up
                turn.set_result(None)
                self._free -= 1


class _Use:
    """The use of one slot, which is given up when it takes too long."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler, self._is_overdue = scheduler, False
        self._wait()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self._on_timeout)

    def _on_timeout(self) -> None:
        self._is_overdue = self._scheduler.give_up()
        if not self._is_overdue:
            self._wait()

    def end(self) -> None:
        self._timer.cancel()
        self._scheduler.end(self._is_overdue)


def remaining_ms(name: str, needs_of: Mapping[str, Sequence[str]], usual_ms: Mapping[str, float]) -> float:
    """How long the longest chain takes that begins with the analyzer `name` and goes on with those that need it.

    The analyzer with the most behind it should begin first (Graham 1969, critical path scheduling). `needs_of` is the
    roster's wiring, without circles.
    """
    behind = (remaining_ms(other, needs_of, usual_ms) for other, needs in needs_of.items() if name in needs)
    return usual_ms.get(name, UNKNOWN_MS) + max(behind, default=0.0)
