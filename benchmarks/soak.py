"""Hours in minutes: photos and watchers without end; memory and descriptors of every process must come to rest.

    python -m benchmarks.soak [--photos N] [--watchers N] [--in-flight N] [--analyzers instant|every]

After each tenth of the photos all clients stop for a moment, and each process is measured: its proportional and its
resident memory, its descriptors. From the end of the first tenth on, no process may grow by more than `GROWTH` and
`GROWTH_MB`, or `GROWTH_DESCRIPTORS`. The NATS server is excepted from the memory's limit, since it keeps an index of
all that the log holds: it may grow by `INDEX_KB` a request. The size of the log for each request is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.chaos_system import roster
from benchmarks.processes import System, descriptors, memory
from benchmarks.soak_load import Crowd
from bus.client import connect
from bus.jetstream.embedded_server import free_port
from bus.service.tasks import end
from bus.settings import Settings

PARTS = 10
GROWTH, GROWTH_MB, GROWTH_DESCRIPTORS = 0.10, 12.0, 12
INDEX_KB = 32.0
REST_S = 3.0
"""What was freed goes back to the system when nothing has happened for a moment."""


@dataclass(frozen=True)
class Measured:
    """One role's processes, added up: megabytes and descriptors."""

    pss: float
    rss: float
    descriptors: int


Row = Mapping[str, Measured]


@dataclass(frozen=True)
class Soaked:
    """A row for each tenth, the log's bytes for each request, and what grew although it must not."""

    rows: Sequence[Row]
    log_bytes: float
    counted: Mapping[str, int]
    wrong: Sequence[str]


def measured(system: System) -> Row:
    """Every role's use of memory and descriptors now."""
    found = {}
    for role, pids in system.roles().items():
        uses = [memory(pid) for pid in pids]
        opened = sum(len(descriptors(pid)) for pid in pids)
        found[role] = Measured(sum(use.pss for use in uses), sum(use.rss for use in uses), opened)
    return found


def growth(rows: Sequence[Row], requests: int) -> list[str]:
    """What grew from the end of the first part to that of the last, beyond what is allowed; `requests` lie between."""
    first, last, wrong = rows[0], rows[-1], []
    for role in first.keys() & last.keys():
        before, after = first[role], last[role]
        allowed = before.rss * GROWTH + GROWTH_MB
        if role == "nats-server":
            allowed += requests * INDEX_KB / 1024
        if after.rss - before.rss > allowed:
            wrong.append(f"{role}: {before.rss:.0f} MB grew to {after.rss:.0f} MB, and {allowed:.0f} MB are allowed")
        if after.descriptors - before.descriptors > GROWTH_DESCRIPTORS:
            wrong.append(f"{role}: {before.descriptors} descriptors became {after.descriptors}")
    return sorted(wrong)


async def soak(
    folder: Path, photos: int, watchers: int, in_flight: int, analyzers: str = "instant", parts: int = PARTS
) -> Soaked:
    """One soak, in an empty folder."""
    system = System(folder / "data", folder / "up.log", free_port(), **roster(analyzers))
    system.start()
    try:
        await asyncio.to_thread(system.wait_until_ready)
        crowd, rows = Crowd(system.url, seed=1), []
        for part in range(parts):
            watching = asyncio.create_task(crowd.watch(watchers))
            await crowd.photos(part * photos // parts, photos // parts, in_flight)
            await end(watching)
            await asyncio.sleep(REST_S)
            rows.append(await asyncio.to_thread(measured, system))
            _print_row(part, rows[-1])
        log_bytes = await _log_bytes(system) / photos
        return Soaked(rows, log_bytes, crowd.counted, growth(rows, photos - photos // parts))
    finally:
        await asyncio.to_thread(system.stop)


async def _log_bytes(system: System) -> float:
    bus = await connect(Settings(nats_url=system.run_file()["nats"]["admin"]), "admin")
    with contextlib.ExitStack():
        size = (await bus.api("STREAM.INFO.PHOTOS"))["state"]["bytes"]
        await bus.close()
        return float(size)


def _print_row(part: int, row: Row) -> None:
    cells = (f"{role} {use.pss:.0f}/{use.rss:.0f} MB {use.descriptors} fds" for role, use in sorted(row.items()))
    print(f"{part + 1:3}  {'   '.join(cells)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--watchers", type=int, default=2_000)
    parser.add_argument("--in-flight", type=int, default=16)
    parser.add_argument("--analyzers", choices=("instant", "every"), default="instant")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="heckler-soak-") as folder:
        result = uvloop.run(soak(Path(folder), given.photos, given.watchers, given.in_flight, given.analyzers))
    print(", ".join(f"{n} {what}" for what, n in sorted(result.counted.items())))
    print(f"the log has {result.log_bytes / 1024:.1f} KB for each request")
    for words in result.wrong:
        print(f"WRONG {words}")
    sys.exit(bool(result.wrong))


if __name__ == "__main__":
    main()
