"""The one loop: fetch, decode, handle, publish, acknowledge; retries, heartbeats, dead letters, logs, metrics, traces.

A handler is an async generator from a delivery to events. Each event that it yields is stored, if it is not there yet,
before the next one is asked for; only streamed ones are just sent in order, and are stored when it ends. Then the
delivery is acknowledged. So a process may die anywhere: what was stored stays, the delivery comes again, and what is
stored already is not stored twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from nats import errors
from nats.aio.msg import Msg

from bus.client import Bus, BusDown, LogFull
from bus.dead_letters.letter import enclosed
from bus.dead_letters.send import PermanentError, instead_of, send_to_dead_letters
from bus.events import Event, is_ending
from bus.history import Stored
from bus.jetstream.codec import Undecodable, decode
from bus.jetstream.direct_get import ORIGINAL_TIME
from bus.jetstream.pull import Meta, Puller, meta_of
from bus.observability.logs import bound_contextvars, log
from bus.observability.metrics import HANDLE, HANDLED, QUEUE, REQUESTS
from bus.observability.tracing import span
from bus.service.tasks import end
from bus.subjects import name_of
from bus.topology import MAX_DELIVER, NS, Durable

BASE_DELAY_S = 0.4
PATIENCE_S = 60.0
"""How long a result waits for the log to come back before that is said; when the process is to end, before its
delivery is given back."""
AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event, handed to a worker."""

    event: Event
    seq: int
    at: float
    """When the server stored it, in seconds since the epoch."""
    attempt: int = 1
    run: int = 0
    """Within one run, this process has received every delivery of its durable, in order, without a gap."""
    again: bool = False
    """It came back from the dead letters: its event happened at `seq`, and it was sent again at `at`."""

    @property
    def stored(self) -> Stored:
        return Stored(self.seq, self.at, self.event)


def delivered(msg: Msg, meta: Meta, run: int = 0) -> Delivery:
    """A message as what is to be worked on; of a letter that came back, its event. Raises Undecodable."""
    if letter := enclosed(msg.subject, msg.data):
        event = decode(letter.subject, letter.data, letter.headers)
        return Delivery(event, letter.seq, meta.at, letter.attempts + meta.attempt, run, again=True)
    return Delivery(decode(msg.subject, msg.data, msg.headers), meta.seq, meta.at, meta.attempt, run)


class Handler(Protocol):
    """What a service does with the deliveries of one durable."""

    def handle(self, delivery: Delivery) -> AsyncGenerator[Event, None]:
        """Events to store. An exception means: try again later; bus.dead_letters.PermanentError: do not."""
        ...


def retry_delay(attempt: int, jitter: float) -> float:
    """Seconds before delivery `attempt` + 1: doubling, spread by `jitter` in 0..1 over half to one and a half."""
    return BASE_DELAY_S * float(2**attempt) * (0.5 + jitter)


