"""Each analyzer's time in the pipeline beside the same work done bare, in the same run.

    python -m benchmarks.analyzers PHOTO… [--rounds N]

*bare model* is the network alone on a prepared input (for analyzers without a network: the analysis itself, on a
decoded photo); *analyzer* is `analyze` called directly; *pipeline* is what the analyzer's event says it took, with
everything running. Photos go through one at a time; medians over rounds and photos.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import uvloop

from analyzers import nudenet_detector
from analyzers.base import Photo, fit, threads_per_model
from analyzers.faces import YuNet
from analyzers.rosters import load_roster, wiring_of
from analyzers.text import READING_SIDE
from analyzers.weights import store_of
from benchmarks.household import HOUSE_WRITER, household
from bus.client import Bus
from bus.events import Feature, PhotoRef, Submitted, new_id
from bus.features import Faces
from bus.settings import Settings
from gateway.decode import Limits, Normalised, normalise

Bare = Callable[[], object]


def bare_faces(analyzer: Any, photo: Photo) -> Bare:
    detector = analyzer._detector
    if not isinstance(detector, YuNet):
        return bare_explicit(analyzer, photo)  # without YuNet's weights NudeNet's one run serves both
    longest = max(photo.width, photo.height)
    steps = [step for i, step in enumerate(detector.PASSES) if i == 0 or longest > detector.PASSES[i - 1].side * 1.25]
    images = [fit(photo.bgr, step.side)[0] for step in steps]
    return lambda: [detector._detect(image) for image in images]


def bare_explicit(analyzer: Any, photo: Photo) -> Bare:
    found = nudenet_detector.detector()
    blob, _ = nudenet_detector.prepare(photo.rgb, nudenet_detector.input_side(photo.width, photo.height))
    return lambda: found._session.run(None, {found._input: blob})


def bare_text(analyzer: Any, photo: Photo) -> Bare:
    image, _ = photo.fit(READING_SIDE)
    return lambda: analyzer._reader.read(image)


BARE = {"faces": bare_faces, "explicit": bare_explicit, "text": bare_text}


def timed(work: Bare) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


class Direct:
    """The analyzers of the roster, called without any pipeline."""

    def __init__(self, settings: Settings) -> None:
        store = store_of(settings)
        self.analyzers = {
            wiring_of(cls).name: cls(store.available(cls)[0])
            for cls in load_roster(settings)
            if not store.available(cls)[1]
        }

    def measure(self, image: Normalised, times: dict[str, dict[str, list[float]]]) -> None:
        faces = Faces()
        for name, analyzer in self.analyzers.items():
            photo = Photo(image.data, image.facts)  # a fresh one: nothing is remembered from the last round
            _ = photo.bgr, photo.gray, photo.rgb
            arguments: dict[str, Any] = {"photo": photo} if wiring_of(type(analyzer)).takes_photo else {}
            if wiring_of(type(analyzer)).waits_for:
                arguments["faces"] = faces
            began = time.perf_counter()
            finding = analyzer.analyze(**arguments)
            times[name]["analyzer"].append((time.perf_counter() - began) * 1000)
            if isinstance(finding, Faces):
                faces = finding
            if name in BARE:
                times[name]["bare"].append(timed(BARE[name](analyzer, photo)))
            else:
                times[name]["bare"].append(times[name]["analyzer"][-1])


async def through_pipeline(bus: Bus, image: Normalised, names: tuple[str, ...], salt: str) -> list[Feature]:
    """The features of one photo. `salt` keeps the findings of earlier rounds from answering."""
    id, now = new_id(), time.time()
    await bus.photos.put(id, image.data)
    ref = PhotoRef(key=id, sha256=f"{image.sha256}{salt}", width=image.width, height=image.height, bytes=1)
    await bus.submit(
        Submitted(id=id, photo=ref, facts=image.facts, expects=names, join_by=now + 300, expire_by=now + 600)
    )
    return [stored.event async for stored in bus.follow(id) if isinstance(stored.event, Feature)]


async def run(files: list[Path], rounds: int) -> None:
    settings = Settings()
    cv2.setNumThreads(threads_per_model())
    direct = Direct(settings)
    names = tuple(direct.analyzers)
    images = [normalise(file.read_bytes(), Limits()) for file in files]
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    more = {name: getattr(settings, name) for name in settings.model_fields_set if name.startswith("models")}
    with tempfile.TemporaryDirectory() as folder:
        async with household(Path(folder), settings.roster, len(names), HOUSE_WRITER, **more) as bus:
            for number in range(-1, rounds):
                for image in images:
                    features = await through_pipeline(bus, image, names, f"-{number}")
                    if number < 0:
                        continue  # warm-up
                    for feature in features:
                        times[feature.analyzer]["pipeline"].append(feature.compute_ms)
                    await asyncio.to_thread(direct.measure, image, times)
    print(f"{len(files)} photos, {rounds} rounds, {os.cpu_count()} cores; medians in ms")
    print(f"{'analyzer':12} {'bare model':>10} {'analyzer':>9} {'pipeline':>9} {'pipeline / bare':>16}")
    for name in names:
        bare, alone, piped = (statistics.median(times[name][kind]) for kind in ("bare", "analyzer", "pipeline"))
        print(f"{name:12} {bare:10.1f} {alone:9.1f} {piped:9.1f} {piped / bare if bare else 0:16.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    uvloop.run(run(given.photos, given.rounds))


if __name__ == "__main__":
    main()
