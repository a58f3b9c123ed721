"""The frame of every service: logs, traces, the connection, presence, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bus.client import Bus, BusDown, connect
from bus.observability.logs import configure, log
from bus.observability.tracing import export_spans
from bus.service.descriptors import raise_descriptor_limit
from bus.service.heartbeat import beating
from bus.service.presence import ServiceInfo, register
from bus.service.restart import StartAfresh
from bus.service.tasks import end
from bus.settings import Settings
from bus.topology import PHOTOS, Durable


@asynccontextmanager
async def serving(
    settings: Settings, service: str, present: Sequence[ServiceInfo] = (), durables: Sequence[Durable] = ()
) -> AsyncIterator[tuple[Bus, asyncio.Event]]:
    """Connects, waits for the streams, says who is here; yields the bus, and an event that SIGTERM or SIGINT sets.

    The event is also set when the connection is lost for good; leaving then raises BusDown. Whoever is present must
    not miss a photo: its consumers, `durables`, are declared before anybody hears of it. A service that presents
    nobody here registers by itself.
    """
    raise_descriptor_limit()
    configure(settings, service)
    export_spans(service)
    async with beating(settings), _connected(settings, service, present, durables) as connected:
        yield connected


@asynccontextmanager
async def _connected(
    settings: Settings, service: str, present: Sequence[ServiceInfo], durables: Sequence[Durable]
) -> AsyncIterator[tuple[Bus, asyncio.Event]]:
    bus = await connect(settings, service)
    await bus.api(f"STREAM.INFO.{PHOTOS}", patience=30)
    for durable in durables:
        await bus.ensure_consumer(durable)
    stop = asyncio.Event()
    _on_signals(stop)  # only now: as long as there is nothing in hand, a signal may simply end the process
    leaving = asyncio.create_task(_leave_when_closed(bus, stop))
    posts = [await register(bus.nc, alive) for alive in present]
    if present:
        log.info("serving", names=[alive.name for alive in present])
    try:
        yield bus, stop
    except StartAfresh:
        posts.clear()
        raise
    finally:
        lost = bus.closed.is_set()
        await end(leaving)
        for post in posts:
            with contextlib.suppress(Exception):
                await post.stop()
        await bus.close()
        log.info("stopped")
    if lost:
        raise BusDown("the connection to NATS was closed for good")


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, stop.set)


async def _leave_when_closed(bus: Bus, stop: asyncio.Event) -> None:
    """A process without a connection would stand around for ever; a new one can do its work."""
    await bus.closed.wait()
    log.error("nats.closed")
    stop.set()
