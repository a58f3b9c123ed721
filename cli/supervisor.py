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
from dataclasses import dataclass, field

from bus.heartbeat import BEATS, tell_systemd
from bus.tasks import end
from cli.child import Child, clear_away, signs_of_life, spawn, starts_again
from cli.silence import START_S, Silence, counted

__all__ = ["Part", "Supervisor", "restart_delay", "spawn"]

_DELAYS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
LONGEST_S = 2.0
"""The longest pause before a part that everybody needs is started again, however often it has died."""
SETTLED_S = 20
"""A process that lived this many seconds was healthy: its next restart is a fast one again."""


def restart_delay(failures: int, longest: float = LONGEST_S) -> float:
    """Seconds to wait before the restart after `failures` quick deaths in a row (1 is the first)."""
    return min(longest, _DELAYS[min(max(failures, 1), len(_DELAYS)) - 1])


@dataclass(frozen=True)
class Part:
    """One process to keep. Higher stages are stopped before lower ones: what others stand on has stage 0.

    `bury` is called with the id of each process that has died. `probe` asks a process that gives no signs of life by
    itself for one, and must not take longer than the seconds it is given. `start_pause_s` is the longest pause between
    starts that came to nothing, for a part whose starts cost the others more than its absence does.
    """

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stage: int = 1
    bury: Callable[[int], None] = lambda _: None
    probe: Callable[[float], Awaitable[bool]] | None = None
    start_pause_s: float = LONGEST_S


@dataclass(eq=False)
class _Kept:
    part: Part
    silence: Silence
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    died: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    asking: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.alive:
            self.process.send_signal(number)

    @property
    def can_be_heard(self) -> bool:
        """Whether there is a way for it to give signs of life."""
        return self.part.probe is not None or isinstance(self.process, Child)

    def listen(self) -> None:
        """Takes in what the process has said of itself."""
        if self.process is not None and (said := signs_of_life(self.process)):
            self.silence.heard()
            if starts_again(said):
                self.silence.started()

    def sweep(self) -> None:
        """Removes what a dead process left behind."""
        if self.process is not None:
            self.listen()
            clear_away(self.process)
            # what is left lying about, for want of room perhaps, must not keep the part from being started again
            with contextlib.suppress(OSError):
                self.part.bury(self.process.pid)

    @property
    def pause_s(self) -> float:
        """Seconds until it is started again: patient only with a part that dies before it has done anything."""
        return restart_delay(self.failures, self.part.start_pause_s if self.silence.is_starting else LONGEST_S)


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
        self._kept: list[_Kept] = []
        self._stopping = asyncio.Event()
        self._listening = asyncio.create_task(self._listen(), name="listen for signs of life")
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._look)

    @property
    def pids(self) -> dict[str, int]:
        """Name → process id of every part that runs now."""
        return {kept.part.name: kept.process.pid for kept in self._kept if kept.process and kept.alive}

    def add(self, part: Part, process: subprocess.Popen[bytes] | None = None) -> None:
        """Starts a part, or adopts `process` as its first run. Raises whatever `part.start` raises."""
        kept = _Kept(part, Silence(self._silent_s, self._start_s), process or part.start())
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
        """Tells of something, if there is still anybody to tell: a closed terminal is no reason to stop keeping."""
        with contextlib.suppress(OSError, ValueError):
            self._reported(words)

    async def stop(self) -> None:
        """SIGTERM to the highest stage, then to the next lower one…; SIGKILL to who is left after the grace time."""
        self._stopping.set()
        await end(self._listening, *(kept.asking for kept in self._kept))
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

    async def _listen(self) -> None:
        """Looks for signs of life, and replaces what has given none for too long."""
        interval = self._silent_s / BEATS
        while True:
            before = time.monotonic()
            await asyncio.sleep(interval)
            try:
                tell_systemd()
                self._judge(counted(time.monotonic() - before, interval))
            except Exception as error:  # nobody would be replaced any more if this ended here
                self._report(f"the signs of life could not be heard: {error!r}")

    def _judge(self, passed: float) -> None:
        for kept in self._kept:
            kept.listen()  # before it is judged: the pipe may be full of what came while this process stood still
            if kept.alive and kept.can_be_heard and kept.silence.went_on(passed):
                self.replace(kept.part.name, kept.silence.broken_off())

    async def _ask(self, kept: _Kept, probe: Callable[[float], Awaitable[bool]]) -> None:
        """Several times within the time that a part may be silent, so that one lost answer means nothing."""
        interval = self._silent_s / BEATS
        while True:
            process = kept.process
            try:
                if await probe(interval) and process is kept.process:
                    kept.silence.heard()
            except Exception as error:  # no answer, that is; the next question may get one
                self._report(f"{kept.part.name} could not be asked: {error!r}")
            await asyncio.sleep(interval)

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
