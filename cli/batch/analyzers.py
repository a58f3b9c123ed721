"""Who is at work for a batch: the analyzers that look at every photo of it, and how many photos keep them busy."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection

from nats.aio.msg import Msg

from bus.client import Bus
from bus.products import SERVICES
from gateway.http.problems import Problem
from gateway.upload.options import expected

PER_REPLICA = 8
"""Photos in flight for each replica of the analyzers: two in hand at each of the stages that follow one another, so
that a fast stage always finds something while a slow one is busy."""
MAX_IN_FLIGHT = 256
ABSENCE_S = 45.0
"""How long a batch waits for an analyzer that has gone: whoever crashed is back by then."""
_SAY_S = 4.0
_QUIET_S, _HEAR_AT_MOST_S = 0.3, 3.0


class BatchAnalyzers:
    """The analyzers of a batch: chosen once, so that all photos are judged alike. Made by `choose`."""

    def __init__(self, bus: Bus, names: Collection[str], capacity: int, note: Callable[[str], None]) -> None:
        self._bus = bus
        self._note = note
        self.names = frozenset(names)
        self.capacity = capacity
        """How many photos in flight keep everybody busy."""
        self.needs = {name: alive.needs for name, alive in bus.presence.now().items()}

    @classmethod
    async def choose(cls, bus: Bus, wanted: Collection[str] | None, note: Callable[[str], None]) -> BatchAnalyzers:
        """All that are at work, or `wanted` and whom they need. Raises Problem where that is nobody, or not all."""
        replicas = await _replicas(bus)
        ready = await bus.ready()
        if missing := [part for part in SERVICES if not ready[part]]:
            raise Problem("not_ready", f"The log is there, but no {' and no '.join(missing)} works on it.")
        names = expected(await bus.analyzers(), wanted)
        most = max((replicas[name] for name in names), default=1)
        return cls(bus, names, min(MAX_IN_FLIGHT, PER_REPLICA * max(1, most)), note)

    async def expects(self) -> tuple[str, ...]:
        """Whom the next photo waits for. Where somebody has gone, theirs is waited for a while, then done without."""
        deadline = time.monotonic() + ABSENCE_S
        while True:
            able = await self._able()
            left = deadline - time.monotonic()
            if able >= self.names:
                return tuple(sorted(self.names))
            if able & self.names and left <= 0:
                gone, self.names = self.names - able, self.names & able
                self._note(f"going on without {', '.join(sorted(gone))}: nothing was heard of them for {ABSENCE_S:g} s")
                continue
            if left < ABSENCE_S - _SAY_S:
                self._note(f"waiting for {', '.join(sorted(self.names - able))} to come back")
            await self._bus.presence.changed(min(max(left, 1.0), 5.0))

    async def _able(self) -> frozenset[str]:
        try:
            return frozenset(expected(await self._bus.analyzers(), None))
        except Problem:
            return frozenset()


async def _replicas(bus: Bus) -> Counter[str]:
    """How many of each service there are, once one of each has answered, and then nobody new for a moment."""
    replicas: defaultdict[str, set[str]] = defaultdict(set)

    async def on_answer(msg: Msg) -> None:
        with contextlib.suppress(ValueError, AttributeError):
            said = json.loads(msg.data)
            replicas[str(said.get("name", "")).removeprefix("heckler-")].add(str(said.get("id")))

    inbox = bus.nc.new_inbox()
    subscription = await bus.nc.subscribe(inbox, cb=on_answer)
    await bus.nc.publish("$SRV.INFO", b"", reply=inbox)
    await bus.discover()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_HEAR_AT_MOST_S):
            while await bus.presence.changed(_QUIET_S):
                pass
    await subscription.unsubscribe()
    return Counter({name: len(ids) for name, ids in replicas.items()})
