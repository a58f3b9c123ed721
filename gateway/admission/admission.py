"""Admission: a photo that could not be roasted before its request expires is refused before any work goes into it.

Requests are counted as they appear on `live.>`, whichever gateway accepted them, and one's own at once; what was there
before this process listened is read from the log. How long one takes is measured from one that is done to the next,
while others wait. When a photo comes, no other process is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from nats import errors
from nats.aio.msg import Msg

from bus.client import Bus, BusDown, LogRefused
from bus.jetstream.direct_get import ORIGINAL_TIME, ReadFailed
from bus.observability.logs import log
from bus.service.tasks import end
from bus.settings import Settings
from bus.subjects import ANY, END, event, live, name_of, request_of
from bus.topology import ANALYZE, PHOTOS
from gateway.admission.forecast import GUESS_S, Load, Pace, RetryTimes, left_of
from gateway.events.queue_math import hindmost_of, standings_of
from gateway.http.problems import Problem

LONGEST_S = 120
"""The longest `Retry-After`: clients that were to come before may have given up."""
REMEMBERED = 10_000
"""How many requests are remembered as over: of two subscriptions either may deliver first."""


class Admission:
    """What one gateway process knows of the queues. `start` it with a log, `close` it at the end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._looking: dict[str, float] = {}
        self._writing: dict[str, float] = {}
        self._over: OrderedDict[str, None] = OrderedDict()
        self._entering: set[str] = set()
        self._retry_times = RetryTimes()
        self._look, self._write = Pace(GUESS_S), Pace(0.0)
        self._catching_up: asyncio.Task[None] | None = None

    @property
    def load(self) -> Load:
        """What there is to do now."""
        self._forget_expired()
        waiting = len(self._looking) + len(self._entering - self._looking.keys())
        return Load(waiting, len(self._writing), self._look.seconds, self._write.seconds)

    def check(self) -> None:
        """Raises Problem `busy` when one more photo could not be finished in time."""
        load, expiry_s, now = self.load, self._settings.expiry_s, time.monotonic()
        if load.refused_for(expiry_s):
            # each client is to come back at a time of its own: if all came at once, most would come in vain
            seconds = min(LONGEST_S, load.behind(self._retry_times.before(now)).refused_for(expiry_s))
            self._retry_times.add(now + seconds)
            waiting = load.looking + load.writing
            detail = f"{waiting} photos come first, and another would be done in about {load.wait_s:.0f} seconds."
            raise Problem("busy", detail, retry_after=seconds)

    @contextmanager
    def entry(self, id: str) -> Iterator[None]:
        """Counts a request while its photo is accepted, until it is in the log or refused. Raises Problem `busy`."""
        self.check()
        self._entering.add(id)
        try:
            yield
        finally:
            self._entering.discard(id)

    @contextmanager
    def submitting(self, id: str) -> Iterator[None]:
        """Counts the request from now on, unless it does not get into the log."""
        self._submitted(id, time.time())
        try:
            yield
        except BaseException:
            self._left(id)
            raise

    async def start(self, bus: Bus) -> None:
        """Listens, and catches up now and whenever the connection was away."""
        await bus.nc.subscribe(live(ANY, "submitted"), cb=self._on_submitted)
        await bus.nc.subscribe(live(ANY, "joined"), cb=self._on_joined)
        await bus.nc.subscribe(live(ANY, END), cb=self._on_end)
        await bus.nc.flush()
        await self._catch_up(bus)
        await end(self._catching_up)
        self._catching_up = asyncio.create_task(self._catch_up_again(bus))

    async def close(self) -> None:
        """Listens no more."""
        await end(self._catching_up)

    async def _catch_up_again(self, bus: Bus) -> None:
        while True:
            await bus.wait_reconnect()
            await self._catch_up(bus)

    async def _catch_up(self, bus: Bus) -> None:
        """Counts what lies in the log: a gateway that has just started knows as much as any other."""
        try:
            async with asyncio.timeout(10):
                seq = await self._hindmost(bus)
                messages = [
                    [
                        message
                        for message in await bus.reader.after(PHOTOS, subject, seq)
                        if ORIGINAL_TIME not in message.headers
                    ]
                    for subject in (event(ANY, kind) for kind in ("submitted", "joined", END))
                ]
        except (BusDown, LogRefused, ReadFailed, errors.Error, OSError, TimeoutError) as error:
            log.warning("admission.unknown", error=str(error))
            return
        submitted, *over = messages
        done = {request_of(message.subject) for some in over for message in some}
        came = [(request_of(message.subject), message.at) for message in submitted]
        for id in done:
            self._left(id)
        for id, at in left_of(came, done, time.time() - self._settings.expiry_s).items():
            self._submitted(id, at)

    async def _hindmost(self, bus: Bus) -> int:
        """The last sequence that was handed to the analyzer that is furthest behind."""
        listed = await bus.api(f"CONSUMER.LIST.{PHOTOS}", {"offset": 0}, patience=0)
        standings = standings_of(listed["consumers"])
        every = [name.removeprefix(ANALYZE) for name in standings]  # as long as no analyzer has answered
        hindmost = hindmost_of(await self._present(bus) or every, standings)
        in_hand = hindmost.in_hand if hindmost else 0
        state = (await bus.api(f"STREAM.INFO.{PHOTOS}", patience=0))["state"]
        # what it has in hand was handed out before; some 50 events belong to a request
        return max(0, (hindmost.delivered if hindmost else int(state["last_seq"])) - 50 * in_hand)

    async def _present(self, bus: Bus) -> Collection[str]:
        return [name for name, info in (await bus.analyzers()).items() if not info.missing]

    async def _on_submitted(self, msg: Msg) -> None:
        if ORIGINAL_TIME not in (msg.headers or {}):  # an import is work done elsewhere
            self._submitted(request_of(msg.subject), time.time())

    async def _on_joined(self, msg: Msg) -> None:
        id = request_of(msg.subject)
        if self._looked_at(id):
            self._writing[id] = time.time()
            self._write.begun(time.monotonic())

    async def _on_end(self, msg: Msg) -> None:
        id, how = request_of(msg.subject), name_of(msg.subject)
        if how == "joined":
            self._looked_at(id)
        if self._writing.pop(id, None) is not None and how == "roast":
            self._write.finished(time.monotonic(), len(self._writing))
        self._left(id)

    def _submitted(self, id: str, at: float) -> None:
        if id not in self._over and id not in self._writing:
            self._looking.setdefault(id, at)
            self._look.begun(time.monotonic())

    def _looked_at(self, id: str) -> bool:
        """Whether it was being looked at until now."""
        self._note_over(id)
        if self._looking.pop(id, None) is None:
            return False
        self._look.finished(time.monotonic(), len(self._looking))
        return True

    def _left(self, id: str) -> None:
        """It needs nothing more."""
        self._note_over(id)
        self._looking.pop(id, None)
        self._writing.pop(id, None)
        self._rest()

    def _rest(self) -> None:
        if not self._looking:
            self._look.idle()
        if not self._writing:
            self._write.idle()

    def _note_over(self, id: str) -> None:
        self._over[id] = None
        while len(self._over) > REMEMBERED:
            self._over.popitem(last=False)

    def _forget_expired(self) -> None:
        """Drops requests that have expired without an end that came here, in the order in which they came."""
        oldest = time.time() - self._settings.expiry_s
        for queue in (self._looking, self._writing):
            with contextlib.suppress(StopIteration):
                while queue[first := next(iter(queue))] < oldest:
                    del queue[first]
        self._rest()
