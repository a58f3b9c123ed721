"""Chaos, the short version: every kind of fault that this machine allows, one server, a hundred requests.

It asserts what must hold whatever happens, and no times: a busy machine makes it slower, not red.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.chaos import Plan, again, run
from benchmarks.chaos_schedule import TARGETS
from benchmarks.chaos_system import left_out

SEED = 20
NOT_YET = {"freeze"}
"""A process that stops for ever is replaced after half a minute: the long version waits for that."""


def test_nothing_is_lost_twice_stuck_or_wrongly_blamed(tmp_path: Path) -> None:
    """Half a minute of faults, since a dozen of them have to meet a request each; and the start before it."""
    kinds = [kind for kind in TARGETS if kind not in left_out(TARGETS, "single").keys() | NOT_YET]
    plan = Plan(
        requests=120, seed=SEED, kinds=kinds, rate=4, in_flight=16, expiry_s=60, recovery_s=60, check_erased=False,
        variables={"HECKLER_ACK_WAIT_S": "3"},
    )  # fmt: skip
    outcome = asyncio.run(run(plan, tmp_path))
    assert outcome.wrong == [], f"again: {again(plan, '')}"
    assert len(outcome.load.requests) >= plan.requests
    assert len(outcome.faults.done) >= 5
