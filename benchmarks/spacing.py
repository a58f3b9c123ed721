"""How true a replay at speed 1 is to the original: each event's offset when shown, beside the one that it had.

    python -m benchmarks.spacing PHOTO

Starts everything, roasts the photo, then shows the roast again by the command's own way and over HTTP. Printed: by how
many milliseconds the spacing of neighbouring events was off. The goal: at most 20 at the median.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx

from benchmarks.system import start
from bus.history import History
from bus.settings import Settings
from cli.connect.api_client import Client, events
from cli.replay.actions import history_of
from gateway.events.replay import replayed


def off(shown: list[float], history: History) -> list[float]:
    """Milliseconds by which each gap between two events was longer or shorter than it had been."""
    had = [after.at - before.at for before, after in pairwise(history.events)]
    got = [after - before for before, after in pairwise(shown)]
    return [abs(now - then) * 1000 for now, then in zip(got, had, strict=True)]


async def in_process(history: History) -> list[float]:
    """When each event was shown by the command's own way, in seconds."""
    return [time.perf_counter() async for _ in replayed(history, 1)]


def over_http(url: str, id: str) -> Iterator[float]:
    """When each event was shown to a client of server-sent events, in seconds."""
    with httpx.stream("GET", f"{url}/api/roasts/{id}/events", params={"replay": 1}, trust_env=False) as stream:
        for _ in events(stream.iter_lines()):
            yield time.perf_counter()


def summary(name: str, times: list[float]) -> str:
    """The median and the worst of some milliseconds."""
    return f"{name:12} off by {statistics.median(times):5.2f} ms at the median, {max(times):6.2f} ms at worst"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, url, _ = start(Path(folder))
        try:
            with Client(url) as client:
                id = client.submit(given.photo, {})
                for _ in client.follow(id):
                    pass
            history, _ = asyncio.run(history_of(Settings(data=Path(folder)), id))
            print(f"{len(history.events)} events in {history.events[-1].at - history.events[0].at:.2f} s")
            print(summary("command", off(asyncio.run(in_process(history)), history)))
            print(summary("HTTP", off(list(over_http(url, id)), history)))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


if __name__ == "__main__":
    main()
