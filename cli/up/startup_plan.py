"""What `heckler up` has to find out before it can start: a port, a log, the roster, and which process runs what."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from analyzers.inference.sessions import thread_environment
from bus.client import LogRefused, connect
from bus.jetstream.consumers import Registrar
from bus.jetstream.disk import FOLDER, measure
from bus.jetstream.embedded_server import USERS, EmbeddedServer, ServerMissing
from bus.observability.metrics_files import VARIABLE, give_back
from bus.products import SERVICES, durables
from bus.settings import Settings
from bus.topology import Durable, analyzer
from cli.connect.run_file import address
from cli.flags import environment
from cli.up import worker_layout
from cli.up.child import spawn
from cli.up.process_spec import ProcessSpec
from cli.up.server_probe import nats_answers
from cli.up.supervisor import Supervisor

SERVER = "nats-server"
NATS_S = 20
"""Seconds that the NATS server has to answer and to declare the streams."""

WORKER_PAUSE_S = 10.0
"""The longest pause between starts of a worker process that never gets so far as to look at a photo: each start loads
every model, and would take the cores from those that work. One that did work is back within two seconds."""


class CannotStart(Exception):
    """The system cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class Plan:
    """What was decided before the first service runs. `nats` is one URL for each service, `metrics` a folder."""

    settings: Settings
    nats: dict[str, str]
    port: int
    metrics: Path

    @property
    def keeps_log(self) -> bool:
        """Whether the NATS server is one of our own, on this machine's disk."""
        return self.settings.nats_url is None

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page."""
        return address(self.settings.host, self.port)

    def services(self) -> list[ProcessSpec]:
        """The services that need not know the roster."""
        return [self._part(name, name, name) for name in SERVICES]

    def gateway(self, starting: Collection[str]) -> ProcessSpec:
        """The gateway, which accepts photos when the analyzers named in `starting` are there."""
        return self._part("gateway", "gateway", "gateway", *sorted(starting))

    def worker_processes(self, roster: worker_layout.Roster) -> list[str]:
        """The analyzers in as many processes as suit the machine. Raises CannotStart."""
        try:
            return worker_layout.choose(roster, os.cpu_count() or 1, self.settings.workers)
        except worker_layout.UnknownNames as error:
            raise CannotStart(f"--workers: {error}") from None

    def workers(self, processes: Sequence[str]) -> list[ProcessSpec]:
        """These worker processes."""
        at_once = self.settings.max_concurrency or max(1, (os.cpu_count() or 1) // max(1, len(processes)))
        shared = replace(self, settings=self.settings.model_copy(update={"max_concurrency": at_once}))
        parts = [shared._part(f"worker {names}", "analyzer", "analyzers", *names.split("+")) for names in processes]
        return [replace(part, start_pause_s=WORKER_PAUSE_S) for part in parts]

    def _part(self, name: str, user: str, *arguments: str) -> ProcessSpec:
        """A service as a process of its own, which knows its own password and no other."""
        env = {
            **os.environ,
            **environment(self.settings),
            **thread_environment(),
            "HECKLER_NATS_URL": self.nats[user],
            "HECKLER_PORT": str(self.port),
            **({FOLDER: str(self.settings.data)} if self.keeps_log else {}),
            VARIABLE: str(self.metrics),
            # glibc gives every thread an arena of its own, and each keeps what it once had: a tenth of all memory here
            "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
        }
        return ProcessSpec(
            name, partial(spawn, [sys.executable, "-m", "cli.up.serve", *arguments], env), on_exit=self.forget
        )

    def forget(self, pid: int) -> None:
        """What a dead process counted stays, what it was doing does not."""
        give_back(self.metrics, pid)


def check_disk(settings: Settings) -> None:
    """Whether there is room to begin with. Raises CannotStart."""
    disk = measure(settings.data, settings)
    if disk and not disk.has_room:
        raise CannotStart(f"{disk}: make room there, or choose another folder with --data.")


def choose_port(settings: Settings) -> int:
    """The gateway's port: the one asked for if it is free, any free one for 0. Raises CannotStart."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise CannotStart(
                f"cannot listen on {settings.host}: {error.strerror}. "
                "Name an address of this machine with --host, as in: heckler up --host 127.0.0.1"
            ) from None
        raise CannotStart(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
            f"Choose another port with --port, as in: heckler up --port {max(1024, settings.port % 65535) + 1}"
        ) from None


