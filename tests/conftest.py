"""The real thing under test: a nats-server per session, and the whole of Heckler as its own processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from bus.client import Bus, connect
from bus.jetstream.consumers import Registrar, make
from bus.jetstream.embedded_server import EmbeddedServer, find_binary, free_port
from bus.products import durables
from bus.settings import Settings
from bus.topology import Durable
from cli.up.parent_watch import PARENT

sys.path.insert(0, str(Path(__file__).parent))

from parallel import (  # noqa: F401  # pytest finds its hooks here
    ROOT,
    SHARED,
    pytest_collection_modifyitems,
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_xdist_auto_num_workers,
)

# A busy machine is no failure. Here, since the settings of a test are those in force when its file is read.
hypothesis_settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real photos and weights that lies beside the repository; a public clone has none. Where it
    is there, as in CI, a skip of any test fails the run (`parallel.pytest_sessionfinish`)."""
    if not SHARED.is_dir():
        pytest.skip("needs the real photos and weights in ../shared, which are not here")
    return SHARED


@pytest.fixture(scope="session")
def photos(shared: Path) -> Path:
    return shared / "photos"


@pytest.fixture(scope="session")
def mirror(shared: Path) -> Path:
    return shared / "models"


@asynccontextmanager
async def connected(settings: Settings, user: str) -> AsyncIterator[Bus]:
    bus = await connect(settings, user)
    try:
        yield bus
    finally:
        await bus.close()


def embedded_settings(data: Path, **more: Any) -> Settings:
    """Settings for a server of its own in `data`."""
    return Settings(data=data, port=0, log_level="warning", **more)


ANALYZERS = (
    *("a", "colors", "composition", "faces", "facts", "lighting", "quality", "text"),
    *("big", "late", "looks", "punctual", "x", "y"),
    *("arctic", "closed", "frozen", "fussy", "needs", "polar", "reads"),
)
"""The roster of the tests' servers: whose names the user `analyzer` may use."""


class Server:
    """A running nats-server with its streams, and connections to it as any of its users."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.embedded = EmbeddedServer(settings)

    async def start(self) -> None:
        self.embedded.admit(ANALYZERS)
        self.embedded.start()
        async with self.bus("admin") as admin:
            await admin.ensure_streams()
            for durable in durables():
                await make(admin, durable)

    def settings_for(self, user: str) -> Settings:
        return self.settings.model_copy(update={"nats_url": self.embedded.url(user)})

    def bus(self, user: str = "admin") -> AbstractAsyncContextManager[Bus]:
        return connected(self.settings_for(user), user)

    @asynccontextmanager
    async def registrar(self, *durables: Durable) -> AsyncIterator[None]:
        """What `heckler up` does besides: makes these consumers for the services that ask for them."""
        async with self.bus() as admin:
            await Registrar(admin, durables).start()
            yield

    def kill(self) -> None:
        """As hard as it gets: SIGKILL."""
        assert self.embedded.process is not None
        self.embedded.process.kill()
        self.embedded.process.wait()

    def stop(self) -> None:
        self.embedded.stop()


@dataclass(frozen=True)
class TheirServer:
    """Somebody's own nats-server, and the settings that lead to it."""

    settings: Settings

    def bus(self) -> AbstractAsyncContextManager[Bus]:
        return connected(self.settings, "admin")


