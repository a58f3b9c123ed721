"""Chaos, the short version: every kind of fault that this machine allows, one server, some sixty requests.

It asserts what must hold whatever happens, and no times: a busy machine makes it slower, not red.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.chaos import Plan, again, run
from benchmarks.chaos_schedule import TARGETS
from benchmarks.chaos_system import left_out

SEED = 20
LONG = {"freeze"}
"""A process that stops for ever is replaced after half a minute: the long version waits for that."""


@pytest.mark.timeout(900)  # on a machine that is busy with much else
def test_nothing_is_lost_twice_stuck_or_wrongly_blamed(tmp_path: Path) -> None:
    """Longer than twenty seconds: a start, and as many faults as have to meet a request each."""
    kinds = [kind for kind in TARGETS if kind not in left_out(TARGETS, "single").keys() | LONG]
    plan = Plan(requests=60, seed=SEED, kinds=kinds, rate=3, in_flight=8, recovery_s=120, check_erased=False)
    outcome = asyncio.run(run(plan, tmp_path))
    assert outcome.wrong == [], f"again: {again(plan, '')}"
    assert len(outcome.load.requests) >= plan.requests
    assert outcome.faults.done
