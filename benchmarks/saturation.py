"""Photos per second with every core busy: the pipeline beside the bare models, in the same run.

    python -m benchmarks.saturation PHOTO… [--photos N] [--in-flight N] [--workers LAYOUT]…

*bare* is one process for each core, each making nothing but the analyzers' calls into their models, again and again;
*pipeline* is everything running, with so many photos in flight, up to their joins. Both are timed in full swing: there
are as many photos in flight at the last join that counts as at the first. With several --workers the layouts (see
HECKLER_WORKERS) are compared; '' is the one that `heckler up` would choose here.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import uvloop
from nats.aio.msg import Msg

from analyzers.base import threads_per_model
from analyzers.runtime.in_process import Direct
from analyzers.runtime.registry import load_roster
from analyzers.weights.store import store_of
from benchmarks.household import HOUSE_WRITER, OURS, household
from benchmarks.replay import calls_of, replay
from bus.client import Bus
from bus.events import Joined, PhotoRef, Submitted, new_id
from bus.settings import Settings
from bus.subjects import ANY, live
from gateway.upload.decode import normalise
from gateway.upload.photo import Limits, Normalised

BARE_S = 15.0
"""How long the bare models are kept busy."""


def bare(files: list[Path]) -> None:
    """One core's worth: waits for a line on standard input, then says how many photos it did in a second."""
    cv2.setNumThreads(threads_per_model())
    settings = Settings()
    direct = Direct(load_roster(settings), store_of(settings))
    photos = [calls_of(direct, normalise(file.read_bytes(), Limits())) for file in files]
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    for done, calls in enumerate(itertools.cycle(photos)):
        if (took := time.perf_counter() - began) > BARE_S:
            print(done / took, flush=True)
            return
        replay(calls)


def bare_rate(files: list[Path]) -> float:
    """Photos per second of the bare models on all cores."""
    command = [sys.executable, "-m", "benchmarks.saturation", "--bare", *map(str, files)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(os.cpu_count() or 1)
    ]
    for process in running:
        assert process.stdout
        process.stdout.readline()
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return sum(float(process.communicate()[0]) for process in running)


async def pipeline_rate(images: list[Normalised], count: int, in_flight: int, workers: str) -> float:
    """Photos per second from requests to joins."""
    settings = Settings()
    given = {name: getattr(settings, name) for name in settings.model_fields_set - OURS}
    names = tuple(Direct(load_roster(settings), store_of(settings)).analyzers)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models").symlink_to(settings.models)
        async with household(Path(folder), settings.roster, len(names), HOUSE_WRITER, workers=workers, **given) as bus:
            return await _saturated_rate(bus, images, names, count, in_flight)


async def _saturated_rate(bus: Bus, images: list[Normalised], names: tuple[str, ...], count: int, most: int) -> float:
    """Photos joined per second, with `most` of them in flight all the time, once twice as many have warmed it up."""
    joins: asyncio.Queue[float] = asyncio.Queue()

    async def on_join(_: Msg) -> None:
        joins.put_nowait(time.perf_counter())

    await bus.nc.subscribe(live(ANY, Joined.KIND), cb=on_join)
    endless = itertools.cycle(images)
    await asyncio.gather(*(_submit(bus, next(endless), names) for _ in range(most)))
    times = []
    while len(times) <= 2 * most + count:
        times.append(await joins.get())
        await _submit(bus, next(endless), names)
    return count / (times[-1] - times[-1 - count])


async def _submit(bus: Bus, image: Normalised, names: tuple[str, ...]) -> None:
    id, now = new_id(), time.time()
    photo = image.marked(id)
    await bus.photos.put(id, photo.data)
    ref = PhotoRef(key=id, sha256=photo.sha256, width=photo.width, height=photo.height, bytes=len(photo.data))
    await bus.submit(
        Submitted(
            product="roast", id=id, photo=ref, facts=image.facts, expects=names, join_by=now + 900, expire_by=now + 1800
        )
    )


async def run(given: argparse.Namespace) -> None:
    images = [normalise(file.read_bytes(), Limits()) for file in given.files]
    print(f"{len(images)} different photos, {given.photos} in all, {given.in_flight} in flight, {os.cpu_count()} cores")
    print(f"{'layout':60} {'bare':>10} {'pipeline':>10} {'ratio':>6}   photos per second")
    for layout in given.workers or [""]:
        bare = await asyncio.to_thread(bare_rate, given.files)
        piped = await pipeline_rate(images, given.photos, given.in_flight, layout)
        print(f"{layout or '(chosen by heckler up)':60} {bare:10.2f} {piped:10.2f} {piped / bare:6.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--in-flight", type=int, default=8)
    parser.add_argument("--workers", action="append", help="a layout; may be given several times")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.bare:
        bare(given.files)
    else:
        uvloop.run(run(given))


if __name__ == "__main__":
    main()
