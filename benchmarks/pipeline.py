"""What the pipeline itself costs: twelve instant analyzers, an instant writer, everything else real.

    python -m benchmarks.pipeline [--stored N] [--roasts N] [--sync always|default|both]

Prints, for NATS's default fsync and for fsync at every event, the latency of one request at a time and the
throughput at 32 in flight; and, with --stored, the same again after N more events are in the log.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import uvloop
from nats.aio.msg import Msg

from benchmarks.household import household
from benchmarks.instant import ROSTER
from bus.client import Bus
from bus.events import Feature, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.jetstream.codec import encode
from bus.subjects import ANY, END, event, live, name_of, request_of

ROSTER_NAME = "benchmarks.instant:ROSTER"
NAMES = tuple(analyzer.name for analyzer in ROSTER)


class Driver:
    """Submits requests and waits for their endings on one subscription."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._ends: dict[str, asyncio.Future[str]] = {}

    async def start(self) -> None:
        await self._bus.nc.subscribe(live(ANY, END), cb=self._on_end)

    async def _on_end(self, msg: Msg) -> None:
        id, how = request_of(msg.subject), name_of(msg.subject)
        if (end := self._ends.pop(id, None)) and not end.done():
            end.set_result(how)

    async def roast(self) -> float:
        """Seconds from the start of the submission to the roast."""
        id, now = new_id(), time.time()
        photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=1)
        end = self._ends[id] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        event = Submitted(
            product="roast", id=id, photo=photo, facts=Facts(), expects=NAMES, join_by=now + 600, expire_by=now + 3600
        )
        await self._bus.submit(event)
        how = await asyncio.wait_for(end, 60)
        if how != "roast":
            raise SystemExit(f"expected a roast, got {how}")
        return time.perf_counter() - began

    async def flood(self, total: int, in_flight: int) -> float:
        """Roasts per second with `in_flight` requests at a time."""
        slots = asyncio.Semaphore(in_flight)

        async def one() -> None:
            async with slots:
                await self.roast()

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(total)))
        return total / (time.perf_counter() - began)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def fill(bus: Bus, count: int) -> None:
    """Stores `count` events of requests that are over, as busy days leave them."""
    kinds = ["submitted", *(f"feature.{name}" for name in NAMES), "joined", "cued", "end.roast"]
    body = encode(Feature(id="x", analyzer="old", status="ok", finding=Facts()))

    async def some(requests: int) -> None:
        for _ in range(requests):
            id = new_id()
            for kind in kinds:
                await bus.nc.request(event(id, kind), body, timeout=30)

    await asyncio.gather(*(some(count // len(kinds) // 64) for _ in range(64)))


async def measure(bus: Bus, roasts: int) -> str:
    driver = Driver(bus)
    await driver.start()
    await driver.flood(64, 16)  # warm-up
    alone = [await driver.roast() for _ in range(roasts)]
    rates = [await driver.flood(roasts * 2, 32) for _ in range(3)]
    p50, p99 = statistics.median(alone) * 1000, quantile(alone, 0.99) * 1000
    return f"p50 {p50:5.1f} ms   p99 {p99:5.1f} ms   {statistics.median(rates):6.1f} roasts/s"


async def run(sync: str, roasts: int, stored: int) -> None:
    """One household on an empty log; with `stored`, another one on a log that holds so many events already."""
    for count in (0, stored) if stored else (0,):

        async def before(bus: Bus, count: int = count) -> None:
            await fill(bus, count)

        with tempfile.TemporaryDirectory() as folder:
            settings = {"sync": sync, "ack_wait_s": 30}
            async with household(Path(folder), ROSTER_NAME, len(ROSTER), before=before, **settings) as bus:
                held = (await bus.api("STREAM.INFO.PHOTOS"))["state"]["messages"]
                print(f"fsync {sync:8} {held:9,} events before   {await measure(bus, roasts)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--roasts", type=int, default=200)
    parser.add_argument("--stored", type=int, default=0)
    parser.add_argument("--sync", choices=("always", "default", "both"), default="both")
    given = parser.parse_args()
    for sync in ("default", "always") if given.sync == "both" else (given.sync,):
        uvloop.run(run(sync, given.roasts, given.stored))


if __name__ == "__main__":
    main()
