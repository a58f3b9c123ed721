"""The later sweeps of a deletion: what was under way when a request was erased may have written something since.

The order to sweep is a record of the request's own, `photo.<id>.erase`. It is delivered again and again until the last
sweep, which overwrites it as well. The server keeps no more of that than sequence numbers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from nats.aio.msg import Msg

from bus.client import Bus, BusDown
from bus.erasing import SWEEPS_S, sweep
from bus.events import Erase
from bus.logs import log
from bus.pull import Puller, meta_of
from bus.tasks import end, run_until
from bus.topology import NS, SWEEPER
from bus.wire import Undecodable, decode

_RETRY_S = 2.0


def next_sweep(age: float) -> float | None:
    """Seconds until the next sweep of a request that was erased `age` seconds ago; None when the last one has come."""
    return next((at - age for at in SWEEPS_S if at > age), None)


class Sweeper:
    """Handles `photo.<id>.erase`."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._puller = Puller(bus.nc, SWEEPER, 4, self._take)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set."""
        await self._bus.ensure_consumer(SWEEPER)
        try:
            await run_until(stop, self._puller.run(), self._reconnects(), leave=self._puller.stop)
        finally:
            await end(*self._tasks)

    async def _reconnects(self) -> None:
        while True:
            await self._bus.wait_reconnect()
            with contextlib.suppress(BusDown):  # the consumer may be gone with the server's disk
                await self._bus.ensure_consumer(SWEEPER)
            self._puller.start_over()

    def _take(self, msg: Msg, done: Callable[[], None]) -> None:
        task = asyncio.create_task(self._work(msg))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: done())

    async def _work(self, msg: Msg) -> None:
        try:
            wait = await self._sweep(msg)
        except Undecodable as error:
            log.warning("undecodable", durable=SWEEPER.name, error=str(error)[:200])
            answer = b"+TERM"
        except Exception:
            log.exception("not swept", attempt=meta_of(msg.reply).attempt)
            answer = _later(_RETRY_S)
        else:
            answer = b"" if wait is None else _later(wait)
        with contextlib.suppress(Exception):  # unanswered, it comes again
            await self._bus.nc.publish(msg.reply, answer)

    async def _sweep(self, msg: Msg) -> float | None:
        """Sweeps; seconds until the next time."""
        event, now = decode(msg.subject, msg.data, msg.headers), await self._bus.clock.now()
        if not isinstance(event, Erase):
            raise Undecodable(f"{msg.subject} holds {type(event).__name__}")
        wait = next_sweep(now - meta_of(msg.reply).at)
        if meta_of(msg.reply).attempt > 1:  # the first one is being made by whoever gave the order
            await sweep(self._bus, event.id, event.sha256, keep_order=wait is not None)
        return wait


def _later(seconds: float) -> bytes:
    return b'-NAK {"delay": %d}' % int(seconds * NS)
