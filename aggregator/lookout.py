"""Looks at the analyzers: how far their consumers are, and which of them answer. One look serves all callers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from nats import errors

from aggregator.standing import Consumer, Standing, consumers_of, standings_of
from bus.client import Bus, BusDown, LogRefused
from bus.history import History
from bus.observability.logs import log
from bus.topology import PHOTOS

FRESH_S = 0.5
"""Seconds that a look is good for: many requests of one moment reach their deadline in one moment."""
ANSWER_S = 2.0
"""Seconds in which a process answers that is not frozen."""


@dataclass(frozen=True)
class _Answers:
    at: float
    asked: frozenset[str]
    answering: frozenset[str]
    consumers: Mapping[str, Consumer] = field(default_factory=dict)


class Lookout:
    """The latest look. There is no loop: as long as nothing is missing, there is nothing to look at."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._wanted: set[str] = set()
        self._last: _Answers | None = None
        self._looking: asyncio.Task[None] | None = None

    async def standings(self, history: History, missing: Collection[str]) -> dict[str, Standing]:
        """Where each of the `missing` analyzers stands; nothing of those of which nothing can be told."""
        look = await self._look(frozenset(missing))
        return standings_of(history, missing, look.consumers, look.answering) if look.consumers else {}

    async def _look(self, names: frozenset[str]) -> _Answers:
        while (last := self._last) is None or time.monotonic() - last.at > FRESH_S or not names <= last.asked:
            self._wanted |= names
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look_now())
            await asyncio.shield(self._looking)
        return last

    async def _look_now(self) -> None:
        await asyncio.sleep(0)  # calls of the same moment share it
        asked, self._wanted = frozenset(self._wanted), set()
        try:
            answering = await self._bus.presence.answering(asked, ANSWER_S)
            # after the answers: one that has just come back is found with what it has been handed since
            listed = await self._bus.api(f"CONSUMER.LIST.{PHOTOS}", {"offset": 0}, patience=0)
            consumers = consumers_of(listed["consumers"])
        except (BusDown, LogRefused, errors.Error, OSError) as error:
            log.warning("analyzers.unknown", error=str(error))
            consumers, answering = {}, set()
        self._last = _Answers(time.monotonic(), asked, frozenset(answering), consumers)
