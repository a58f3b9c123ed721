"""The whole system as a user starts it: ready, first sign of life, memory after some photos.

    python -m benchmarks.system PHOTO… [--rounds N]

Starts `heckler up` on a data folder of its own. Compares the time to the first server-sent event after the POST was
answered with the time of the whole roast, and the memory before the first photo with that after all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx


def children(pid: int) -> list[int]:
    """`pid` and everything below it."""
    listing = subprocess.run(["ps", "-Ao", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = [tuple(map(int, line.split())) for line in listing.splitlines()]
    family = [pid]
    for each in family:
        family.extend(child for child, parent in parents if parent == each)
    return family


def memory_mb(pid: int) -> tuple[float, float]:
    """(proportional, plain) resident megabytes of a process and all below it; shared pages count once in the first."""
    totals = {"Pss": 0, "Rss": 0}
    for each in children(pid):
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        except OSError:
            continue
        for kind in totals:
            totals[kind] += int(re.search(rf"^{kind}:\s+(\d+)", rollup, re.M)[1])  # type: ignore[index]
    return totals["Pss"] / 1024, totals["Rss"] / 1024


def start(data: Path) -> tuple[subprocess.Popen[bytes], str, float]:
    """(the process, its address, seconds until it said that it is ready)."""
    began = time.perf_counter()
    command = [str(Path(sys.executable).with_name("heckler")), "up", "--data", str(data), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            found = json.loads((data / "run.json").read_text())
            if found["ready"]:
                return process, found["url"], time.perf_counter() - began
        except (OSError, ValueError):
            pass
        if process.poll() is not None:
            raise SystemExit("heckler up ended early: see what it says when you start it yourself")
        time.sleep(0.02)


def roast(client: httpx.Client, photo: Path) -> tuple[float, float, float]:
    """Milliseconds: POST to its answer; from the answer to the first event; from the POST's start to the roast."""
    began = time.perf_counter()
    answer = client.post("/api/roasts", files={"photo": (photo.name, photo.read_bytes())})
    answer.raise_for_status()
    answered = time.perf_counter()
    first = 0.0
    with client.stream("GET", answer.json()["links"]["events"]) as stream:
        for line in stream.iter_lines():
            if line.startswith("event:") and not first:
                first = time.perf_counter()
    return (answered - began) * 1000, (first - answered) * 1000, (time.perf_counter() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, url, ready = start(Path(folder))
        print(f"ready after {ready:.1f} s")
        try:
            before = memory_mb(process.pid) if os.path.exists("/proc/self/smaps_rollup") else None
            with httpx.Client(base_url=url, timeout=60) as client:
                times = [roast(client, photo) for photo in given.photos]
                again = [roast(client, photo) for _ in range(given.rounds) for photo in given.photos]
            for name, rows in (("new photos", times), ("seen before", again)):
                posted, first, whole = (statistics.median(column) for column in zip(*rows, strict=True))
                print(f"{name:12} POST {posted:6.1f} ms   first event {first:5.1f} ms   whole roast {whole:7.1f} ms")
            if before:
                time.sleep(5)  # what was freed goes back to the system when no analyzer has worked for a moment
                after = memory_mb(process.pid)
                print(f"memory, proportional: {before[0]:.0f} MB before, {after[0]:.0f} MB after the photos")
                print(f"memory, plain sum:    {before[1]:.0f} MB before, {after[1]:.0f} MB after the photos")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


if __name__ == "__main__":
    main()
