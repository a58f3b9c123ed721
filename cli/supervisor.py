"""Keeps child processes running: starts them, starts them again when they die, and stops them in order.

One thread, driven by SIGCHLD: a death is noticed at once and an idle supervisor does nothing at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from cli.leash import PARENT

_DELAYS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
SETTLED_S = 20
"""A process that lived this many seconds was healthy: its next restart is a fast one again."""


def restart_delay(failures: int) -> float:
    """Seconds to wait before the restart after `failures` quick deaths in a row (1 is the first)."""
    return _DELAYS[min(max(failures, 1), len(_DELAYS)) - 1]


@dataclass(frozen=True)
class Part:
    """One process to keep. Higher stages are stopped before lower ones: what others stand on has stage 0.

    `bury` is called with the id of each process that has died.
    """

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stage: int = 1
    bury: Callable[[int], None] = lambda _: None


def spawn(command: Sequence[str], env: Mapping[str, str], output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """A child in a process group of its own, tied to this process (see `cli.leash`). Call it from the main thread.

    The write end of its standard input stays here, unused: the child sees its end when this process is gone. What it
    says goes to `output`, or to where this process says things.
    """
    env = {**env, PARENT: str(os.getpid())}
    return subprocess.Popen(
        list(command), env=env, stdin=subprocess.PIPE, stdout=output, stderr=output, process_group=0
    )


@dataclass(eq=False)
class _Kept:
    part: Part
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    died: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.alive:
            self.process.send_signal(number)

    def sweep(self) -> None:
        """Kills what a dead process left behind in its group, and closes our end of its standard input."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        # what is left lying about, for want of descriptors perhaps, must not keep the part from being started again
        with contextlib.suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        with contextlib.suppress(OSError):
            self.part.bury(self.process.pid)


class Supervisor:
    """Runs parts until `stop`. Must live in the main thread's event loop: SIGCHLD is delivered there."""

    def __init__(self, report: Callable[[str], None], grace_s: float = 10) -> None:
        self._reported = report
        self._grace_s = grace_s
        self._kept: list[_Kept] = []
        self._stopping = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._look)

    @property
    def pids(self) -> dict[str, int]:
        """Name → process id of every part that runs now."""
        return {kept.part.name: kept.process.pid for kept in self._kept if kept.process and kept.alive}

    def add(self, part: Part, process: subprocess.Popen[bytes] | None = None) -> None:
        """Starts a part, or adopts `process` as its first run. Raises whatever `part.start` raises."""
        kept = _Kept(part, process or part.start())
        self._kept.append(kept)
        kept.task = asyncio.create_task(self._keep(kept), name=f"keep {part.name}")

    def replace(self, name: str, why: str) -> None:
        """Kills the process of a part that is of no use any more; a new one takes its place as after any death."""
        for kept in self._kept:
            if kept.part.name == name and kept.alive:
                self._report(f"{name} {why}; replacing it")
                kept.signal(signal.SIGKILL)

    def _report(self, words: str) -> None:
        """Tells of something, if there is still anybody to tell: a closed terminal is no reason to stop keeping."""
        with contextlib.suppress(OSError, ValueError):
            self._reported(words)

    async def stop(self) -> None:
        """SIGTERM to the highest stage, then to the next lower one…; SIGKILL to who is left after the grace time."""
        self._stopping.set()
        for stage in sorted({kept.part.stage for kept in self._kept}, reverse=True):
            await self._end([kept for kept in self._kept if kept.part.stage == stage])
        asyncio.get_running_loop().remove_signal_handler(signal.SIGCHLD)

    def kill(self) -> None:
        """SIGKILL to everybody, now: for the impatient second Ctrl-C."""
        self._stopping.set()
        for kept in self._kept:
            kept.signal(signal.SIGKILL)

    def _look(self) -> None:
        for kept in self._kept:
            if not kept.alive:
                kept.died.set()

    async def _end(self, kept: list[_Kept]) -> None:
        for one in kept:
            one.signal(signal.SIGTERM)
        tasks = [one.task for one in kept if one.task is not None]
        _, late = await asyncio.wait(tasks, timeout=self._grace_s)
        for one in kept:
            if one.task in late:
                self._report(f"{one.part.name} did not stop within {self._grace_s:g} s and was killed")
                one.signal(signal.SIGKILL)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, kept: _Kept) -> None:
        while True:
            born = time.monotonic()
            await self._death(kept)
            if self._stopping.is_set():
                return
            kept.failures = 1 if time.monotonic() - born > SETTLED_S else kept.failures + 1
            while not await self._start_again(kept):
                if self._stopping.is_set():
                    return
                kept.failures += 1

    async def _death(self, kept: _Kept) -> None:
        kept.died.clear()
        self._look()  # it may have died before anybody looked
        await kept.died.wait()
        kept.sweep()
        if not self._stopping.is_set() and kept.process is not None:
            self._report(f"{kept.part.name} {_describe(kept.process.returncode)}; starting it again")

    async def _start_again(self, kept: _Kept) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(restart_delay(kept.failures)):
                await self._stopping.wait()
            return False
        try:
            kept.process = kept.part.start()
        except Exception as error:  # whatever it is, the next attempt comes after a longer pause
            self._report(f"{kept.part.name} could not be started: {error}")
            return False
        return True


def _describe(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with exit status {code}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
