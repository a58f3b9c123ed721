"""Three nats-servers that replicate to one another, for the tests of what only replicas do."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from bus.client import Bus, BusDown, LogRefused, connect
from bus.jetstream.embedded_server import find_binary
from bus.settings import Settings

CONFIG = """
listen: "127.0.0.1:{port}"
server_name: n{number}
max_payload: 8MB
jetstream {{ store_dir: "{folder}/{number}", max_file: 20GB }}
cluster {{ name: c, listen: "127.0.0.1:{route}", routes: [{routes}] }}
"""


class Cluster:
    """Three servers in `folder`, and connections to each."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data=folder, log_level="error")
        ports = free_ports(6)
        self.ports, self._routes = ports[:3], ports[3:]
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        routes = ",".join(f'"nats://127.0.0.1:{route}"' for route in self._routes)
        for number, (port, route) in enumerate(zip(self.ports, self._routes, strict=True)):
            self._file(number).write_text(
                CONFIG.format(port=port, number=number, folder=self.settings.data, route=route, routes=routes)
            )
        self._processes = [self._started(number) for number in range(3)]

    def _file(self, number: int) -> Path:
        return self.settings.data / f"{number}.conf"

    def _started(self, number: int) -> subprocess.Popen[bytes]:
        file = self._file(number)
        with file.with_suffix(".log").open("ab") as log:
            return subprocess.Popen([find_binary(), "-c", str(file)], stderr=log)

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Meanwhile that server (`n0`) is away."""
        number = int(name[1:])
        self._processes[number].kill()
        self._processes[number].wait()
        try:
            yield
        finally:
            self._processes[number] = self._started(number)

    @contextmanager
    def halted(self, name: str) -> Iterator[None]:
        """Meanwhile that server (`n0`) hears nothing and says nothing, and nobody knows."""
        process = self._processes[int(name[1:])]
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    @asynccontextmanager
    async def bus(self, number: int = 0) -> AsyncIterator[Bus]:
        url = f"nats://127.0.0.1:{self.ports[number]}"
        bus = await connect(self.settings.model_copy(update={"nats_url": url}), "admin")
        try:
            yield bus
        finally:
            await bus.close()


def free_ports(count: int) -> list[int]:
    """TCP ports of the loopback interface, no two the same, that nobody listens on now."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


async def places(bus: Bus, stream: str) -> tuple[str, list[str]]:
    """The server that leads the stream's replicas, and those that follow."""
    cluster = (await bus.api(f"STREAM.INFO.{stream}"))["cluster"]
    return cluster["leader"], [replica["name"] for replica in cluster.get("replicas", [])]


async def replicate(bus: Bus, stream: str) -> None:
    """What an operator does with `nats stream edit`; returns when all three replicas have everything."""
    config = (await bus.api(f"STREAM.INFO.{stream}"))["config"]
    await insist(lambda: bus.api(f"STREAM.UPDATE.{stream}", {**config, "num_replicas": 3}))
    while True:
        followers = (await bus.api(f"STREAM.INFO.{stream}")).get("cluster", {}).get("replicas", [])
        if [each["current"] for each in followers] == [True, True]:
            return
        await asyncio.sleep(0.05)  # the servers tell nobody when they are through


async def ready(bus: Bus) -> None:
    """Declares the streams."""
    await insist(bus.ensure_streams)


async def insist(ask: Callable[[], Awaitable[Any]]) -> None:
    """Asks until the servers have elected whom to ask, and have heard of one another: nobody tells when they have."""
    while True:
        try:
            await ask()
        except (LogRefused, BusDown):
            await asyncio.sleep(0.1)
        else:
            return
