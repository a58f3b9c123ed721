"""`heckler batch` beside what the system can do at most, in the same run; and its memory over many photos.

    python -m benchmarks.batch PHOTO… [--photos N] [--rounds N] [--side N] [--in-flight N]… [--roster MODULE:NAME]
                               [--memory N]

*system* is everything running and fed from this process with photos that are decoded already, so many in flight, up to
their roasts: the best of the numbers in flight counts. *batch* is the command, from files. They take turns, each time
with photos never seen before: copies of those named, scaled to `--side` pixels, each with a grain of its own. With
--memory, the resident memory of the command and its decoders is read as so many photos go through.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import uvloop
from PIL import Image, ImageOps

from analyzers.runtime.in_process import Direct
from analyzers.runtime.registry import load_roster
from analyzers.weights.store import store_of
from benchmarks.household import HOUSE_WRITER, OURS, household
from benchmarks.system import memory_mb
from bus.client import Bus
from bus.events import PhotoRef, Submitted, new_id
from bus.settings import Settings
from gateway.upload.decode import normalise
from gateway.upload.photo import Limits, Normalised


class Copies:
    """Folders of photos that are new to Heckler."""

    def __init__(self, files: list[Path], side: int, under: Path) -> None:
        upright = (ImageOps.exif_transpose(Image.open(file)).convert("RGB") for file in files)
        self._originals = [ImageOps.contain(image, (side, side)) for image in upright]
        self._seeds = itertools.count()
        self._under = under

    def make(self, count: int) -> list[Path]:
        """So many files in a folder of their own."""
        folder = Path(tempfile.mkdtemp(dir=self._under))
        pictures = itertools.islice(itertools.cycle(self._originals), count)  # the same mix in each folder
        return [self._write(folder, picture, seed) for picture, seed in zip(pictures, self._seeds, strict=False)]

    def _write(self, folder: Path, picture: Image.Image, seed: int) -> Path:
        tones = np.asarray(picture).astype(np.int16)
        grain = np.random.default_rng(seed).integers(-6, 7, (*tones.shape[:2], 1), dtype=np.int16)
        file = folder / f"{seed:06}.jpg"
        Image.fromarray((tones + grain).clip(0, 255).astype(np.uint8)).save(file, quality=90)
        return file


async def system_rate(bus: Bus, images: list[Normalised], names: tuple[str, ...], in_flight: int) -> float:
    """Photos per second from requests to roasts."""
    free = asyncio.Semaphore(in_flight)

    async def one(image: Normalised) -> None:
        async with free:
            id, now = new_id(), time.time()
            await bus.photos.put(id, image.data)
            ref = PhotoRef(key=id, sha256=image.sha256, width=image.width, height=image.height, bytes=1)
            limits = {"join_by": now + 900, "expire_by": now + 1800}
            await bus.submit(Submitted(product="roast", id=id, photo=ref, facts=image.facts, expects=names, **limits))
            async for _ in bus.follow(id):
                pass

    began = time.perf_counter()
    await asyncio.gather(*(one(image) for image in images))
    return len(images) / (time.perf_counter() - began)


@contextlib.contextmanager
def command(bus: Bus, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`heckler batch` on a folder; its summary comes on standard output."""
    out = folder.with_suffix(".jsonl")
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "batch", str(folder), "--out", str(out), "--json"],
        env={**os.environ, "HECKLER_NATS_URL": str(bus.settings.nats_url)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def batch_rate(bus: Bus, folder: Path) -> tuple[float, float]:
    """Photos per second of the command while it worked, and with its start and end. Raises SystemExit if one failed."""
    count, began = len(os.listdir(folder)), time.perf_counter()
    with command(bus, folder) as process:
        said, _ = await asyncio.to_thread(process.communicate)
    whole, summary = time.perf_counter() - began, json.loads(said)
    if summary["done"] != count:
        raise SystemExit(f"{count - summary['done']} photos got no roast: {summary['failures']}")
    return count / summary["seconds"], count / whole


async def memory(bus: Bus, folder: Path) -> None:
    """Prints the memory of the command at every tenth of its photos."""
    count, out = len(os.listdir(folder)), folder.with_suffix(".jsonl")
    print(f"{'photos':>8} {'MB':>8}   resident, of the command and its decoders")
    with command(bus, folder) as process:
        due = [count * tenth // 10 for tenth in range(1, 10)]
        while process.poll() is None:
            await asyncio.sleep(0.1)
            if due and out.exists() and (done := out.read_bytes().count(b"\n")) >= due[0]:
                print(f"{done:8} {memory_mb(process.pid)[0]:8.0f}", flush=True)
                due = [each for each in due if each > done]


async def run(given: argparse.Namespace) -> None:
    settings = Settings(roster=given.roster) if given.roster else Settings()
    more = {name: getattr(settings, name) for name in settings.model_fields_set - OURS}
    names = tuple(Direct(load_roster(settings), store_of(settings)).analyzers)
    with tempfile.TemporaryDirectory() as folder:
        copies, data = Copies(given.files, given.side, Path(folder)), Path(folder, "data")
        link(data, settings)
        async with household(data, settings.roster, len(names), HOUSE_WRITER, **more) as bus:
            await system_rate(bus, _decoded(copies.make(20)), names, max(given.in_flight))  # warm-up
            await compare(bus, copies, names, given)
            if given.memory:
                await memory(bus, copies.make(given.memory)[0].parent)


def link(data: Path, settings: Settings) -> None:
    """Makes a data folder with the models that are here."""
    data.mkdir()
    (data / "models").symlink_to(settings.models)


async def compare(bus: Bus, copies: Copies, names: tuple[str, ...], given: argparse.Namespace) -> None:
    """Prints a line for each round, and one for all."""
    print(f"{len(names)} analyzers, {given.photos} photos of {given.side} pixels a time, {os.cpu_count()} cores")
    print(f"{'round':>8} {'system':>8} {'batch':>8} {'ratio':>6} {'whole':>8}   photos per second")
    best, ours = [], []
    for number in range(given.rounds):
        rates = [await system_rate(bus, _decoded(copies.make(given.photos)), names, n) for n in given.in_flight]
        working, whole = await batch_rate(bus, copies.make(given.photos)[0].parent)
        best.append(max(rates))
        ours.append(working)
        print(f"{number + 1:8} {best[-1]:8.2f} {working:8.2f} {working / best[-1]:6.2f} {whole:8.2f}", flush=True)
    print(f"{'all':>8} {sum(best) / len(best):8.2f} {sum(ours) / len(ours):8.2f} {sum(ours) / sum(best):6.2f}")


def _decoded(files: list[Path]) -> list[Normalised]:
    return [normalise(file.read_bytes(), Limits()) for file in files]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--in-flight", type=int, action="append")
    parser.add_argument("--roster", default="")
    parser.add_argument("--memory", type=int, default=0)
    given = parser.parse_args()
    given.in_flight = given.in_flight or [8, 16]
    uvloop.run(run(given))


if __name__ == "__main__":
    main()
