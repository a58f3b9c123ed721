"""The faults of a seed: always the same, of the kinds that were asked for, at what they can strike."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.chaos_schedule import NODES, ROLES, SECONDS, TARGETS, Fault, Inflicted, schedule, targets_of

KINDS = st.sets(st.sampled_from(sorted(TARGETS)), min_size=1)


@given(seed=st.integers(0, 10**9), kinds=KINDS, cluster=st.booleans())
def test_a_seed_names_its_faults(seed: int, kinds: set[str], cluster: bool) -> None:
    faults = list(islice(schedule(seed, kinds, cluster=cluster), 50))
    assert faults == list(islice(schedule(seed, kinds, cluster=cluster), 50))
    for fault in faults:
        assert fault.kind in kinds
        assert fault.target in targets_of(fault.kind, cluster)
        assert SECONDS[fault.kind][0] <= fault.seconds <= SECONDS[fault.kind][1]
        assert 0.5 <= fault.after <= 1.5


@given(seed=st.integers(0, 10**9))
def test_what_is_spared_is_never_struck(seed: int) -> None:
    faults = islice(schedule(seed, TARGETS, spared=("decoder", "disk")), 200)
    assert {fault.target for fault in faults} <= set(ROLES) | {"clock"} - {"decoder"}
    assert not list(islice(schedule(seed, ["disk"], spared=("disk",)), 1))


def test_every_process_is_killed_sooner_or_later() -> None:
    assert {fault.target for fault in islice(schedule(1, ["kill"]), 500)} == set(ROLES)
    on_a_cluster = {fault.target for fault in islice(schedule(1, ["kill"], cluster=True), 500)}
    assert on_a_cluster == (set(ROLES) | set(NODES)) - {"nats-server"}


def test_a_fault_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"no such fault: fire; there are: kill, stop"):
        next(schedule(1, ["kill", "fire"]))


def test_a_fault_says_what_it_is_and_when_it_was() -> None:
    fault = Fault(1, "partition", "gateway", 2.5, mode="stall")
    assert str(fault) == "partition gateway stall for 2.5 s"
    assert str(Fault(1, "disk", "disk", 1)) == "disk for 1.0 s"
    happened = Inflicted(fault, start=10, end=12)
    assert [happened.touches(*span) for span in ((1, 9), (1, 10), (11, 11), (12, 20), (13, 20))] == [
        False, True, True, True, False,
    ]  # fmt: skip
