"""Analyzers at work on the log, requests put onto it as the gateway does, and the findings read from it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import cv2
import numpy as np

from analyzers.runtime.executor import Executor
from analyzers.service import Analysis, ProcessContext
from bus import topology
from bus.client import Bus
from bus.events import Feature, PhotoRef, Submitted, new_id
from bus.findings import Face, Facts
from bus.worker import Worker

JPEG = cv2.imencode(".jpg", np.full((20, 30, 3), 127, np.uint8))[1].tobytes()
FACE = Face(box={"x": 1, "y": 1, "w": 5, "h": 5}, score=0.9, sharpness=1, size=0.1)


async def request(bus: Bus, *expects: str, photo: bytes = JPEG, name: str | None = None) -> Submitted:
    """Submits `photo` for the analyzers in `expects`, as one never seen before; or seen if one of this `name` was."""
    id = new_id()
    photo += (name or id).encode()  # after its end, where no decoder looks
    await bus.photos.put(id, photo)
    ref = PhotoRef(key=id, sha256=hashlib.sha256(photo).hexdigest(), width=30, height=20, bytes=len(photo))
    event = Submitted(product="roast", id=id, photo=ref, facts=Facts(), expects=expects, join_by=2e9, expire_by=2e9)
    await bus.submit(event)
    return event


async def found(bus: Bus, id: str, name: str) -> Feature:
    """Waits for what the analyzer of that name says of the request."""
    async for stored in bus.follow(id):
        if isinstance(stored.event, Feature) and stored.event.analyzer == name:
            return stored.event
    raise AssertionError("ended without it")


@asynccontextmanager
async def analyzing(bus: Bus, analyzer: Any, context: ProcessContext | None = None) -> AsyncIterator[Executor]:
    """The analyzer at work, in a room of its own or in one that it shares with others."""
    executor = Executor(analyzer, on_hang=lambda: None)
    context = context or await ProcessContext.open(bus)
    durable = topology.analyzer(executor.name, executor.wiring.needs)
    await bus.ensure_consumer(durable)
    stop = asyncio.Event()
    work = Worker(bus, durable, Analysis(bus, executor, context)).run(stop)
    task = asyncio.create_task(work)
    try:
        yield executor
    finally:
        stop.set()
        await task
