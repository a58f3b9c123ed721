"""A request's events once more, as they came: with the spacing that they had, or quicker. Nothing is computed again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from math import inf, isfinite

from bus.history import History, Stored

SLOWEST, QUICKEST = 0.25, 100.0
"""Speeds between which a replay may be asked for; beside them there is `max`, which waits for nothing."""
LONGEST_PAUSE_S = 60.0
"""Seconds of the original's time that nothing may happen: what was imported may tell of pauses of any length."""
AT_ONCE = 32
"""Replays that one process runs at a time; each holds a whole request."""


def speed_of(text: str) -> float:
    """The speed that `text` asks for: a number, or `max`, which is infinity. Raises ValueError with the rule."""
    if text == "max":
        return inf
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not isfinite(speed) or not SLOWEST <= speed <= QUICKEST:
        raise ValueError(f"a speed is a number from {SLOWEST:g} to {QUICKEST:g}, or max")
    return speed


def offsets(events: tuple[Stored, ...]) -> Iterator[float]:
    """Seconds from the first of `events` to each, never backwards, pauses cut to `LONGEST_PAUSE_S`."""
    since, before = 0.0, events[0].at if events else 0.0
    for stored in events:
        since += min(max(0.0, stored.at - before), LONGEST_PAUSE_S)
        before = max(before, stored.at)
        yield since


async def replayed(history: History, speed: float, after: int = 0) -> AsyncIterator[Stored]:
    """The stored events with a sequence above `after`, each when its time has come; the first one at once.

    The ending is the last of them, as it was for the people who watched: what came later, such as a timer that was not
    needed any more, was not sent to them.
    """
    last = inf if history.ending is None else history.seq_of(history.ending)
    events = tuple(stored for stored in history.events if after < stored.seq <= last)
    clock = asyncio.get_running_loop()
    began = clock.time()
    for stored, offset in zip(events, offsets(events), strict=True):
        await asyncio.sleep(max(0.0, began + offset / speed - clock.time()))
        yield stored


class Replays:
    """The replays that this process runs: `AT_ONCE` at a time."""

    def __init__(self, slots: int = AT_ONCE) -> None:
        self._slots = slots
        self._running = 0

    @property
    def is_full(self) -> bool:
        return self._running >= self._slots

    async def run(self, events: AsyncIterator[Stored]) -> AsyncIterator[Stored]:
        """`events`, which take a slot until they end or are closed."""
        self._running += 1
        try:
            async for stored in events:
                yield stored
        finally:
            self._running -= 1