@dataclass(frozen=True)
class Log:
    """The event log: one URL for each service, and the server itself where it is the embedded one."""

    nats: dict[str, str]
    server: EmbeddedServer | None = None

    @classmethod
    def of(cls, settings: Settings) -> Log:
        """The embedded server, or the one that was named. Raises CannotStart."""
        if settings.nats_url:
            return cls(dict.fromkeys(USERS, settings.nats_url))
        try:
            server = EmbeddedServer(settings)
        except OSError as error:
            raise CannotStart(str(error)) from error
        return cls({user: server.url(user) for user in USERS}, server)

    @property
    def knows_analyzers(self) -> bool:
        """Whether analyzers may work already: the embedded server lets in none that it does not know."""
        return self.server is None or self.server.analyzers is not None

    def admit(self, roster: worker_layout.Roster) -> bool:
        """Has the embedded server let the roster in from its next start on; whether that is anything new."""
        return self.server is not None and self.server.admit(member.name for member in roster.members)

    def start(self, supervisor: Supervisor) -> dict[str, str]:
        """Starts the embedded server; one URL for each service. Raises CannotStart."""
        server = self.server
        if server is None:
            return self.nats

        def start() -> subprocess.Popen[bytes]:
            server.start()
            assert server.process is not None
            return server.process

        try:
            supervisor.add(
                ProcessSpec(SERVER, start, stage=0, probe=lambda limit: nats_answers(server.url("cli"), limit))
            )
        except (ServerMissing, OSError) as error:
            raise CannotStart(str(error)) from error
        return {user: server.url(user) for user in USERS}  # its port is certain only now


@asynccontextmanager
async def registrar(settings: Settings, admin_url: str) -> AsyncIterator[Registrar]:
    """Makes the consumers of the services that ask for them; those of the analyzers are yet to be added."""
    bus = await connect(settings.model_copy(update={"nats_url": admin_url}), "admin")
    try:
        made = Registrar(bus, durables())
        await made.start()
        yield made
    finally:
        await bus.close()


def consumers_of(roster: worker_layout.Roster) -> list[Durable]:
    """The consumers of all analyzers, also of those that are yet to get their weights."""
    return [analyzer(member.name, member.needs) for member in roster.members]


async def declare_streams(settings: Settings, admin_url: str) -> None:
    """Waits for the NATS server and has it make the streams and buckets that are missing. Raises CannotStart."""
    try:
        async with asyncio.timeout(NATS_S):
            bus = await connect(settings.model_copy(update={"nats_url": admin_url}), "admin")
            try:
                await bus.ensure_streams()
            finally:
                await bus.close()
    except Exception as error:  # of many kinds, and each means the same: the start failed
        look = "check HECKLER_NATS_URL" if settings.nats_url else f"see {settings.data / 'nats' / 'server.log'}"
        if isinstance(error, LogRefused) and error.lacks_room:
            look = "have less reserved with HECKLER_MAX_IMAGE_BYTES, or make room on its disk"
        why = f"no answer in {NATS_S} s" if isinstance(error, TimeoutError) else str(error) or repr(error)
        raise CannotStart(f"the NATS server is of no use: {why}; {look}.") from error


async def read_roster(settings: Settings) -> worker_layout.Roster:
    """The roster, read by another process: this one lives long and need not hold OpenCV. Raises CannotStart."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.up.serve", "roster"),
        env={**os.environ, **environment(settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise CannotStart(f"the roster of analyzers cannot be loaded: {err.decode(errors='replace').strip()}")
    return TypeAdapter(worker_layout.Roster).validate_json(out)
