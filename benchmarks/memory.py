"""The memory of the worker processes while many different photos go through every analyzer.

    python -m benchmarks.memory PHOTO… [--photos N] [--in-flight N]

Each photo is a part of one of those given, in a size of its own (500 to 2,048 pixels): no two tensors are alike.
Prints, at every tenth, what the workers hold: all of it, and the part that is memory of their own and not of files. It
should be flat after the first tenth.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop
from PIL import Image

from analyzers.runtime.in_process import Direct
from analyzers.runtime.registry import load_roster
from analyzers.weights.store import store_of
from benchmarks.household import HOUSE_WRITER, OURS, household
from bus.client import Bus
from bus.events import PhotoRef, Submitted, new_id
from bus.settings import Settings
from gateway.upload.decode import normalise
from gateway.upload.photo import Limits, Normalised

PATIENCE_S = 3600.0


def variant(file: Path, seed: int) -> bytes:
    """A JPEG of a part of the photo, more than half of it on each side, 500 to 2,048 pixels long."""
    draw, image = random.Random(seed), Image.open(file).convert("RGB")
    part = draw.uniform(0.55, 1)
    left, top = (draw.uniform(0, 1 - part) * side for side in image.size)
    image = image.crop((int(left), int(top), int(left + part * image.width), int(top + part * image.height)))
    factor = draw.randint(500, 2048) / max(image.size)
    out = io.BytesIO()
    image.resize((max(32, int(image.width * factor)), max(32, int(image.height * factor)))).save(out, "JPEG")
    return out.getvalue()


def workers() -> list[int]:
    """The worker processes that this one has started."""
    listing = subprocess.run(["ps", "-Ao", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    ours = str(os.getpid())
    return [int(pid) for pid, parent, command in rows if parent == ours and "analyzers.service" in command]


def memory_mb() -> tuple[float, float]:
    """(all, anonymous) resident megabytes of the workers, shared pages counted once."""
    totals = {"Pss": 0, "Anonymous": 0}
    for pid in workers():
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        for kind in totals:
            totals[kind] += int(re.search(rf"^{kind}:\s+(\d+)", rollup, re.M)[1])  # type: ignore[index]
    return totals["Pss"] / 1024, totals["Anonymous"] / 1024


async def one(bus: Bus, photo: Normalised, expects: tuple[str, ...]) -> None:
    """Sends a photo and waits for its end."""
    id, now = new_id(), time.time()
    await bus.photos.put(id, photo.data)
    reference = PhotoRef(
        key=id, sha256=photo.sha256, width=photo.width, height=photo.height, bytes=len(photo.data)
    )  # fmt: skip
    until = {"join_by": now + PATIENCE_S, "expire_by": now + PATIENCE_S}
    await bus.submit(Submitted(product="roast", id=id, photo=reference, facts=photo.facts, expects=expects, **until))
    async for _ in bus.follow(id):
        pass


async def drive(bus: Bus, files: Sequence[Path], count: int, in_flight: int, expects: tuple[str, ...]) -> None:
    """Keeps so many photos in flight, and tells of the memory at every tenth."""
    slots, done, began = asyncio.Semaphore(in_flight), 0, time.perf_counter()

    async def work(number: int) -> None:
        nonlocal done
        async with slots:
            upload = await asyncio.to_thread(variant, files[number % len(files)], number)
            await one(bus, await asyncio.to_thread(normalise, upload, Limits()), expects)
        done += 1
        if done % max(1, count // 10) == 0:
            report(done, time.perf_counter() - began)

    report(0, 1)
    await asyncio.gather(*(work(number) for number in range(count)))


def report(done: int, seconds: float) -> None:
    everything, own = memory_mb()
    print(f"{done:6} photos   {everything:6.0f} MB, {own:6.0f} of its own   {done / seconds:5.2f} photos/s", flush=True)


async def measure(given: argparse.Namespace) -> None:
    settings = Settings()
    more = {name: getattr(settings, name) for name in settings.model_fields_set - OURS}
    expects = tuple(Direct(load_roster(settings), store_of(settings)).analyzers)
    with tempfile.TemporaryDirectory() as folder:
        async with household(Path(folder), settings.roster, len(expects), HOUSE_WRITER, **more) as bus:
            await drive(bus, given.files, given.photos, given.in_flight, expects)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--photos", type=int, default=128)
    parser.add_argument("--in-flight", type=int, default=16)
    uvloop.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
