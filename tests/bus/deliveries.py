"""Deliveries to a worker of the test's own: what is asked, who answers, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from bus.client import Bus
from bus.events import Event, Feature, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.jetstream.codec import unpack
from bus.topology import DEAD, Durable
from bus.worker import Delivery, Worker

Behave = Callable[[Delivery], AsyncGenerator[Event, None]]
DURABLE = Durable("analyze-x", ("photo.*.submitted",))


class Scripted:
    """A handler that does as it is told and remembers what it was given."""

    def __init__(self, behave: Behave) -> None:
        self._behave = behave
        self.deliveries: list[Delivery] = []

    async def handle(self, delivery: Delivery) -> AsyncGenerator[Event, None]:
        self.deliveries.append(delivery)
        async for event in self._behave(delivery):
            yield event


def request() -> Submitted:
    """A request for what `x` finds."""
    id = new_id()
    photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=1)
    return Submitted(product="roast", id=id, photo=photo, facts=Facts(), expects=("x",), join_by=2e9, expire_by=2e9)


def found(delivery: Delivery) -> Feature:
    """What `x` finds."""
    return Feature(id=delivery.event.id, analyzer="x", status="ok", finding=Facts(), attempt=delivery.attempt)


async def answer(delivery: Delivery) -> AsyncGenerator[Event, None]:
    """A handler's good behaviour."""
    yield found(delivery)


@asynccontextmanager
async def working(bus: Bus, handler: Scripted, durable: Durable, slots: int = 4) -> AsyncIterator[asyncio.Event]:
    """`handler` at work for `durable`; yields what stops it."""
    stop = asyncio.Event()
    await bus.ensure_consumer(durable)
    task = asyncio.create_task(Worker(bus, durable, handler, slots).run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await task


async def feature_of(bus: Bus, id: str) -> Feature:
    """Waits for what was found for the request."""
    async for stored in bus.follow(id):
        if isinstance(stored.event, Feature):
            return stored.event
    raise AssertionError("ended without a feature")


async def letters(bus: Bus) -> list[dict[str, Any]]:
    """The dead letters."""
    return [unpack(message.data) for message in await bus.reader.last(DEAD, ["dead.>"])]
