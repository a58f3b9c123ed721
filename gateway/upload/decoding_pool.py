"""The decoding processes: each is kept, exercised while idle, and replaced when it is gone or of no use.

Every process has a channel of its own, so that one which dies in the middle of a word spoils it for no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bus.observability.logs import log
from bus.service.tasks import end
from gateway.upload.decoding_process import FROZEN, DecodingProcess, ProcessGone, prove
from gateway.upload.photo import Rejected

START_S = 60.0
"""Seconds that a process may take to start and decode its first sample."""
EXERCISE_S = 10.0
"""A process that has been idle for so long has to decode a sample; all idle ones have to when one has died."""
SAMPLE_S = 15.0
"""Seconds that the sample may take: it is a matter of milliseconds, on a machine that is out of breath of seconds."""
PATIENCE_S = 10.0
"""Seconds that a photo waits while there is no process, as long as nothing says that none can be started."""
TOO_OFTEN = 2
"""Starts in a row that fail before photos are refused, instead of waiting for the next attempt."""
SETTLED_S = 10.0


class NoProcess(Exception):
    """There is no process that could decode; the message says why."""


def pause_s(failures: int, chance: float) -> float:
    """Seconds before the next start after so many failures in a row: 0.1 to 2, the upper end doubling from 0.2, spread
    by `chance` in 0..1."""
    longest = min(2.0, 0.1 * 2.0 ** min(max(failures, 1), 10))
    return 0.1 + (longest - 0.1) * chance


@dataclass
class _Slot:
    """Where one process is kept."""

    process: DecodingProcess | None = None
    failures: int = 0
    """Starts that failed and early deaths, in a row."""
    failed_starts: int = 0


class DecodingPool:
    """Keeps `size` processes, which `start` makes: it raises whatever keeps one from working."""

    def __init__(self, start: Callable[[], Awaitable[DecodingProcess]], size: int) -> None:
        self._start_one = start
        self._slots = [_Slot() for _ in range(size)]
        self._idle: deque[DecodingProcess] = deque()
        self._waiting: deque[asyncio.Future[DecodingProcess]] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._exercise_now = asyncio.Event()
        self._usable = asyncio.Event()
        self._why = "none has been started yet"
        self._giving_up: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Starts the processes, all of them at once."""
        jobs = [self._keep(slot) for slot in self._slots]
        self._tasks = [asyncio.create_task(job) for job in (*jobs, self._exercise())]
        self._give_up_later()

    async def close(self) -> None:
        """Ends the processes at once; what they were decoding is given up."""
        await end(*self._tasks)
        self._wait_no_longer()
        for slot in self._slots:
            if slot.process is not None:
                slot.process.kill("is not needed any more")
                await slot.process.death()
        self._refuse("the decoder is being closed")

    @property
    def usable(self) -> bool:
        """Whether there is a process that has shown that it can decode, busy or not."""
        return self._usable.is_set()

    async def wait_until_usable(self) -> None:
        await self._usable.wait()

    async def take(self) -> DecodingProcess:
        """A process for one photo, in order of arrival; `give_back` it. Raises NoProcess."""
        while self._idle:
            process = self._idle.popleft()
            if process.is_frozen:
                process.kill(FROZEN)
            elif not process.gone.is_set():
                return process
        if self._cannot_start:
            raise NoProcess(self._why)
        waiting: asyncio.Future[DecodingProcess] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                self.give_back(waiting.result())
            raise

    def give_back(self, process: DecodingProcess) -> None:
        """Makes it free for the next photo, unless it is gone."""
        if process.gone.is_set():
            return
        while self._waiting:
            if not (next := self._waiting.popleft()).done():
                next.set_result(process)
                return
        self._idle.append(process)

    @property
    def _cannot_start(self) -> bool:
        return not self.usable and all(slot.failed_starts >= TOO_OFTEN for slot in self._slots)

    async def _keep(self, slot: _Slot) -> None:
        """One process after the other, for ever."""
        while True:
            try:
                if await self._start(slot):
                    await self._death_in(slot)
            except Exception:  # a bug; without a keeper the slot would stay empty for ever
                log.exception("decoder.not_kept")
            await asyncio.sleep(pause_s(slot.failures, random.random()))

    async def _start(self, slot: _Slot) -> bool:
        try:
            async with asyncio.timeout(START_S):
                process = await self._start_one()
        except Exception as error:  # whatever it is, there will be another attempt
            slot.failures += 1
            slot.failed_starts += 1
            self._why = f"none can be started: {_words(error)}"
            if slot.failed_starts.bit_count() == 1:  # the first, the second, the fourth, …: not one line a second
                log.error("decoder.not_started", error=_words(error), attempt=slot.failed_starts)
            if self._cannot_start:
                self._refuse(self._why)
            return False
        slot.process, slot.failed_starts = process, 0
        self._usable.set()
        self._wait_no_longer()
        self.give_back(process)
        return True

    async def _death_in(self, slot: _Slot) -> None:
        process = slot.process
        assert process is not None
        await process.gone.wait()
        slot.process = None
        if not any(other.process for other in self._slots):
            self._usable.clear()
            self._give_up_later()
        gone = await process.death()
        settled = process.answers > 1 or asyncio.get_running_loop().time() - process.born > SETTLED_S
        slot.failures = 1 if settled else slot.failures + 1
        self._why = f"the last one {gone}"
        log.warning("decoder.died", how=str(gone), pid=process.pid)
        self._exercise_now.set()  # what befell one may have befallen the others

    def _give_up_later(self) -> None:
        """Photos do not wait for ever for a process that is being started."""
        self._wait_no_longer()
        loop = asyncio.get_running_loop()
        self._giving_up = loop.call_later(PATIENCE_S, lambda: self._refuse(self._why))

    def _wait_no_longer(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _refuse(self, why: str) -> None:
        while self._waiting:
            if not (waiting := self._waiting.popleft()).done():
                waiting.set_exception(NoProcess(why))

    async def _exercise(self) -> None:
        """What is idle has to show now and then that it still works, and not with the next photo."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EXERCISE_S):
                    await self._exercise_now.wait()
            all_idle = self._exercise_now.is_set()
            self._exercise_now.clear()
            try:
                await self._exercise_idle(all_idle)
            except Exception:  # what cannot be proven now may be the next time
                log.exception("decoder.not_exercised")

    async def _exercise_idle(self, all_idle: bool) -> None:
        self._kill_frozen()
        horizon = asyncio.get_running_loop().time() - EXERCISE_S
        for process in [each for each in self._idle if all_idle or each.used <= horizon]:
            await self._prove(process)

    def _kill_frozen(self) -> None:
        for slot in self._slots:
            if slot.process is not None and slot.process.is_frozen:
                slot.process.kill(FROZEN)

    async def _prove(self, process: DecodingProcess) -> None:
        if process not in self._idle:  # a photo came first, and is as good as a sample
            return
        self._idle.remove(process)
        try:
            async with asyncio.timeout(SAMPLE_S):
                await prove(process)
        except (ProcessGone, Rejected, TimeoutError) as error:
            process.kill(f"did not decode a sample ({_words(error)})")
        finally:
            self.give_back(process)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    return f"it {error}" if isinstance(error, ProcessGone) else str(error) or repr(error)
