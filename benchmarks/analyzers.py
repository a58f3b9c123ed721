"""Each analyzer's time in the pipeline beside the same work done bare, in the same run.

    python -m benchmarks.analyzers PHOTO… [--rounds N] [--json FILE]

*bare* are the calls that the analyzer makes into its models, made again with the same inputs and nothing around them
(for analyzers without a model: the analysis itself); *analyzer* is `analyze` called directly on a decoded photo, on an
idle machine; *pipeline* is what the analyzer's event says it took, with everything running. In the pipeline all cores
are at work, and share caches, memory and clock: so *bare* is measured with as many processes replaying such calls at
the same time as there are cores. *whole photo* is the time from the request to its join, beside what these bare models
would need: the longest chain of needs, or all of them spread over the cores, whichever is longer. Photos go through
one at a time; medians over rounds and photos.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import uvloop

from analyzers.base import threads_per_model
from analyzers.runtime.in_process import Direct
from analyzers.runtime.registry import load_roster, wiring_of
from analyzers.weights.store import store_of
from benchmarks.household import HOUSE_WRITER, OURS, household
from benchmarks.replay import Call, Company, company, decoded, recording, replay, timed
from bus.client import Bus
from bus.events import Feature, Joined, PhotoRef, Submitted, new_id
from bus.settings import Settings
from gateway.upload.decode import normalise
from gateway.upload.photo import Limits, Normalised

Times = dict[str, list[float]]


@dataclass
class Measured:
    """Milliseconds of every round: by analyzer, and of the whole photo."""

    bare: Times = field(default_factory=lambda: defaultdict(list))
    analyzer: Times = field(default_factory=lambda: defaultdict(list))
    pipeline: Times = field(default_factory=lambda: defaultdict(list))
    whole: list[float] = field(default_factory=list)
    ideal: list[float] = field(default_factory=list)


def measure_bare(direct: Direct, image: Normalised, others: Company, into: Measured) -> None:
    """One photo through every analyzer, directly; then their calls into the models again, with every core at work."""
    features: dict[str, Feature] = {}
    calls: dict[str, list[Call]] = {}
    for name in direct.analyzers:
        photo = decoded(image)  # a fresh one: nothing is remembered from another's look
        with recording() as calls[name]:
            features[name] = direct.ask(name, photo, features)
        into.analyzer[name].append(features[name].compute_ms or 0.0)
    bare: dict[str, float] = {}
    with others.busy():
        for name, made in calls.items():
            whole = direct.ask(name, decoded(image), features) if not made else None
            bare[name] = (whole.compute_ms or 0.0) if whole else timed(lambda made=made: replay(made))  # type: ignore[misc]
            into.bare[name].append(bare[name])
    into.ideal.append(max(longest_chain(direct, bare), sum(bare.values()) / (os.cpu_count() or 1)))


def longest_chain(direct: Direct, took: dict[str, float]) -> float:
    """The milliseconds of the slowest chain of analyzers that wait for one another."""
    until: dict[str, float] = {}
    for name, analyzer in direct.analyzers.items():
        needs = wiring_of(type(analyzer)).needs
        until[name] = took[name] + max((until.get(need, 0.0) for need in needs), default=0.0)
    return max(until.values(), default=0.0)


async def through_pipeline(bus: Bus, image: Normalised, names: tuple[str, ...], salt: str, into: Measured) -> None:
    """One photo through everything. `salt` keeps the findings of earlier rounds from answering."""
    id, now, photo = new_id(), time.time(), image.marked(salt)
    await bus.photos.put(id, photo.data)
    ref = PhotoRef(key=id, sha256=photo.sha256, width=photo.width, height=photo.height, bytes=len(photo.data))
    began = time.perf_counter()
    await bus.submit(
        Submitted(
            product="roast", id=id, photo=ref, facts=image.facts, expects=names, join_by=now + 300, expire_by=now + 600
        )
    )
    async for stored in bus.follow(id):
        if isinstance(stored.event, Feature):
            into.pipeline[stored.event.analyzer].append(stored.event.compute_ms)
        elif isinstance(stored.event, Joined):
            into.whole.append((time.perf_counter() - began) * 1000)


async def run(files: list[Path], rounds: int) -> Measured:
    settings = Settings()
    cv2.setNumThreads(threads_per_model())
    direct = Direct(load_roster(settings), store_of(settings))
    names = tuple(direct.analyzers)
    images = [normalise(file.read_bytes(), Limits()) for file in files]
    measured, warming = Measured(), Measured()
    given = {name: getattr(settings, name) for name in settings.model_fields_set - OURS}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models").symlink_to(settings.models)
        async with household(Path(folder), settings.roster, len(names), HOUSE_WRITER, **given) as bus:
            with company(files) as others:
                for number in range(-1, rounds):
                    into = measured if number >= 0 else warming
                    for image in images:
                        await through_pipeline(bus, image, names, f"-{number}", into)
                        await asyncio.to_thread(measure_bare, direct, image, others, into)
    return measured


def medians(measured: Measured) -> dict[str, dict[str, float]]:
    """Analyzer → its three medians in ms, and their ratio."""
    table = {}
    for name in measured.bare:
        three = {
            kind: statistics.median(getattr(measured, kind)[name] or [0.0]) for kind in ("bare", "analyzer", "pipeline")
        }
        table[name] = three | {"ratio": three["pipeline"] / three["bare"] if three["bare"] else 0.0}
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write the medians there; docs/analyzers.md quotes them")
    given = parser.parse_args()
    measured = uvloop.run(run(given.photos, given.rounds))
    table = medians(measured)
    print(f"{len(given.photos)} photos, {given.rounds} rounds, {os.cpu_count()} cores; medians in ms")
    print(f"{'analyzer':14} {'bare':>8} {'analyzer':>9} {'pipeline':>9} {'pipeline / bare':>16}")
    for name, row in table.items():
        print(f"{name:14} {row['bare']:8.1f} {row['analyzer']:9.1f} {row['pipeline']:9.1f} {row['ratio']:16.2f}")
    over = statistics.median(row["ratio"] for row in table.values() if row["bare"] > 1)
    whole, ideal = statistics.median(measured.whole), statistics.median(measured.ideal)
    print(f"median ratio of those above 1 ms: {over:.2f}")
    print(f"whole photo: {whole:.1f} ms; the models alone: {ideal:.1f} ms; ratio {whole / ideal:.2f}")
    if given.json:
        given.json.write_text(json.dumps({name: round(row["analyzer"], 1) for name, row in table.items()}, indent=1))


if __name__ == "__main__":
    main()
