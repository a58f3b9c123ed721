"""Handling the raw messages of a durable: for those that are no deliveries of a request's events to a worker."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from nats.aio.msg import Msg

from bus.jetstream.publish import BusDown
from bus.jetstream.pull import Puller
from bus.service.tasks import end, run_until
from bus.topology import NS, Durable

if TYPE_CHECKING:
    from bus.client import Bus

_SLOTS = 4

ACK = b""
TERM = b"+TERM"


def nak(seconds: float) -> bytes:
    """The answer that has a message delivered again after so many seconds."""
    return b'-NAK {"delay": %d}' % int(seconds * NS)


class MessageLoop:
    """Hands messages to `answer`, a few at a time, and acknowledges each with what that returns (ACK, TERM, `nak`).

    `answer` must not raise: a message that is not answered comes again when the durable's `ack_wait` is over.
    """

    def __init__(self, bus: Bus, durable: Durable, answer: Callable[[Msg], Awaitable[bytes]]) -> None:
        self._bus, self._durable, self._answer = bus, durable, answer
        self._puller = Puller(bus.nc, durable, _SLOTS, self._take, bus.settings.ack_wait_s)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set. Raises BusDown, LogRefused at the start, and what ends its loop."""
        await self._bus.ensure_consumer(self._durable)
        try:
            await run_until(stop, self._puller.run(), self._reconnects(), leave=self._puller.stop)
        finally:
            await end(*self._tasks)

    async def _reconnects(self) -> None:
        while True:
            await self._bus.wait_reconnect()
            with contextlib.suppress(BusDown):  # the consumer may be gone with the server's disk
                await self._bus.ensure_consumer(self._durable)
            self._puller.start_over()

    def _take(self, msg: Msg, done: Callable[[], None]) -> None:
        task = asyncio.create_task(self._work(msg))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: done())

    async def _work(self, msg: Msg) -> None:
        answer = await self._answer(msg)
        with contextlib.suppress(Exception):  # unanswered, it comes again
            await self._bus.nc.publish(msg.reply, answer)
