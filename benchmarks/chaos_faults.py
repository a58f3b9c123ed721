"""Faults, inflicted on a running system and healed again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import time
from pathlib import Path
from typing import Protocol

from benchmarks.chaos_schedule import NODES, Fault, Inflicted
from benchmarks.processes import descriptors

REPLACED_S = 90.0
"""Seconds within which a process that is stopped for ever has to be replaced, also when that happened at its start."""
_LOOK_S = 0.05


class Target(Protocol):
    """What faults are inflicted on."""

    data: Path

    def pids(self, role: str) -> list[int]:
        """The processes that do this now."""
        ...

    def partition(self, role: str, mode: str) -> None:
        """Parts it from the log; with mode '' no more."""
        ...

    async def settled(self) -> None:
        """Returns when the servers of a cluster have what they missed. Raises TimeoutError."""
        ...

    def shift_clock(self, seconds: str) -> None:
        """Lets the clock of all Python processes be wrong by so much, as in "+15"."""
        ...


class Faults:
    """Inflicts faults, many at a time. `done` holds what was inflicted, `broken` what the system did not mend."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._running: set[asyncio.Task[None]] = set()
        self._limited: set[int] = set()
        self._frozen: set[int] = set()
        self._node = asyncio.Lock()
        self.done: list[Inflicted] = []
        self.broken: list[str] = []

    def inflict(self, fault: Fault) -> None:
        """Starts it; it heals by itself."""
        task = asyncio.create_task(self._course(fault))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def healed(self) -> None:
        """Returns when every fault is over. Raises what went wrong in one."""
        while self._running:
            await asyncio.gather(*self._running)

    async def _course(self, fault: Fault) -> None:
        record = Inflicted(fault, time.monotonic())
        if fault.target in NODES:
            if self._node.locked():
                return  # one server at a time: two of three must be there
            async with self._node:
                await self._inflicted(record)
                await self._settled(record)
        else:
            await self._inflicted(record)
        if record in self.done:
            record.end = time.monotonic()

    async def _settled(self, record: Inflicted) -> None:
        try:
            await self._target.settled()
        except TimeoutError as error:
            self.broken.append(f"{record.fault}: {error}")

    async def _inflicted(self, record: Inflicted) -> None:
        match record.fault.kind:
            case "kill" | "stop" | "freeze" | "descriptors":
                await self._strike(record)
            case "disk":
                await self._fill_disk(record)
            case "partition":
                await self._part(record)
            case "clock":
                await self._shift(record)

    async def _strike(self, record: Inflicted) -> None:
        """What is done to one process. Nothing, where it is not there because of an earlier fault."""
        fault = record.fault
        pids = await asyncio.to_thread(self._target.pids, fault.target)
        if not pids:
            return
        pid = pids[int(fault.pick * len(pids))]
        self.done.append(record)
        with contextlib.suppress(ProcessLookupError):
            match fault.kind:
                case "kill":
                    os.kill(pid, signal.SIGKILL)
                    await self._until_replaced(record, pid)
                case "stop":
                    await self._halt(pid, fault.seconds)
                case "freeze":
                    self._frozen.add(pid)
                    os.kill(pid, signal.SIGSTOP)
                    await self._until_replaced(record, pid)
                case "descriptors":
                    await self._use_up_descriptors(pid, fault.seconds)
                    if fault.target in NODES:  # it keeps its write errors until its operator restarts it
                        os.kill(pid, signal.SIGKILL)
                        await self._until_replaced(record, pid)

    async def _halt(self, pid: int, seconds: float) -> None:
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            if pid not in self._frozen:  # since then, perhaps: nothing but its replacement ends that
                os.kill(pid, signal.SIGCONT)

    async def _until_replaced(self, record: Inflicted, pid: int) -> None:
        """Waits for another process in the place of `pid`. Decoders are started when they are needed."""
        deadline = time.monotonic() + REPLACED_S
        while time.monotonic() < deadline:
            pids = await asyncio.to_thread(self._target.pids, record.fault.target)
            if pid not in pids and (pids or record.fault.target == "decoder"):
                return
            await asyncio.sleep(_LOOK_S)  # another process's children: there is no event to wait for
        self.broken.append(f"{record.fault}: not replaced within {REPLACED_S:g} s")
        os.kill(pid, signal.SIGKILL)

    async def _use_up_descriptors(self, pid: int, seconds: float) -> None:
        """Nothing more can be opened: the lowest free number is above the limit."""
        if pid in self._limited:
            return  # else what is restored at the end would be the other one's limit
        self._limited.add(pid)
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = set(descriptors(pid))
        lowest = next(number for number in range(len(used) + 1) if number not in used)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (lowest, before[1]))
        try:
            await asyncio.sleep(seconds)
        finally:
            self._limited.discard(pid)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)

    async def _fill_disk(self, record: Inflicted) -> None:
        """Takes every free block of the data folder's file system, and gives them back."""
        ballast = self._target.data / "ballast"
        if ballast.exists():
            return
        self.done.append(record)
        try:
            await asyncio.to_thread(_fill, ballast)
            await asyncio.sleep(record.fault.seconds)
        finally:
            ballast.unlink(missing_ok=True)

    async def _part(self, record: Inflicted) -> None:
        self.done.append(record)
        self._target.partition(record.fault.target, record.fault.mode)
        try:
            await asyncio.sleep(record.fault.seconds)
        finally:
            self._target.partition(record.fault.target, "")

    async def _shift(self, record: Inflicted) -> None:
        self.done.append(record)
        self._target.shift_clock(record.fault.mode)
        try:
            await asyncio.sleep(record.fault.seconds)
        finally:
            self._target.shift_clock("+0")


def _fill(file: Path) -> None:
    block = bytes(1 << 20)
    with file.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12):  # to the last page
            with contextlib.suppress(OSError):
                while out.write(block[:size]) == size:
                    pass
