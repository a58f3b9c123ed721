"""What chaos strikes: a `heckler up` on a small disk, behind a proxy, with a clock that can be wrong."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path

from benchmarks.chaos_cables import have_cables
from benchmarks.chaos_proxy import Proxy
from benchmarks.processes import ROOT, System
from bus.jetstream.embedded_server import free_port
from bus.service.tasks import end
from bus.settings import Settings

DISK_MB = 384
PHOTOS_MB = 48
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
SERVICE_NAMES = {"worker": "analyzer"}
"""How a role names itself to NATS, where the two differ."""


def roster(analyzers: str) -> dict[str, str]:
    """Settings: four analyzers that take milliseconds, or every one that has weights where the environment says."""
    if analyzers == "instant":
        return {"HECKLER_ROSTER": "benchmarks.chaos_roster:ROSTER"}
    return {name: value for name, value in os.environ.items() if name.startswith("HECKLER_MODELS")}


def left_out(kinds: Collection[str], topology: str) -> dict[str, str]:
    """The kinds of fault that this machine, or this topology, does not allow → why."""
    reasons = {}
    if "clock" in kinds and not FAKETIME:
        reasons["clock"] = "libfaketime is not installed (Debian: libfaketime)"
    if "disk" in kinds and (topology == "cluster" or not _can_mount()):
        reasons["disk"] = (
            "the servers of a cluster have no small disks" if topology == "cluster" else "nothing can be mounted here"
        )
    if "partition" in kinds and topology == "cluster" and not have_cables():
        reasons["partition"] = "no network namespaces can be made here"
    return reasons


def _can_mount() -> bool:
    try:
        with tempfile.TemporaryDirectory() as folder:
            _mount(Path(folder), 1).communicate()
    except OSError:
        return False
    return True


def _mount(place: Path, megabytes: int) -> subprocess.Popen[bytes]:
    """A process that sees a disk of its own there, until its standard input ends. Raises OSError where it cannot."""
    mount = f"mount -t tmpfs -o size={megabytes}m,mode=700 tmpfs {place} && echo mounted && read line"
    rights = ["-m"] if os.geteuid() == 0 else ["-rm"]  # a user namespace gives every user the right to mount
    holder = subprocess.Popen(
        ["unshare", *rights, "sh", "-c", mount], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert holder.stdout
    if holder.stdout.readline() != b"mounted\n":
        raise OSError("no disk can be mounted here")
    return holder


class OneServer:
    """The system with its embedded server, in `folder`."""

    def __init__(self, folder: Path, kinds: Collection[str], analyzers: str, **variables: str) -> None:
        self.folder, self.data = folder, folder / "data"
        self.stores = self.data
        self._kinds = kinds
        self._clock = folder / "clock"
        self.nats_port = free_port()
        self.proxy = Proxy(self.nats_port)
        self._variables = {
            "HECKLER_NATS_PORT": str(self.nats_port),
            "HECKLER_MAX_IMAGE_BYTES": str(PHOTOS_MB << 20),
            **roster(analyzers),
            **variables,
        }
        self.system: System

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[OneServer]:
        """Started and ready; it is started again whenever `heckler up` itself is killed."""
        self.data.mkdir()
        with self._small_disk():
            await self.proxy.start()
            self.system = System(self.data, self.folder / "up.log", free_port(), **self._variables, **self._preloaded())
            try:
                async with self._kept_running():
                    yield self
            finally:
                await self.proxy.stop()

    @contextlib.asynccontextmanager
    async def _kept_running(self) -> AsyncIterator[None]:
        self.system.start()
        await asyncio.to_thread(self.system.wait_until_ready)
        keeper = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            await end(keeper)
            await asyncio.to_thread(self.system.stop)

    @contextlib.contextmanager
    def _small_disk(self) -> Iterator[None]:
        """The data folder on a disk of its own, as long as a process lives in whose mount namespace it is; what is in
        it at the end is copied to where it would have been."""
        if "disk" not in self._kinds:
            yield
            return
        place = self.data
        holder = _mount(place, DISK_MB)
        try:
            self.data = self.stores = Path(f"/proc/{holder.pid}/root{place}")
            yield
            shutil.copytree(self.data, place, dirs_exist_ok=True)
        finally:
            holder.communicate()

    def _preloaded(self) -> dict[str, str]:
        own = {
            "PYTHONPATH": f"{ROOT / 'benchmarks' / 'chaos_startup'}:{ROOT}",
            "CHAOS_PROXY": f"{self.nats_port}:{self.proxy.port}",
        }
        if "clock" not in self._kinds:
            return own
        self.shift_clock("+0")
        return own | {
            "LD_PRELOAD": str(FAKETIME[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_CACHE_DURATION": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    async def _keep(self) -> None:
        """As systemd does."""
        while True:
            if not self.system.is_alive:
                self.system.start()
            await asyncio.sleep(0.1)

    def pids(self, role: str) -> list[int]:
        if role == "supervisor" and not self.system.run_file():
            return []  # not there yet: it counts when all is up
        return list(self.system.roles().get(role, ()))

    def partition(self, role: str, mode: str) -> None:
        self.proxy.partition(SERVICE_NAMES.get(role, role), mode)

    async def settled(self) -> None:
        """Nothing but processes to wait for here."""

    def shift_clock(self, seconds: str) -> None:
        draft = self._clock.with_suffix(".new")
        draft.write_text(f"{seconds}\n")
        draft.replace(self._clock)

    def admin(self) -> Settings:
        """Settings with which to connect to the log."""
        return Settings(data=self.data, nats_url=self.system.run_file()["nats"]["admin"])
