"""A second chance in a process of its own: what killed or confused a worker once cannot take it down again.

The parent sends one pickled `Job` on standard input and reads one pickled `Outcome` from standard output. Both ends
are this program, so pickle carries nothing from outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import sys
import traceback
from dataclasses import dataclass, field

from analyzers.base import Photo, Skip
from analyzers.runtime.registry import load_roster
from bus.findings import Facts, Finding
from bus.observability.logs import log
from bus.service.tasks import end
from bus.settings import Settings

LARGEST = 64 << 20
"""Bytes of the longest answer; findings have a few hundred thousand at most."""
SHORT_S = 0.5
"""Between two attempts to start a process while the system has none to give."""


class AnalyzerCrashed(Exception):
    """The analyzer's process died; the message says of what."""


class AnalyzerRaised(Exception):
    """The analyzer raised; the message is its traceback."""


@dataclass(frozen=True)
class Job:
    """What is to be analysed, and by which analyzer: its name in the roster of the settings.

    The settings travel with it: those that came as flags are in no environment, and a command line is no place for
    secrets, since every user may read it.
    """

    name: str
    photo: bytes
    facts: Facts
    needs: dict[str, Finding]
    settings: Settings = field(default_factory=Settings, repr=False)


@dataclass(frozen=True)
class Outcome:
    """What came of it: a finding, the reason for a skip, or the traceback of a failure."""

    finding: Finding | None = None
    skipped: str | None = None
    error: str | None = None


async def analyze_apart(job: Job, timeout: float) -> Finding:
    """Runs a job in a fresh process. Raises Skip, AnalyzerRaised, AnalyzerCrashed, TimeoutError."""
    async with asyncio.timeout(timeout):
        process = await _started()
        try:
            out = await _answer(process, pickle.dumps(job))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    outcome = _outcome(job.name, process.returncode or 0, out)
    if outcome.skipped is not None:
        raise Skip(outcome.skipped)
    if outcome.finding is None:
        raise AnalyzerRaised(outcome.error)
    return outcome.finding


async def _started() -> asyncio.subprocess.Process:
    """The child. While the system is short of what a process takes it waits; it is not the analyzer's failure."""
    while True:
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "analyzers.runtime.subprocess_run",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            log.warning("sandbox.not_started", error=str(error))
            await asyncio.sleep(SHORT_S)


async def _answer(process: asyncio.subprocess.Process, job: bytes) -> bytes:
    """All that the child says, and no more than `LARGEST` + 1 bytes of it, even when it does not listen."""
    assert process.stdin
    assert process.stdout
    telling = asyncio.create_task(_tell(process.stdin, job))
    out = bytearray()
    try:
        while len(out) <= LARGEST and (piece := await process.stdout.read(1 << 16)):
            out += piece
        if len(out) <= LARGEST:
            await process.wait()
    finally:
        await end(telling)
    return bytes(out)


async def _tell(pipe: asyncio.StreamWriter, job: bytes) -> None:
    with contextlib.suppress(ConnectionError):  # a child that is gone says so by its exit code
        pipe.write(job)
        await pipe.drain()
        pipe.close()


def _outcome(name: str, code: int, out: bytes) -> Outcome:
    if len(out) > LARGEST:
        raise AnalyzerCrashed(f"{name}: its process said more than {LARGEST >> 20} MiB, and was stopped")
    if code != 0:
        raise AnalyzerCrashed(f"{name}: its process {_how(code)}")
    try:
        outcome = pickle.loads(out)
    except Exception as error:  # of many kinds, as there are many ways to be no pickle
        raise AnalyzerCrashed(f"{name}: what its process said cannot be read ({error!r})") from error
    if not isinstance(outcome, Outcome):
        raise AnalyzerCrashed(f"{name}: its process ended without an answer")
    return outcome


def _how(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def main() -> None:
    """The child: one job in, one outcome out."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not write into the answer
    job: Job = pickle.loads(sys.stdin.buffer.read())
    try:
        outcome = _run(job)
    except Skip as skip:
        outcome = Outcome(skipped=str(skip))
    except Exception:
        outcome = Outcome(error=traceback.format_exc()[-6000:])
    out.write(pickle.dumps(outcome))
    out.close()


def _run(job: Job) -> Outcome:
    from analyzers.runtime.registry import wiring_of
    from analyzers.weights.store import store_of

    cls = next(each for each in load_roster(job.settings) if wiring_of(each).name == job.name)
    weights, _missing = store_of(job.settings).available(cls)
    wiring = wiring_of(cls)
    arguments: dict[str, object] = dict(job.needs)
    if wiring.takes_photo:
        arguments["photo"] = Photo(job.photo, job.facts)
    return Outcome(finding=cls(weights).analyze(**arguments))


if __name__ == "__main__":
    from analyzers.runtime import subprocess_run

    subprocess_run.main()  # under its own name: what it pickles is read as analyzers.sandbox.Outcome by the parent
