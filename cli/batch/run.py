"""Setting a batch up and seeing it through: journal and output, the log, Ctrl-C, the exit status."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from bus.client import Bus, BusDown, LogRefused
from bus.service.tasks import end
from bus.settings import Settings
from bus.topology import PHOTOS
from cli.batch.analyzers import BatchAnalyzers
from cli.batch.contact_sheet import thumbnail
from cli.batch.decoding import File, Reader
from cli.batch.display import Show
from cli.batch.engine import Batch, Means
from cli.batch.folder_watch import Arrivals, arriving, is_young
from cli.batch.inputs import STDIN, of_arguments, of_list
from cli.batch.job import Job, Outputs, open_outputs
from cli.batch.progress import Tally
from cli.batch.request import AWAY, Requests, Terms
from cli.batch.writer import ResultWriter
from cli.connect.log_client import connect_log
from cli.terminal.output import counted

INTERRUPTED = 130
PULSE_S = 3.0
"""Between two looks whether the log is there."""


async def run(settings: Settings, job: Job, out: Console, err: Console) -> int:
    """The exit status. Raises BadOrder, BadJournal, OutputGone, NoLog, Problem, OSError."""
    reader = Reader(settings)
    reader.start()  # its processes take as long to start as all the rest
    try:
        async with connect_log(settings) as bus:
            outputs = open_outputs(bus.settings, job)
            try:
                return await _Run(bus, job, outputs, reader).see_through(out, err)
            finally:
                outputs.close()
    finally:
        await reader.close()


@dataclass
class _Run:
    bus: Bus
    job: Job
    outputs: Outputs
    reader: Reader
    tally: Tally = field(default_factory=lambda: Tally(time.monotonic()))

    async def see_through(self, out: Console, err: Console) -> int:
        show = Show(self.tally, out, err, print_rows=self.job.out is None, as_json=self.job.as_json)
        self.reader.note = show.note
        analyzers = await BatchAnalyzers.choose(self.bus, self.outputs.analyzers, show.note)
        self.tally.needs = analyzers.needs
        in_flight = self.job.in_flight or analyzers.capacity
        terms = Terms.of(self.outputs.style, self.bus.settings, in_flight)
        writer = ResultWriter(self.outputs.journal, self.outputs.output, show.tell)
        arrivals, stop = Arrivals(), asyncio.Event()
        means = Means(
            self.reader, Requests(self.bus, terms, show.note), analyzers, writer, self.bus.photos, self.tally,
            in_flight,
            put_back=lambda file: self.job.watch and _put_back(arrivals, file),
            thumbnail=thumbnail if self.outputs.output and self.job.shape().has_thumbnails else None,
        )  # fmt: skip
        batch = Batch(means, stop)
        try:
            self.tally.began = time.monotonic()
            async with _pulse(self.bus, show):
                with _interruptible(batch, show), show.live():
                    await batch.run(source_of(self.job, arrivals, self._found))
        except asyncio.CancelledError:
            if not stop.is_set():
                raise
            _go_on_after_cancellation()
        return self._conclude(show, stop.is_set())

    def _found(self, total: int) -> None:
        self.tally.total = total

    def _conclude(self, show: Show, stopped: bool) -> int:
        unfinished = stopped and not self.job.watch
        again = f"go on with: heckler batch --resume --out {shlex.quote(str(self.job.out))} PATH…"
        show.conclude(again if unfinished and self.job.out else "")
        counts = self.outputs.journal.ledger.counts if self.outputs.journal else self.tally.counts
        if unfinished:
            return INTERRUPTED
        if not sum(counts.values()) and not self.job.watch:
            show.note("there was nothing to roast: no photo in what was named")
            return 1
        return 1 if counts["failed"] or counts["bad"] else 0


async def source_of(job: Job, arrivals: Arrivals, count: Callable[[int], None]) -> AsyncIterator[Path]:
    """The files that the command line is about; `count` is told how many they are, where that can be known."""
    if job.from_list:
        async for path in of_list(sys.stdin.buffer, b"\0" if job.nul else b"\n"):
            yield path
    folders = _watched(job)
    files = [each for each in job.arguments if each != STDIN and each not in folders]
    found: list[Path] = []
    async for path in of_arguments(files, found):
        if not job.from_list and not folders:
            count(len(found))
        yield path
    if folders:
        async for path in arriving([Path(each) for each in folders], arrivals):
            yield path


def _watched(job: Job) -> list[str]:
    return [each for each in job.arguments if job.watch and os.path.isdir(each)]


def _put_back(arrivals: Arrivals, file: File) -> bool:
    young = file.stat is not None and is_young(file.stat, time.time())
    if young:
        arrivals.again(file.key)
    return young


@contextlib.asynccontextmanager
async def _pulse(bus: Bus, show: Show) -> AsyncIterator[None]:
    """Says meanwhile when the log is away. Whoever waits for a request's events hears nothing either way, and the
    connection tells nothing of it where another server of a cluster holds the log."""

    async def look() -> None:
        while True:
            await asyncio.sleep(PULSE_S)
            try:
                await bus.api(f"STREAM.INFO.{PHOTOS}", patience=0)
            except (BusDown, LogRefused):
                show.note(AWAY)
            else:
                show.answered(AWAY)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        await end(looking)


def leaving(running: int) -> str:
    """What the first Ctrl-C is answered, with so many photos in flight."""
    if not running:
        return "stopping; once more to leave at once"
    photos, them = counted(running, "photo", "photos"), "it" if running == 1 else "them"
    return f"finishing {photos} in flight; once more to leave {them}"


def _go_on_after_cancellation() -> None:
    """For what is still to be done: until Python 3.11.3 a time limit that runs out in a cancelled task cancels it."""
    task = asyncio.current_task()
    while task and task.uncancel():
        pass


@contextlib.contextmanager
def _interruptible(batch: Batch, show: Show) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM) lets what is in flight finish, the second leaves it for --resume."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    left: list[asyncio.Task[None]] = []
    assert task

    def interrupt() -> None:
        if batch.stop.is_set():
            left.append(loop.create_task(batch.leave()))  # the group of its tasks would cancel each only once
            task.cancel()
            return
        batch.stop.set()
        show.note(leaving(show.tally.running))

    signals = (signal.SIGINT, signal.SIGTERM)
    for each in signals:
        loop.add_signal_handler(each, interrupt)
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)
