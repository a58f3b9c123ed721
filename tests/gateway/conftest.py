"""Gateways under test: the real server on a port of its own, before a real log with analyzers of the test's making."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from bus import topology
from bus.client import Bus, ServiceInfo
from bus.service.presence import register
from bus.settings import Settings
from gateway.service import bind, serve


def jpeg(width: int = 64, height: int = 48) -> bytes:
    """A small photo of its own kind every time: no two have the same bytes."""
    out = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(out, "JPEG")
    return out.getvalue()


class Running:
    """A gateway in a thread of its own, as `serve` runs it in a process."""

    def __init__(self, settings: Settings) -> None:
        self.listening = bind(settings)
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Cancels `serve`, which drains, and waits for its end."""
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(30)
        assert not self._thread.is_alive()

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, **options)

    def _run(self) -> None:
        async def main() -> None:
            self._task = asyncio.current_task()
            await serve(self._settings, self.listening)

        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(main())
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()


def wait_until_connected(gateway: Running) -> None:
    """Asks who is at work until the gateway can tell; it answers `bus_down` until it has heard of them."""
    with gateway.client() as http:
        for _ in range(3000):
            answer = http.get("/api/analyzers")
            if answer.status_code == 200 and answer.json():
                return
        pytest.fail(f"the gateway never heard of an analyzer: {answer.text}")


ROOT = Path(__file__).resolve().parents[2]
SERVE = """
import asyncio, os, socket
from bus.settings import Settings
from gateway.service import serve
asyncio.run(serve(Settings(), socket.socket(fileno=int(os.environ["LISTENING"]))))
"""


class Process:
    """`serve` in a process of its own, on a socket that it inherits. Its standard error is a pipe, which all of its
    children inherit: that pipe's end tells when the last of them is gone."""

    def __init__(self, settings: Any) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        environment = {
            **os.environ,
            "HECKLER_NATS_URL": settings.nats_url,
            "HECKLER_DATA": str(settings.data),
            "LISTENING": str(listening.fileno()),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE], cwd=ROOT, env=environment, pass_fds=(listening.fileno(),),
            stderr=subprocess.PIPE,
        )  # fmt: skip
        self._hearing = threading.Thread(target=self._hear, daemon=True)
        self._hearing.start()
        listening.close()

    def children(self) -> list[int]:
        """The process ids of its children: what it decodes with."""
        listing = subprocess.run(["ps", "-Ao", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
        rows = [line.split() for line in listing.splitlines()]
        return [int(pid) for pid, parent, state in rows if int(parent) == self.process.pid and "Z" not in state]

    def family_is_gone(self) -> bool:
        """Waits until no process holds the other end of the pipe any more."""
        self._hearing.join(30)
        return not self._hearing.is_alive()

    def _hear(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            sys.stderr.write(line.decode(errors="replace"))


class Crowd:
    """Analyzers, aggregator and writer that only say that they are there: what happens is the test's business."""

    def __init__(self, server: Any, *names: ServiceInfo) -> None:
        self._server, self._names = server, names
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._there, self._leave = threading.Event(), threading.Event()

    def __enter__(self) -> Crowd:
        self._thread.start()
        assert self._there.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        self._thread.join(20)

    async def _main(self) -> None:
        async with self._server.bus("admin") as bus:
            for alive in self._names:
                await register(bus.nc, alive)
            self._there.set()
            await asyncio.to_thread(self._leave.wait)


EVERYBODY = (
    ServiceInfo(name="colors", group="scene", version="1", model="colour names"),
    ServiceInfo(name="faces", group="face", version="1", model="yunet"),
    ServiceInfo(name="composition", group="scene", version="1", needs=("faces",)),
    ServiceInfo(name="emotions", group="face", version="1", needs=("faces",), missing=("hsemotion",)),
    ServiceInfo(name="aggregator"),
    ServiceInfo(name="writer"),
)


PATIENT_S = 1e6
"""What no crowd of this kind ever finishes is no reason to refuse the next test's photo."""


@pytest.fixture(scope="session")
def crowd(nats_server: Any) -> Iterator[Any]:
    """The session's log, with everybody at work."""
    with Crowd(nats_server, *EVERYBODY):
        yield nats_server


@contextmanager
def one_more(server: Any, wait: bool = False, **changes: Any) -> Iterator[Running]:
    """A gateway before `server`, with changed settings; `wait` for it to have heard of everybody."""
    more = {"port": 0, "host": "127.0.0.1", **changes}
    gateway = Running(server.settings_for("gateway").model_copy(update=more))
    gateway.start()
    try:
        if wait:
            wait_until_connected(gateway)
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture(scope="session")
def gateway(crowd: Any) -> Iterator[Running]:
    """The session's gateway."""
    with one_more(crowd, wait=True, expiry_s=PATIENT_S) as made:
        yield made


@pytest.fixture(scope="session")
def other_gateway(crowd: Any) -> Iterator[Running]:
    """A second one before the same log; they share nothing else."""
    with one_more(crowd, wait=True, expiry_s=PATIENT_S) as made:
        yield made


@pytest.fixture
def http(gateway: Running) -> Iterator[httpx.Client]:
    with gateway.client() as client:
        yield client


@pytest.fixture
def on_bus(nats_server: Any) -> Callable[[Callable[[Bus], Awaitable[Any]]], Any]:
    """Runs a coroutine function with a connection to the log."""

    def runner(work: Callable[[Bus], Awaitable[Any]]) -> Any:
        async def main() -> Any:
            async with nats_server.bus("admin") as bus:
                return await asyncio.wait_for(work(bus), 60)

        return asyncio.run(main())

    return runner


@pytest.fixture
def make_photo() -> Callable[[], bytes]:
    """Makes small photos."""
    return jpeg


@pytest.fixture
def running() -> Callable[..., Any]:
    """Runs a gateway of the test's own: `with running(server, wait=True, **settings) as gateway`."""
    return one_more


@pytest.fixture
def crowded() -> Callable[..., Any]:
    """Puts everybody to work at a server of the test's own: `with crowded(server)`."""
    return lambda server: Crowd(server, *EVERYBODY)


@contextmanager
def started(crowd: Any) -> Iterator[Process]:
    """A gateway process that has heard of everybody."""
    made = Process(crowd.settings_for("gateway"))
    try:
        with httpx.Client(base_url=made.url, timeout=60) as http:
            while (answer := http.get("/api/analyzers")).status_code != 200 or not answer.json():
                assert made.process.poll() is None
        yield made
    finally:
        made.process.kill()
        made.process.wait()


@pytest.fixture
def declare() -> Callable[[Bus], Awaitable[None]]:
    """Declares the consumers of those at work, which then fall behind."""

    async def declared(bus: Bus) -> None:
        for alive in EVERYBODY:
            if alive.group and not alive.missing:
                await bus.ensure_consumer(topology.analyzer(alive.name, alive.needs))

    return declared


@pytest.fixture
def process(crowd: Any) -> Iterator[Process]:
    with started(crowd) as made:
        yield made


@pytest.fixture(scope="module")
def hardy(crowd: Any) -> Iterator[Process]:
    """A gateway process that outlives all that the tests of a module do to its children."""
    with started(crowd) as made:
        yield made
