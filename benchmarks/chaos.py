"""Faults at random while people use it: nothing may be lost, end twice, get stuck, or blame what was not the matter.

    python -m benchmarks.chaos [--requests N] [--analyzers instant|every] [--topology single|cluster]
                               [--seed N] [--faults kill,stop,…] [--rate N] [--period S] [--skip-erased] [--keep]

A `heckler up` of its own is struck by about one fault each `--period` seconds while clients upload, watch, hang up,
resume, cancel, delete and ask for encores. The seed decides which faults come in which order, and what clients do; when
exactly each meets the other is up to the machine. *Every* analyzer is each that has weights: HECKLER_MODELS_MIRROR
and the other settings of models count here. What must hold is in `benchmarks.chaos_checker`. A run that finds
something exits with 1, tells how to repeat it, and leaves its folder.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from benchmarks.chaos_checker import Observed, violations
from benchmarks.chaos_cluster import ThreeServers
from benchmarks.chaos_evidence import gather, traces, unknown_requests
from benchmarks.chaos_faults import Faults
from benchmarks.chaos_load import Load
from benchmarks.chaos_report import report
from benchmarks.chaos_schedule import TARGETS, schedule
from benchmarks.chaos_system import OneServer, left_out
from bus.client import Bus, connect
from bus.erasure.overwrite import FINAL_SWEEP_S

MARGIN_S = 30.0
"""How long after its expiry a request may still be without an ending."""

QUIET_S = 8.0
"""When nothing has been accepted for this long, the faults stop until something is."""
SWEPT_S = FINAL_SWEEP_S + 15
"""How long after a deletion the last sweep over what was deleted has been made."""
TIDY_S = 180.0
"""How long after the load the rest is gone as well: photos of uploads that came to nothing (`bus.erasure.leftovers`),
and the server's own list of subjects, which it writes anew every two minutes and a half at the latest."""
SEARCH_AGAIN_S = 5.0