@pytest.fixture
def their_server(tmp_path: Path) -> Iterator[Callable[[str], TheirServer]]:
    """Starts one that may store so much ("3GB")."""
    started: list[subprocess.Popen[bytes]] = []

    def start(room: str) -> TheirServer:
        port, file = free_port(), tmp_path / "their.conf"
        file.write_text(f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{tmp_path}", max_file: {room} }}\n')
        started.append(subprocess.Popen([find_binary(), "-c", str(file)], stderr=subprocess.DEVNULL))
        return TheirServer(Settings(data=tmp_path, nats_url=f"nats://127.0.0.1:{port}", log_level="error"))

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def run() -> Callable[[Awaitable[Any]], Any]:
    """Runs a coroutine to its end, with a limit that only a hanging test reaches."""

    def runner(coroutine: Awaitable[Any], limit: float = 120) -> Any:
        async def limited() -> Any:
            return await asyncio.wait_for(coroutine, limit)

        return asyncio.run(limited())

    return runner


@pytest.fixture(scope="session")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One nats-server for the session. Tests keep apart by their own random request ids."""
    server = Server(embedded_settings(tmp_path_factory.mktemp("nats")))
    asyncio.run(server.start())
    yield server
    server.stop()


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers of a test's own, with settings of its own; they end with the test."""
    made: list[Server] = []

    def make(data: Path | None = None, **settings: Any) -> Server:
        server = Server(embedded_settings(data or tmp_path / f"server{len(made)}", **settings))
        asyncio.run(server.start())
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


class SmallDisk:
    """A tmpfs of a few megabytes in a mount namespace of its own, reached through /proc; a file takes its room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    @property
    def free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self, leave: int = 0) -> None:
        """Takes all the room but `leave` bytes."""
        with self._filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while (left := self.free - leave) > 0:
                file.write(bytes(min(left, 1 << 20)))

    def free_up(self) -> None:
        self._filler.unlink()


@contextmanager
def mounted(at: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A disk for as long as its process lives. A skip on other systems than Linux, which have no namespaces, and in
    containers that may not mount; in CI either one fails the run (`parallel.pytest_sessionfinish`)."""
    if not sys.platform.startswith("linux"):
        pytest.skip("a disk of its own needs Linux's mount namespaces")
    at.mkdir(parents=True)
    mount = f"mount -t tmpfs -o size={megabytes}m,mode=700 tmpfs {at} && echo mounted && read line"
    rights = ["-m"] if os.geteuid() == 0 else ["-rm"]  # a user namespace gives everybody the right to mount
    holder = subprocess.Popen(
        ["unshare", *rights, "sh", "-c", mount], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert holder.stdin
    assert holder.stdout
    try:
        said = holder.stdout.readline()
        if said != b"mounted\n":
            pytest.skip(f"no disk of its own can be mounted here: {said.decode(errors='replace').strip()}")
        yield SmallDisk(Path(f"/proc/{holder.pid}/root{at}"))
    finally:
        holder.stdin.close()
        holder.stdout.close()
        holder.wait()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], SmallDisk]]:
    """Makes a disk of so many megabytes. Ask for it before what writes to it: it is gone after the test."""
    with contextlib.ExitStack() as made:
        yield lambda megabytes: made.enter_context(mounted(tmp_path / "disk", megabytes))


@dataclass
class System:
    """`heckler up`, running as a process of its own."""

    process: subprocess.Popen[bytes]
    url: str
    data: Path
    run_file: dict[str, Any] = field(default_factory=dict)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60)

    def bus(self, user: str = "admin") -> AbstractAsyncContextManager[Bus]:
        return connected(Settings(nats_url=self.run_file["nats"][user]), user)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def start_system(data: Path, log: Path, root: Path = ROOT, **variables: str) -> System:
    """Starts `heckler up` of the repository in `root` on a free port and waits until a roast can be made."""
    settings = {"HECKLER_DATA": str(data), "HECKLER_PORT": "0", "HECKLER_LOG_FORMAT": "json"}
    settings |= {"HECKLER_MODELS_PULL": "off"}
    if SHARED.is_dir():
        settings |= {"HECKLER_MODELS_MIRROR": str(SHARED / "models"), "HECKLER_MODELS_TRUST_MIRROR": "1"}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HECKLER_")}
    process = subprocess.Popen(
        # tied to this process: a run of tests that is interrupted leaves nothing running
        [sys.executable, "-m", "cli.up.parent_watch", str(Path(sys.executable).with_name("heckler")), "up"],
        env={**environment, **settings, **variables, PARENT: str(os.getpid())},
        stdout=log.open("ab"),
        stderr=subprocess.STDOUT,
        cwd=root,
    )
    deadline = time.monotonic() + 180  # which only a hang reaches, however many start at once
    while time.monotonic() < deadline and process.poll() is None:
        found = _reachable(data / "run.json")
        if found is not None:
            return System(process, found["url"].rstrip("/"), data, found)
        time.sleep(0.05)  # another process's file and port: there is no event to wait for
    process.kill()
    pytest.fail(f"heckler up did not get ready:\n{log.read_text()[-4000:]}")


def _reachable(run_file: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(run_file.read_text())
        if not found.get("ready"):  # one analyzer is enough for /readyz; this waits for all
            return None
        return found if httpx.get(found["url"].rstrip("/") + "/readyz", timeout=5).status_code == 200 else None
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return None


@pytest.fixture(scope="session")
def start() -> Callable[..., System]:
    """Starts a Heckler of a test's own: `start(data, log, **variables)`; the test stops it."""
    return start_system


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole of Heckler, for tests that only use it."""
    folder = tmp_path_factory.mktemp("system")
    running = start_system(folder / "data", folder / "up.log")
    yield running
    running.stop()
