"""Many odd photos through every analyzer: none raises, none takes more memory than it may, none keeps it.

    python -m benchmarks.endurance FOLDER [--photos N] [--seeds S…]

A process for each seed looks at N mutations of the photos in FOLDER, and prints a JSON line: the resident megabytes
after each photo, the most that each analyzer took for one, and the weights that were not there. Then each is judged;
the exit status is 1 when one does not pass. Needs Linux's /proc. The tests run it with few photos, which finds a leak
of about 2 MB a photo; 250 find one of 0.3.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from analyzers.base import Photo, threads_per_model
from analyzers.runtime.in_process import Direct
from analyzers.runtime.malloc import give_memory_back, keep_memory
from analyzers.runtime.registry import load_roster
from analyzers.weights.store import store_of
from benchmarks.odd_photos import mutated
from bus.events import Feature
from bus.settings import Settings
from gateway.upload.decode import normalise
from gateway.upload.photo import Limits, Rejected

BUDGET_MB = 350
"""Most that one analyzer may take for one photo of at most 2048 px, on top of what its models hold."""
GROWTH = 1.1
"""Most that the process may hold at the end, as a multiple of what it held when every model had been at work."""


def opened(upload: bytes) -> Photo:
    """The photo as the intake makes it; what that refuses, narrow slivers, as it is: analyzers bear those, too."""
    try:
        normal = normalise(upload, Limits())
    except Rejected:
        return Photo(upload)
    return Photo(normal.data, normal.facts)


def _memory(field: str) -> float:
    """A line of /proc/self/status, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def endure(folder: Path, count: int, seed: int) -> dict[str, object]:
    """What this process took: `resident` after each photo, `peak` by analyzer, `missing` weights."""
    keep_memory()
    cv2.setNumThreads(threads_per_model())
    settings = Settings()
    direct = Direct(load_roster(settings), store_of(settings))
    photos = [np.array(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*.*g"))]
    resident: list[float] = []
    peak: dict[str, float] = {}
    for upload in mutated(photos, count, seed):
        photo, features = opened(upload), dict[str, Feature]()
        _ = photo.bgr, photo.rgb, photo.gray
        for name in direct.analyzers:
            before = _memory("VmRSS")
            Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts again from here
            features[name] = direct.ask(name, photo, features)
            peak[name] = max(peak.get(name, 0.0), _memory("VmHWM") - before)
        del photo, features
        give_memory_back()
        resident.append(_memory("VmRSS"))
    return {"resident": resident, "peak": peak, "missing": direct.missing}


def complaints(resident: list[float], peak: dict[str, float]) -> list[str]:
    """What is wrong with that; nothing, if all is well."""
    greedy = [f"{name} took {taken:.0f} MB for a photo" for name, taken in peak.items() if taken > BUDGET_MB]
    count = len(resident)
    settled, end = statistics.median(resident[count // 3 : count // 2]), statistics.median(resident[-(count // 5) :])
    return greedy + ([f"memory grew from {settled:.0f} to {end:.0f} MB"] if end > settled * GROWTH else [])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=250)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--alone", action="store_true", help="in this process, for the first seed, without a judgement")
    given = parser.parse_args()
    if given.alone:
        print(json.dumps(endure(given.folder, given.photos, given.seeds[0])))
        return 0
    command = [sys.executable, "-m", "benchmarks.endurance", str(given.folder), "--alone"]
    command += ["--photos", str(given.photos), "--seeds"]
    running = [subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True) for seed in given.seeds]
    wrong = []
    for process in running:
        out, _ = process.communicate()
        print(out, end="")
        if process.returncode:
            wrong.append(f"a process ended with {process.returncode}")
        else:
            found = json.loads(out.splitlines()[-1])
            wrong += complaints(found["resident"], found["peak"])
    for one in wrong:
        print(one, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
