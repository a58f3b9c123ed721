"""A household for measurements: an embedded server and the services, each a process, on this machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bus.client import Bus, connect
from bus.server import EmbeddedServer
from bus.settings import Settings

SERVE = (
    "import uvloop; from bus.settings import Settings; from {module} import serve; uvloop.run(serve(Settings(){more}))"
)
SERVICES = (
    ("analyzer", SERVE.format(module="analyzers.service", more=", ()")),
    ("aggregator", SERVE.format(module="aggregator.service", more="")),
)
INSTANT_WRITER = SERVE.format(module="llm.service", more=", InstantWriter()").replace(
    "from llm", "from benchmarks.instant import InstantWriter; from llm"
)
HOUSE_WRITER = SERVE.format(module="llm.service", more="")


@asynccontextmanager
async def household(
    data: Path, roster: str, expect: int, writer: str = INSTANT_WRITER, **settings: object
) -> AsyncIterator[Bus]:
    """Starts everything, waits until `expect` analyzers and the others are there, and yields an admin's bus."""
    chosen = Settings(data=data, roster=roster, log_level="warning", **settings)  # type: ignore[arg-type]
    server = EmbeddedServer(chosen)
    server.start()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        bus = await connect(chosen.model_copy(update={"nats_url": server.url("admin")}), "admin")
        await bus.ensure_streams()
        processes = [_start(user, code, chosen, server) for user, code in (*SERVICES, ("writer", writer))]
        await _complete(bus, expect, processes)
        yield bus
        await bus.close()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
        server.stop()


def _start(user: str, code: str, settings: Settings, server: EmbeddedServer) -> subprocess.Popen[bytes]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("HECKLER_")}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        own[f"HECKLER_{name.upper()}"] = str(value)
    return subprocess.Popen([sys.executable, "-c", code], env={**own, "HECKLER_NATS_URL": server.url(user)})


async def _complete(bus: Bus, expect: int, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    while True:
        services = await bus.services()
        analyzers = sum(bool(alive.group) for alive in services.values())
        if analyzers >= expect and {"aggregator", "writer"} <= set(services):
            return
        if any(process.poll() is not None for process in processes):
            raise SystemExit("a service of the household ended early")
        await asyncio.sleep(0.1)
