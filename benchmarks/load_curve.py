"""The load curve: complete roasts a minute when 1, 2, 5 and 10 times as many photos come as this machine can roast.

    python -m benchmarks.load_curve PHOTO… [--seconds N] [--times 1,2,5,10] [--analyzers all|quick|timed] [--shared]

Starts `heckler up` on a data folder of its own with the settings of the environment, but for HECKLER_EXPIRY_S
(--expiry): the queue may be three quarters of that long, and so long it takes to fill. First some clients send one
photo after the other: that is what the machine can do. Then so many times as many come, at moments of their own (open
loop), each with a new photo, and sends it again when Retry-After says so. What is finished from the
first quarter of the time until no more come counts. Exit status 1 when one rate is below 0.9 of the best.

*quick* analyzers need no weights and take milliseconds; *timed* ones wait instead of computing. On a machine that
others use as well, what can be done changes from minute to minute: *timed* ones hardly notice, and with --shared the
roasts for each minute of processor time that Heckler had are compared, all its processes together.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import itertools
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from nats.aio.msg import Msg
from PIL import Image

from benchmarks.system import children, start
from bus.client import Bus, connect
from bus.events import Joined
from bus.jetstream.codec import decode
from bus.settings import Settings
from bus.subjects import ANY, END, live, name_of, request_of

PHOTO_SIDE = 1024
AT_ONCE = 8
"""Clients that send one photo after the other, to find out what the machine can do."""
ENOUGH = 0.9
ROSTERS = {"quick": "benchmarks.quick:ROSTER", "timed": "benchmarks.timed:ROSTER"}


@dataclass
class Level:
    """What was counted while so many photos a second came. Times are seconds since the epoch."""

    name: str
    offered: float
    began: float = 0.0
    stopped: float = 0.0
    accepted: dict[str, float] = field(default_factory=dict)
    complete: dict[str, bool] = field(default_factory=dict)
    ended: dict[str, tuple[float, str]] = field(default_factory=dict)
    refusals: int = 0
    sent_away: int = 0
    """Clients that were never let in."""
    cpu_s: float = 0.0
    """Processor time that Heckler had, from the first photo to the last ending."""

    def finished(self, how: str, complete: bool | None = None) -> int:
        """Requests that ended so, with a join that was complete or not, in the time that counts."""
        return sum(
            end == how and self._counts(at) and complete in (None, self.complete.get(id))
            for id, (at, end) in self.ended.items()
        )

    @property
    def per_minute(self) -> float:
        return 60 * self.finished("roast", complete=True) / (0.75 * (self.stopped - self.began))

    @property
    def per_cpu_minute(self) -> float:
        roasts = sum(how == "roast" and self.complete.get(id, False) for id, (_, how) in self.ended.items())
        return 60 * roasts / self.cpu_s

    def _counts(self, at: float) -> bool:
        return self.began + 0.25 * (self.stopped - self.began) <= at <= self.stopped

    @property
    def waits(self) -> list[float]:
        """Seconds from acceptance to the roast, of all that got one."""
        roasts = [
            at - self.accepted[id] for id, (at, how) in self.ended.items() if how == "roast" and id in self.accepted
        ]
        return sorted(roasts) or [0.0]

    @property
    def row(self) -> list[str]:
        incomplete = sum(how == "roast" and not self.complete.get(id) for id, (_, how) in self.ended.items())
        failed = sum(how != "roast" for _, how in self.ended.values()) + len(self.accepted.keys() - self.ended.keys())
        p50, p95 = statistics.median(self.waits), self.waits[int(0.95 * (len(self.waits) - 1))]
        return [
            self.name, f"{self.offered * 60:.0f}", str(len(self.accepted)), f"{self.per_minute:.1f}", str(incomplete),
            str(failed), str(self.refusals), str(self.sent_away), f"{p50:.1f}", f"{p95:.1f}",
            f"{self.per_cpu_minute:.1f}",
        ]  # fmt: skip


HEAD = [
    "load",
    "offered/min",
    "accepted",
    "complete/min",
    "incomplete",
    "failed",
    "503s",
    "sent away",
    "p50 s",
    "p95 s",
    "per CPU min",
]


class Photos:
    """Photos without findings in the cache: crops of the given ones, each different, some 90,000 of each."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._images = []
        for file in files:
            with Image.open(file) as image:
                whole = image.convert("RGB")
            whole.thumbnail((PHOTO_SIDE + 200, PHOTO_SIDE + 200))
            self._images.append(whole)
        self._numbers = itertools.count()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        number = next(self._numbers)
        image = self._images[number % len(self._images)]
        rest, left = divmod(number // len(self._images), 16)
        rest, top = divmod(rest, 64)
        out = io.BytesIO()
        crop = image.crop((left, top, image.width - 16 + left, image.height - 64 + top))
        crop.save(out, "JPEG", quality=95 - rest)  # what was seen before would cost nothing
        return out.getvalue()


class Crowd:
    """Clients of one Heckler; the log tells how their requests end."""

    def __init__(self, http: httpx.AsyncClient, bus: Bus, photos: Photos, pid: int) -> None:
        self._http, self._bus, self._photos, self._pid = http, bus, photos, pid
        self._level = Level("", 0.0)
        self._joins: dict[str, bool] = {}
        self._ends: dict[str, tuple[float, str]] = {}
        self._changed = asyncio.Event()

    async def listen(self) -> None:
        await self._bus.nc.subscribe(live(ANY, "joined"), cb=self._on_join)
        await self._bus.nc.subscribe(live(ANY, END), cb=self._on_end)

    async def saturated(self, seconds: float) -> Level:
        """What is done when there is always something to do, and never much."""
        level = self._begin("saturated", 0.0, seconds)

        async def one_after_the_other() -> None:
            while time.time() < level.stopped:
                if id := await self._send(level, next(self._photos)):
                    await self._until_ended({id})

        await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
        return self._over(level)

    async def overrun(self, times: float, rate: float, seconds: float) -> Level:
        """So many photos a second, whenever they like to come."""
        ready = [next(self._photos) for _ in range(int(rate * seconds * 1.2) + 10)]  # not while the time runs
        level = self._begin(f"{times:g} x", rate, seconds)
        clients = []
        draw = random.Random(int(10 * times))
        while time.time() < level.stopped and ready:
            clients.append(asyncio.create_task(self._send(level, ready.pop())))
            await asyncio.sleep(draw.uniform(0.5, 1.5) / rate)
        await asyncio.gather(*clients)
        await self._until_ended(set(level.accepted))
        return self._over(level)

    def _begin(self, name: str, rate: float, seconds: float) -> Level:
        self._level = Level(name, rate, time.time(), time.time() + seconds, cpu_s=-processor_seconds(self._pid))
        return self._level

    def _over(self, level: Level) -> Level:
        level.cpu_s += processor_seconds(self._pid)
        level.ended = {id: self._ends[id] for id in level.accepted if id in self._ends}
        level.complete = {id: self._joins[id] for id in level.accepted if id in self._joins}
        return level

    async def _send(self, level: Level, photo: bytes) -> str | None:
        """Sends a photo until it is let in, or no more are wanted; the id of its request."""
        while time.time() < level.stopped:
            answer = await self._http.post("/api/roasts", files={"photo": ("photo.jpg", photo)})
            if answer.status_code == 202:
                id = str(answer.json()["id"])
                level.accepted[id] = time.time()
                return id
            if answer.status_code != 503:
                raise SystemExit(f"{answer.status_code}: {answer.text}")
            level.refusals += 1
            await asyncio.sleep(float(answer.headers["Retry-After"]))
        level.sent_away += 1
        return None

    async def _until_ended(self, ids: set[str]) -> None:
        while not ids <= self._ends.keys():
            self._changed.clear()
            await self._changed.wait()

    async def _on_join(self, msg: Msg) -> None:
        event = decode(msg.subject, msg.data, msg.headers)
        if isinstance(event, Joined):
            self._joins[event.id] = event.complete

    async def _on_end(self, msg: Msg) -> None:
        id, how = request_of(msg.subject), name_of(msg.subject)
        self._ends[id] = time.time(), how
        self._changed.set()


def processor_seconds(pid: int) -> float:
    """Of a process and all below it that still are there."""
    total = 0
    for each in children(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def crowd(data: Path, url: str, photos: Photos, pid: int) -> AsyncIterator[Crowd]:
    nats = json.loads((data / "run.json").read_text())["nats"]
    bus = await connect(Settings(nats_url=nats["admin"]), "admin")
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as http:
        made = Crowd(http, bus, photos, pid)
        await made.listen()
        yield made
    await bus.close()


async def curve(given: argparse.Namespace, data: Path, url: str, pid: int) -> list[Level]:
    async with crowd(data, url, Photos(given.files), pid) as clients:
        await clients.saturated(5)  # a process that was idle for a while is slow at first
        levels = [await clients.saturated(given.seconds)]
        show(levels[-1].row)
        rate = levels[0].finished("roast") / (0.75 * given.seconds)
        for times in given.times:
            levels.append(await clients.overrun(times, times * rate, given.seconds))
            show(levels[-1].row)
    return levels


def show(cells: Sequence[str]) -> None:
    print(" ".join(f"{cell:>12}" for cell in cells), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=90.0, help="for which photos come, at each load")
    parser.add_argument("--expiry", type=float, default=60.0, help="seconds after which a request expires")
    parser.add_argument("--times", type=lambda text: [float(part) for part in text.split(",")], default=[1, 2, 5, 10])
    parser.add_argument("--analyzers", choices=("all", *ROSTERS), default="all")
    parser.add_argument("--shared", action="store_true", help="compare roasts by the processor time that they took")
    given = parser.parse_args()
    os.environ["HECKLER_EXPIRY_S"] = str(given.expiry)
    if given.analyzers in ROSTERS:
        os.environ["HECKLER_ROSTER"] = ROSTERS[given.analyzers]
    with tempfile.TemporaryDirectory() as folder:
        process, url, _ = start(Path(folder))
        try:
            show(HEAD)
            levels = asyncio.run(curve(given, Path(folder), url, process.pid))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    rates = {level.name: level.per_cpu_minute if given.shared else level.per_minute for level in levels}
    ratios = {name: rate / max(rates.values()) for name, rate in rates.items()}
    print("of the best: " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()))
    if min(ratios.values()) < ENOUGH:
        sys.exit(1)


if __name__ == "__main__":
    main()
