"""Keeps child processes running: starts them, starts them again when they die or stand still, stops them in order.

One thread. SIGCHLD tells of a death at once; for signs of life the supervisor looks every few seconds (decision 0025).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable

from bus.service.heartbeat import BEATS, tell_systemd
from bus.service.tasks import end
from cli.up.process_spec import Kept, ProcessSpec
from cli.up.silence import START_S, Silence, counted

SETTLED_S = 20
"""A process that lived this many seconds was healthy: its next restart is a fast one again."""


class Supervisor:
    """Runs parts until `stop`. Must live in the main thread's event loop: SIGCHLD is delivered there.

    A part that is silent for `silent_s` seconds is replaced: one that has a heartbeat pipe (see `spawn`) or a probe.
    """

    def __init__(
        self, report: Callable[[str], None], grace_s: float = 10, silent_s: float = 30, start_s: float = START_S
    ) -> None:
        self._reported = report
        self._grace_s = grace_s
        self._silent_s, self._start_s = silent_s, start_s
        self._kept: list[Kept] = []
        self._stopping = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(), name="listen for signs of life")
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._look)

    @property
    def pids(self) -> dict[str, int]:
        """Name → process id of every part that runs now."""
        return {kept.part.name: kept.process.pid for kept in self._kept if kept.process and kept.alive}

    def add(self, part: ProcessSpec, process: subprocess.Popen[bytes] | None = None) -> None:
        """Starts a part, or adopts `process` as its first run. Raises whatever `part.start` raises."""
        kept = Kept(part, Silence(self._silent_s, self._start_s), process or part.start())
        self._kept.append(kept)
        kept.task = asyncio.create_task(self._keep(kept), name=f"keep {part.name}")
        if part.probe is not None:
            kept.asking = asyncio.create_task(self._ask(kept, part.probe), name=f"probe {part.name}")

    def replace(self, name: str, why: str) -> None:
        """Kills the process of a part that is of no use any more; a new one takes its place as after any death."""
        for kept in self._kept:
            if kept.part.name == name and kept.alive:
                self._report(f"{name} {why}; replacing it")
                kept.signal(signal.SIGKILL)

    def _report(self, words: str) -> None:
        """Prints `words` if it still can: a closed terminal is no reason to stop keeping the parts."""
        with contextlib.suppress(OSError, ValueError):
            self._reported(words)

    async def stop(self) -> None:
        """SIGTERM to the highest stage, then to the next lower one…; SIGKILL to what is left after the grace time."""
        self._stopping.set()
        await end(self._listening, *(kept.asking for kept in self._kept))
        for stage in sorted({kept.part.stage for kept in self._kept}, reverse=True):
            await self._end([kept for kept in self._kept if kept.part.stage == stage])
        asyncio.get_running_loop().remove_signal_handler(signal.SIGCHLD)

    def kill(self) -> None:
        """SIGKILL to all processes, now: for the impatient second Ctrl-C."""
        self._stopping.set()
        for kept in self._kept:
            kept.signal(signal.SIGKILL)

    def _look(self) -> None:
        for kept in self._kept:
            if not kept.alive:
                kept.died.set()

    async def _listen(self) -> None:
        """Looks for signs of life, and replaces what has given none for too long."""
        interval = self._silent_s / BEATS
        while True:
            before = time.monotonic()
            await asyncio.sleep(interval)
            try:
                tell_systemd()
                self._judge(counted(time.monotonic() - before, interval))
            except Exception as error:  # no process would be replaced any more if this ended here
                self._report(f"the signs of life could not be read: {error!r}")

    def _judge(self, passed: float) -> None:
        for kept in self._kept:
            kept.listen()  # before it is judged: the pipe may be full of what came while this process stood still
            if kept.alive and kept.is_watched and kept.silence.went_on(passed, kept.is_at_work()):
                self.replace(kept.part.name, kept.silence.broken_off())

    async def _ask(self, kept: Kept, probe: Callable[[float], Awaitable[bool]]) -> None:
        """Several times within the time that a part may be silent, so that one lost answer means nothing."""
        interval = self._silent_s / BEATS
        while True:
            process = kept.process
            try:
                if await probe(interval) and process is kept.process:
                    kept.silence.broken()
            except Exception as error:  # no answer, that is; the next question may get one
                self._report(f"{kept.part.name} could not be asked: {error!r}")
            await asyncio.sleep(interval)

    async def _end(self, kept: list[Kept]) -> None:
        for one in kept:
            one.signal(signal.SIGTERM)
        tasks = [one.task for one in kept if one.task is not None]
        _, late = await asyncio.wait(tasks, timeout=self._grace_s)
        for one in kept:
            if one.task in late:
                self._report(f"{one.part.name} did not stop within {self._grace_s:g} s and was killed")
                one.signal(signal.SIGKILL)
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, kept: Kept) -> None:
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

    async def _death(self, kept: Kept) -> None:
        kept.died.clear()
        self._look()  # it may have died before the first look
        await kept.died.wait()
        kept.sweep()
        if not self._stopping.is_set() and kept.process is not None:
            self._report(f"{kept.part.name} {_describe(kept.process.returncode)}; starting it again")

    async def _start_again(self, kept: Kept) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(kept.pause_s):
                await self._stopping.wait()
            return False
        try:
            kept.process = kept.part.start()
        except Exception as error:  # whatever it is, the next attempt comes after a longer pause
            self._report(f"{kept.part.name} could not be started: {error}")
            return False
        kept.silence.started()
        return True


def _describe(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"ended with exit status {code}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