class Worker:
    """Runs one handler on one durable, with up to `slots` deliveries in hand."""

    def __init__(self, bus: Bus, durable: Durable, handler: Handler, slots: int = 1) -> None:
        self.bus, self.durable, self.handler = bus, durable, handler
        self._puller = Puller(bus.nc, durable, slots, self._take, bus.settings.ack_wait_s)
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: dict[str, float] = {}
        self._consumer_seq = -1
        self._run = 0
        self._leaving = False
        self._queue_seconds = QUEUE.labels(durable.name)
        self._handle_seconds = HANDLE.labels(durable.name)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set, then finishes what is in hand. Crashes with its first bug, loudly."""
        await self.bus.ensure_consumer(self.durable)
        helpers = [asyncio.create_task(job) for job in (self._puller.run(), self._heartbeat(), self._reconnects())]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({*helpers, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for helper in helpers:
                if helper.done():
                    helper.result()
            self._leaving = True
            self._puller.stop()
            await asyncio.wait(helpers[:1])
            await asyncio.gather(*self._tasks)
        finally:
            await end(*helpers, stopping, *self._tasks)

    async def _reconnects(self) -> None:
        while True:
            await self.bus.wait_reconnect()
            self._consumer_seq = -1  # a server that was killed may count on from a number that it had used before
            # the consumer may be gone with the server's disk; declaring it again costs nothing
            with contextlib.suppress(BusDown):
                await self.bus.ensure_consumer(self.durable)
            self._puller.start_over()

    async def _heartbeat(self) -> None:
        """Tells the server that what is in hand is still being worked on."""
        beat = self.bus.settings.ack_wait_s / 4
        while True:
            await asyncio.sleep(beat)
            horizon = time.monotonic() - beat / 2
            for reply, since in list(self._in_hand.items()):
                if since < horizon and self.bus.connected:
                    with contextlib.suppress(errors.Error, OSError):  # the next beat comes before its time is over
                        await self.bus.nc.publish(reply, b"+WPI")

    def _take(self, msg: Msg, done: Callable[[], None]) -> None:
        meta = meta_of(msg.reply)
        if meta.consumer_seq != self._consumer_seq + 1:
            self._run += 1
        self._consumer_seq = meta.consumer_seq
        task = asyncio.create_task(self._work(msg, meta, self._run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._left)
        task.add_done_callback(lambda _: done())

    def _left(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):  # the delivery comes again when its time is over
            log.error("delivery lost", durable=self.durable.name, error=repr(error))

    async def _work(self, msg: Msg, meta: Meta, run: int) -> None:
        began = time.perf_counter()
        self._queue_seconds.observe(max(0.0, time.time() - meta.at))
        self._in_hand[msg.reply] = time.monotonic()
        try:
            outcome = await self._attempt(msg, meta, run)
        finally:
            del self._in_hand[msg.reply]
        HANDLED.labels(self.durable.name, outcome).inc()
        self._handle_seconds.observe(time.perf_counter() - began)

    async def _attempt(self, msg: Msg, meta: Meta, run: int) -> str:
        if ORIGINAL_TIME in (msg.headers or {}):
            await self._answer(msg, b"")
            return "imported"
        try:
            delivery = delivered(msg, meta, run)
        except Undecodable as error:
            await send_to_dead_letters(self.bus, self.durable.name, msg, meta, error)
            await self._answer(msg, b"+TERM")
            return "undecodable"
        with (
            span(self.durable.name, msg.headers, request=delivery.event.id, attempt=delivery.attempt),
            bound_contextvars(request=delivery.event.id),
        ):
            try:
                await self._handle(delivery)
            except Exception as error:
                return await self._failed(msg, meta, delivery.event, error)
        await self._answer(msg, b"")
        return "done"

    async def _handle(self, delivery: Delivery) -> None:
        under_way: list[asyncio.Task[None]] = []
        try:
            async with aclosing(self.handler.handle(delivery)) as events:
                async for event in events:
                    if event.STREAMED or under_way:
                        under_way.append(asyncio.create_task(self._store(event)))
                    else:
                        await self._store(event)
        finally:
            await asyncio.gather(*under_way)

    async def _store(self, event: Event) -> None:
        if not event.STORED:
            await self.bus.announce(event)
            return
        seq = await self._publish(event)
        if seq is not None and is_ending(event):
            REQUESTS.labels(getattr(event, "code", name_of(event.subject))).inc()

    async def _publish(self, event: Event) -> int | None:
        """Stores an event, however long the log cannot do that: a delivery that is given back for it uses up its
        attempts, and a log that cannot be written keeps no dead letter of it either."""
        while True:
            try:
                return await self.bus.publish(event, patience=PATIENCE_S)
            except (BusDown, LogFull) as error:
                if self._leaving or self.bus.nc.is_closed:
                    raise
                log.warning("not stored yet", durable=self.durable.name, error=str(error))
            await asyncio.sleep(AGAIN_S)

    async def _failed(self, msg: Msg, meta: Meta, event: Event, error: Exception) -> str:
        last = meta.attempt >= MAX_DELIVER or isinstance(error, PermanentError)
        log.warning("failed", durable=self.durable.name, attempt=meta.attempt, last=last, error=repr(error))
        if not last:
            delay = int(retry_delay(meta.attempt, random.random()) * NS)
            await self._answer(msg, b'-NAK {"delay": %d}' % delay)
            return "retry"
        try:
            await send_to_dead_letters(self.bus, self.durable.name, msg, meta, error)
            if instead := instead_of(self.durable.name, event, f"{type(error).__name__}: {error}"):
                await self._store(instead)
        except Exception:  # the log is away: the delivery times out, and housekeeping finishes this
            log.exception("not sent to the dead letters", durable=self.durable.name)
            return "lost"
        await self._answer(msg, b"+TERM")
        return "dead"

    async def _answer(self, msg: Msg, body: bytes) -> None:
        # not sent while the connection is away: the delivery then comes again, and is found done
        with contextlib.suppress(Exception):
            await self.bus.nc.publish(msg.reply, body)
