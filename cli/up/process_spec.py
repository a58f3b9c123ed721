"""A part of the system that is kept running: how its process is started, watched and cleared away."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cli.up.child import Child, clear_away, signs_of_life, starts_again
from cli.up.processor_time import Work
from cli.up.silence import Silence

_DELAYS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
LONGEST_S = 2.0
"""The longest pause before a part that all others need is started again, however often it has died."""


def restart_delay(failures: int, longest: float = LONGEST_S) -> float:
    """Seconds to wait before the restart after `failures` quick deaths in a row (1 is the first)."""
    return min(longest, _DELAYS[min(max(failures, 1), len(_DELAYS)) - 1])


@dataclass(frozen=True)
class ProcessSpec:
    """One process to keep. Higher stages are stopped before lower ones: what others stand on has stage 0.

    `on_exit` is called with the id of each process that has died. `probe` asks a process that gives no signs of life by
    itself for one, and must not take longer than the seconds it is given. `start_pause_s` is the longest pause between
    starts that came to nothing; it is long for a part that costs the others more when it starts than when it is absent.
    """

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stage: int = 1
    on_exit: Callable[[int], None] = lambda _: None
    probe: Callable[[float], Awaitable[bool]] | None = None
    start_pause_s: float = LONGEST_S


@dataclass(eq=False)
class Kept:
    """A part, and the process that is it now."""

    part: ProcessSpec
    silence: Silence
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    died: asyncio.Event = field(default_factory=asyncio.Event)
    work: Work = field(default_factory=Work)
    task: asyncio.Task[None] | None = None
    asking: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.alive:
            self.process.send_signal(number)

    @property
    def is_watched(self) -> bool:
        """Whether there is a way for it to give signs of life."""
        return self.part.probe is not None or isinstance(self.process, Child)

    def listen(self) -> None:
        """Takes in what the process has said of itself."""
        if self.process is not None and (said := signs_of_life(self.process)):
            self.silence.broken()
            if starts_again(said):
                self.silence.started()

    def is_at_work(self) -> bool:
        """Whether it has done anything since the last look; asked of one that starts, which cannot say it."""
        return self.process is None or not self.silence.is_starting or self.work.has_gone_on(self.process.pid)

    def sweep(self) -> None:
        """Removes what a dead process left behind."""
        if self.process is not None:
            self.listen()
            clear_away(self.process)
            # what is left lying about, for want of room perhaps, must not keep the part from being started again
            with contextlib.suppress(OSError):
                self.part.on_exit(self.process.pid)

    @property
    def pause_s(self) -> float:
        """Seconds until it is started again: patient only with a part that dies before it has done anything."""
        return restart_delay(self.failures, self.part.start_pause_s if self.silence.is_starting else LONGEST_S)
