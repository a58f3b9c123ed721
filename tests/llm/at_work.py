"""A writer at work on a real log, and requests for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bus.client import Bus
from bus.events import PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.roast.events import Cue, Cued
from bus.roast.product import WRITER
from bus.worker import Worker
from llm.service import Writing


def request() -> Submitted:
    """A request for a roast, which waits for no analyzer."""
    id = new_id()
    photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=1)
    return Submitted(product="roast", id=id, photo=photo, facts=Facts(), expects=(), join_by=2e9, expire_by=2e9)


@asynccontextmanager
async def writing(bus: Bus, writer: Any, fallback: Any) -> AsyncIterator[None]:
    """`writer` at work, with `fallback` behind it."""
    handler = Writing(bus, writer, fallback)
    await handler.listen()
    await bus.ensure_consumer(WRITER)
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(bus, WRITER, handler, slots=4).run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def outcome(bus: Bus, cues: tuple[Cue, ...]) -> list[Any]:
    """Every event of a request that has these cues, to its end."""
    event = request()
    await bus.submit(event)
    await bus.publish(Cued(id=event.id, cues=cues))
    return [stored.event async for stored in bus.follow(event.id)]