@dataclass
class Plan:
    """What to do."""

    requests: int
    seed: int
    kinds: Sequence[str]
    analyzers: str = "instant"
    topology: str = "single"
    rate: float = 10.0
    in_flight: int = 24
    period: float = 1.0
    expiry_s: float = 120.0
    recovery_s: float = 10.0
    check_erased: bool = True
    spared: Sequence[str] = ()
    variables: dict[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """What was seen. `wrong` is empty when all is well."""

    load: Load
    faults: Faults
    seconds: float
    recovery_s: float = 0.0
    pauses_s: list[float] = field(default_factory=list)
    """Seconds until a photo was accepted, each time that the faults had to stop for it."""
    wrong: list[str] = field(default_factory=list)


async def run(plan: Plan, folder: Path) -> Outcome:
    """One run, in an empty folder."""
    variables = {"HECKLER_EXPIRY_S": f"{plan.expiry_s:g}", **plan.variables}
    make = ThreeServers if plan.topology == "cluster" else OneServer
    began = time.monotonic()
    async with make(folder, plan.kinds, plan.analyzers, **variables).running() as target:
        load = Load(target.system.url, plan.seed, plan.expiry_s + MARGIN_S)
        faults = Faults(target)
        outcome = Outcome(load, faults, 0)
        try:
            names = await load.analyzers()
            print(f"{len(names)} analyzers: {', '.join(names)}", flush=True)
            await _with_faults(plan, load, outcome)
            outcome.recovery_s = await _recovery(load, plan, outcome)
            await load.finish()
            outcome.wrong += load.stalled
            outcome.seconds = time.monotonic() - began
            await _judge(plan, target, outcome)
        finally:
            await load.close()
    return outcome


async def _with_faults(plan: Plan, load: Load, outcome: Outcome) -> None:
    """Load, and faults as long as it goes on; returns when all of them are healed."""
    faults = outcome.faults
    loading = asyncio.create_task(load.run(plan.requests, plan.rate, plan.in_flight))
    for fault in schedule(plan.seed, plan.kinds, plan.period, plan.topology == "cluster", plan.spared):
        await asyncio.wait({loading}, timeout=fault.after)
        if loading.done():
            break
        if load.quiet_s() > QUIET_S:
            await _pause(plan, load, outcome)
        print(f"{len(load.requests):6} {fault}", file=sys.stderr, flush=True)
        faults.inflict(fault)
    await faults.healed()
    await loading


async def _pause(plan: Plan, load: Load, outcome: Outcome) -> None:
    """No more faults until a photo is accepted again: how long that takes once all are healed is measured."""
    await outcome.faults.healed()
    began = time.monotonic()
    await load.next_accepted()
    outcome.pauses_s.append(time.monotonic() - began)
    if outcome.pauses_s[-1] > plan.recovery_s:
        outcome.wrong.append(f"{outcome.pauses_s[-1]:.1f} s without a fault until a photo was accepted again")


async def _recovery(load: Load, plan: Plan, outcome: Outcome) -> float:
    """Seconds from now until a photo that is sent now, or when it was refused again, has its complete roast."""
    began = time.monotonic()
    for attempt in itertools.count():
        roasted = await load.roasted(plan.seed * 1_000_003 + 999_983 - attempt)
        if roasted or time.monotonic() - began > plan.recovery_s:
            break
    took = time.monotonic() - began
    if took > plan.recovery_s:
        outcome.wrong.append(f"{took:.1f} s after the last fault until a photo had its roast")
    return took


async def _judge(plan: Plan, target: OneServer, outcome: Outcome) -> None:
    bus = await connect(target.admin(), "admin")
    try:
        await _collect(plan, target, outcome, bus)
    finally:
        await bus.close()
    requests = list(outcome.load.requests.values())
    found = violations(requests, outcome.load.refusals, outcome.faults.done, plan.check_erased)
    outcome.wrong += [*outcome.faults.broken, *found]


async def _collect(plan: Plan, target: OneServer, outcome: Outcome, bus: Bus) -> None:
    load = outcome.load
    outcome.wrong += await unknown_requests(bus, load.requests, plan.expiry_s + MARGIN_S)
    deleted = [request for request in load.requests.values() if request.erased]
    if plan.check_erased and deleted:
        await _look_for_traces(target.stores, load, deleted)
    await gather(list(load.requests.values()), target.system.url, bus)


async def _look_for_traces(stores: Path, load: Load, deleted: Sequence[Observed]) -> None:
    """Notes in which files the deleted requests are found after the last sweep, and for as long as tidying takes."""
    deadline = time.monotonic() + TIDY_S
    last = max(request.ended_at or 0.0 for request in deleted)
    await asyncio.sleep(max(0.0, last + SWEPT_S - time.monotonic()))
    while found := await asyncio.to_thread(traces, stores, {each.id: load.traces[each.id] for each in deleted}):
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(SEARCH_AGAIN_S)
    for request in deleted:
        request.traces = found.get(request.id, ())


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000, help="acknowledged ones, encores included")
    parser.add_argument("--analyzers", choices=("instant", "every"), default="instant")
    parser.add_argument("--topology", choices=("single", "cluster"), default="single")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--faults", default=",".join(TARGETS), help=f"of {', '.join(TARGETS)}; ',' between")
    parser.add_argument("--spare", default="", help="what no fault may strike, such as decoder; ',' between")
    parser.add_argument("--rate", type=float, default=10, help="uploads a second")
    parser.add_argument("--in-flight", type=int, default=24, help="uploads and requests under way, at most")
    parser.add_argument("--period", type=float, default=1, help="seconds from one fault to the next, about")
    parser.add_argument("--expiry", type=float, default=120, help="HECKLER_EXPIRY_S of the system")
    parser.add_argument("--skip-erased", action="store_true", help="do not search the disk for what was deleted")
    parser.add_argument("--keep", action="store_true", help="leave the folder although nothing was wrong")
    return parser.parse_args(arguments)


def again(plan: Plan, spared: str) -> str:
    """The command that repeats a run."""
    words = [f"--requests {plan.requests} --seed {plan.seed} --faults {','.join(plan.kinds)}"]
    words += [f"--analyzers {plan.analyzers} --topology {plan.topology} --expiry {plan.expiry_s:g}"]
    words += [f"--rate {plan.rate:g} --in-flight {plan.in_flight} --period {plan.period:g}"]
    words += [f"--spare {spared}"] if spared else []
    return f"python -m benchmarks.chaos {' '.join(words)}"


def main() -> None:
    given = parse()
    kinds = [kind for kind in given.faults.split(",") if kind]
    for kind, why in left_out(kinds, given.topology).items():
        print(f"left out: {kind}, since {why}")
        kinds.remove(kind)
    plan = Plan(
        given.requests, given.seed, kinds, given.analyzers, given.topology, given.rate, given.in_flight,
        given.period, given.expiry, check_erased=not given.skip_erased, spared=given.spare.split(","),
    )  # fmt: skip
    print(f"seed {plan.seed}, faults {', '.join(kinds) or 'none'}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="heckler-chaos-"))
    outcome = uvloop.run(run(plan, folder))
    print(report(outcome.load, outcome.faults, outcome.seconds, outcome.recovery_s, outcome.pauses_s))
    for words in outcome.wrong:
        print(f"WRONG {words}")
    if outcome.wrong:
        print(f"{len(outcome.wrong)} wrong; its folder: {folder}\nAgain: {again(plan, given.spare)}")
        sys.exit(1)
    if not given.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
