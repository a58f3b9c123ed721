"""A second chance in a process of its own: what killed or confused a worker once cannot take it down again.

The parent sends one pickled `Job` on standard input and reads one pickled `Outcome` from standard output. Both ends
are this program, so pickle carries nothing from outside.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
import traceback
from dataclasses import dataclass, field

from analyzers.base import Photo, Skip
from analyzers.rosters import load_roster
from bus.features import Facts, Finding
from bus.settings import Settings


class AnalyzerCrashed(Exception):
    """The analyzer's process died; the message says of what."""


class AnalyzerRaised(Exception):
    """The analyzer raised; the message is its traceback."""


@dataclass(frozen=True)
class Job:
    """What is to be analysed, and by whom: its name in the roster of the settings.

    The settings travel with it, since those that came as flags are in nobody's environment, and a command line, which
    everybody may read, is no place for secrets.
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
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "analyzers.sandbox", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(timeout):
            out, _ = await process.communicate(pickle.dumps(job))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise AnalyzerCrashed(f"{job.name}: its process {_how(process.returncode or 0)}")
    outcome: Outcome = pickle.loads(out)
    if outcome.skipped is not None:
        raise Skip(outcome.skipped)
    if outcome.finding is None:
        raise AnalyzerRaised(outcome.error)
    return outcome.finding


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
    from analyzers.rosters import wiring_of
    from analyzers.weights import store_of

    cls = next(each for each in load_roster(job.settings) if wiring_of(each).name == job.name)
    weights, _missing = store_of(job.settings).available(cls)
    wiring = wiring_of(cls)
    arguments: dict[str, object] = dict(job.needs)
    if wiring.takes_photo:
        arguments["photo"] = Photo(job.photo, job.facts)
    return Outcome(finding=cls(weights).analyze(**arguments))


if __name__ == "__main__":
    from analyzers import sandbox

    sandbox.main()  # under its own name: what it pickles is read as analyzers.sandbox.Outcome by the parent
