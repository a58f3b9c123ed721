"""A household for measurements: an embedded server and the services, each a process, on this machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from analyzers.runtime.registry import load_roster, wiring_of
from bus.client import Bus, connect
from bus.jetstream.embedded_server import EmbeddedServer
from bus.settings import Settings
from cli.up.roster import read
from cli.up.worker_layout import choose

OURS = frozenset({"data", "roster", "workers", "log_level", "models_pull"})
"""Settings that a household has of its own; the others are taken over from the environment."""

Before = Callable[[Bus], Awaitable[None]]

SERVE = (
    "import uvloop; from bus.settings import Settings; from {module} import serve; uvloop.run(serve(Settings(){more}))"
)
AGGREGATOR = ("aggregator", SERVE.format(module="aggregator.service", more=""))
INSTANT_WRITER = SERVE.format(module="llm.service", more=", InstantWriter()").replace(
    "from llm", "from benchmarks.instant import InstantWriter; from llm"
)
HOUSE_WRITER = SERVE.format(module="llm.service", more="")


@asynccontextmanager
async def household(
    data: Path, roster: str, expect: int, writer: str = INSTANT_WRITER, before: Before | None = None, **settings: object
) -> AsyncIterator[Bus]:
    """Starts everything, waits until `expect` analyzers and the others are there, and yields an admin's bus.

    `before` may fill the log before the services start.
    """
    chosen = Settings(data=data, roster=roster, log_level="warning", models_pull="off", **settings)  # type: ignore[arg-type]
    server = EmbeddedServer(chosen)
    server.start()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        bus = await connect(chosen.model_copy(update={"nats_url": server.url("admin")}), "admin")
        await bus.ensure_streams()
        if before is not None:
            await before(bus)
        workers = _workers(chosen)
        max_concurrency = chosen.max_concurrency or max(1, (os.cpu_count() or 1) // len(workers))
        chosen = chosen.model_copy(update={"max_concurrency": max_concurrency})
        services = [*workers, AGGREGATOR, ("writer", writer)]
        processes = [_start(user, code, chosen, server) for user, code in services]
        await _complete(bus, expect, processes)
        yield bus
        await bus.close()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
        server.stop()


def _workers(settings: Settings) -> list[tuple[str, str]]:
    """The worker processes that `heckler up` would start here; of our measuring analyzers, every other one in each."""
    if settings.roster == Settings.model_fields["roster"].default:
        parts = [process.split("+") for process in choose(read(settings), os.cpu_count() or 1, settings.workers)]
    else:
        names = [wiring_of(analyzer).name for analyzer in load_roster(settings)]
        parts = [names[::2], names[1::2]]
    return [("analyzer", SERVE.format(module="analyzers.service", more=f", {part}")) for part in parts]


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
