"""The frame of every service: logs, traces, the connection, presence, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bus.client import Bus, connect
from bus.logs import configure, log
from bus.presence import Alive, register, unregister
from bus.settings import Settings
from bus.topology import PHOTOS
from bus.tracing import export_spans


@asynccontextmanager
async def serving(
    settings: Settings, service: str, present: Sequence[Alive] = ()
) -> AsyncIterator[tuple[Bus, asyncio.Event]]:
    """Connects, waits for the streams, says who is here; yields the bus, and an event that SIGTERM or SIGINT sets."""
    configure(settings, service)
    export_spans(service)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, stop.set)
    bus = await connect(settings, service)
    await bus.api(f"STREAM.INFO.{PHOTOS}", patience=30)
    services = [(alive, await register(bus.nc, alive)) for alive in present]
    log.info("serving", who=[alive.name for alive in present] or service)
    try:
        yield bus, stop
    finally:
        for alive, registered in services:
            with contextlib.suppress(Exception):
                await unregister(bus.nc, registered, alive)
        await bus.close()
        log.info("stopped")
