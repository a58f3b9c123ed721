"""How soon a cancellation stops the writer, beside how often the writer sends a line when it is not stopped.

    python -m benchmarks.cancel [--rounds N]

A writer says a line every 20 ms and goes on for ten seconds. A client cancels after its fifth line. Printed: the time
from the cancellation's publish to the last line that still came (0 when none did), and the usual time between lines.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import uvloop

from benchmarks.household import SERVE, household
from benchmarks.instant import ROSTER, InstantWriter
from bus.client import Bus
from bus.events import Cancelled, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.roast.events import Line
from bus.subjects import REST, live
from llm.brief import Brief
from llm.writers.base import Piece

SLOW_WRITER = SERVE.format(module="llm.service", more=", SlowWriter()").replace(
    "from llm", "from benchmarks.cancel import SlowWriter; from llm"
)
LINES, PAUSE_S = 500, 0.02
SILENCE_S = 0.5


class SlowWriter(InstantWriter):
    """A line every 20 ms, for ten seconds."""

    name = "slow"

    async def write(self, brief: Brief) -> AsyncIterator[Piece]:
        for number in range(LINES):
            await asyncio.sleep(PAUSE_S)
            cues = tuple(cue.id for cue in brief.cues[:1])
            yield Piece(joke=number, text=f"Remark number {number} about this photo.", cues=cues)


async def one(bus: Bus) -> tuple[float, float]:
    """(milliseconds from the cancellation to the last line, usual milliseconds between lines)."""
    id, now = new_id(), time.time()
    photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=1)
    names = tuple(analyzer.name for analyzer in ROSTER)
    request = Submitted(
        product="roast", id=id, photo=photo, facts=Facts(), expects=names, join_by=now + 60, expire_by=now + 90
    )
    at: list[float] = []
    quiet = asyncio.Event()

    async def on_line(message: object) -> None:
        at.append(time.perf_counter())
        quiet.set()

    lines = await bus.nc.subscribe(live(id, "line", REST), cb=on_line)
    await bus.submit(request)
    while len(at) < 5:
        await quiet.wait()
        quiet.clear()
    asked = time.perf_counter()
    await bus.publish(Cancelled(id=id))
    while True:  # until no line has come for half a second
        quiet.clear()
        try:
            await asyncio.wait_for(quiet.wait(), SILENCE_S)
        except TimeoutError:
            break
    await lines.unsubscribe()
    gaps = [after - before for before, after in pairwise(at[:5])]
    return max(0.0, at[-1] - asked) * 1000, statistics.median(gaps) * 1000


async def run(rounds: int) -> None:
    assert Line.KIND.startswith("line.")
    with tempfile.TemporaryDirectory() as folder:
        async with household(Path(folder), "benchmarks.instant:ROSTER", len(ROSTER), SLOW_WRITER) as bus:
            results = [await one(bus) for _ in range(rounds)]
    stopped, usual = zip(*results, strict=True)
    print(f"last line after the cancellation: median {statistics.median(stopped):.1f} ms, worst {max(stopped):.1f} ms")
    print(f"between lines without a cancellation: median {statistics.median(usual):.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    uvloop.run(run(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
