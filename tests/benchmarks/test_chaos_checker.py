"""The checker of the chaos benchmark must be able to fail: each thing that must not be is shown to it once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.chaos_checker import ALWAYS, GRACE_S, NO_ANSWER, ErrorAnswer, Observed, allowed, violations
from benchmarks.chaos_schedule import Fault, Inflicted

EVENTS = [(4, "submitted"), (5, "feature"), (7, "feature"), (8, "joined"), (9, "line"), (10, "roast")]


def good(**more: Any) -> Observed:
    """A request with which all is well."""
    known: dict[str, Any] = {
        "id": "a", "at": 100.0, "seen": [*EVENTS[:1], (0, "started"), *EVENTS[1:]], "ended_at": 101.0,
        "status": "done", "replay": EVENTS, "stored": EVENTS, "endings": 1,
    }  # fmt: skip
    return Observed(**{**known, **more})


def inflicted(target: str, start: float = 100.0, end: float = 101.0) -> Inflicted:
    return Inflicted(Fault(1, "kill", target, 0), start, end)


def failed(code: str, at: float = 101.0) -> Observed:
    events = [(4, "submitted"), (6, "failed")]
    return good(status="failed", code=code, seen=events, replay=events, stored=events, ended_at=at)


def test_nothing_is_wrong_with_what_is_right() -> None:
    erased = good(id="b", erased=True, status="not_found", stored=(), endings=0, replay=(), seen=[])
    assert violations([good(), erased], [], []) == []


WRONG: dict[str, tuple[Observed, str]] = {
    "a lost request": (good(stored=(), endings=0, status="not_found", replay=()), "lost"),
    "no ending": (good(stored=EVENTS[:-1], endings=0, status="running", replay=(), ended_at=None), "no ending"),
    "a client that never saw it": (good(ended_at=None), "never saw the ending"),
    "two endings": (good(endings=2), "ended 2 times"),
    "another ending by GET": (good(status="failed", code="expired"), "GET says failed, the log roast"),
    "another ending by replay": (good(replay=[*EVENTS[:-1], (11, "cancelled")]), "the replay ended with cancelled"),
    "an event missing after a resume": (good(seen=EVENTS[:2] + EVENTS[3:]), "missing [(7, 'feature')]"),
    "an event missing in the replay": (good(replay=EVENTS[1:]), "missing [(4, 'submitted')]"),
    "an event twice": (good(seen=EVENTS[:3] + EVENTS[2:]), "twice [7]"),
    "events out of order": (good(seen=[EVENTS[1], EVENTS[0], *EVENTS[2:]]), "SSE is not what is stored"),
    "a stranger among them": (good(seen=[*EVENTS[:-1], (99, "line"), EVENTS[-1]]), "not in the log [(99, 'line')"),
    "a cancelled one that was roasted": (good(cancelled=True), "cancellation was acknowledged"),
    "a deleted one that can be read": (good(erased=True, status="done", stored=()), "GET says done"),
    "a deleted one in the log": (good(erased=True, status="not_found"), "6 of its events"),
    "a deleted one on the disk": (
        good(erased=True, status="not_found", stored=(), traces=["nats/1.blk (its photo)"]), "nats/1.blk (its photo)",
    ),
    "a failure without a fault": (failed("expired"), "failed as expired"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_must_not_be_is_found(case: str) -> None:
    request, words = WRONG[case]
    found = violations([request], [], [])
    assert any(words in each for each in found), found


def test_two_acknowledgements_with_one_id_are_found() -> None:
    assert violations([good(), good()], [], []) == ["two requests were acknowledged as a"]


def test_traces_on_the_disk_can_be_left_to_another_time() -> None:
    request, _ = WRONG["a deleted one on the disk"]
    assert violations([request], [], [], check_erased=False) == []


@pytest.mark.parametrize(("target", "when", "wrong"), [
    ("nats-server", 100.5, False), ("disk", 111, False), ("supervisor", 131, False), ("nats-server", 120, True),
    ("gateway", 100.5, True),
])  # fmt: skip
def test_what_a_server_was_overwriting_when_it_was_struck_may_stay(target: str, when: float, wrong: bool) -> None:
    request = replace(WRONG["a deleted one on the disk"][0], erasing_since=100.0)
    assert bool(violations([request], [], [inflicted(target, when, when)])) == wrong


def test_a_failure_needs_a_fault_that_explains_it() -> None:
    assert violations([failed("expired")], [], [inflicted("worker")]) == []
    assert violations([failed("expired")], [], [inflicted("decoder")]) != []
    assert violations([failed("nothing_to_say")], [], [inflicted("worker")]) != []
    assert violations([failed("expired")], [], [inflicted("worker", 100 - 2 * GRACE_S, 99 - GRACE_S)]) != []
    assert violations([failed("expired")], [], [inflicted("worker", 200, 201)]) != []


def test_an_error_answer_needs_a_fault_that_explains_it() -> None:
    refusal = ErrorAnswer("an upload", sent=100, at=101, code="bus_down")
    assert violations([], [refusal], [inflicted("nats-server")]) == []
    assert violations([], [refusal], []) != []
    assert violations([], [refusal], [inflicted("disk", end=102)]) != []
    assert violations([], [refusal], [inflicted("disk", end=100)]) == []  # there is room, and its server is replaced
    assert violations([], [replace(refusal, code="internal")], [inflicted("nats-server")]) != []
    assert violations([], [replace(refusal, code="no_analyzers")], [inflicted("nats-server")]) != []
    assert violations([], [replace(refusal, code=NO_ANSWER)], [inflicted("gateway")]) == []


def test_want_of_descriptors_is_a_cause_only_where_they_were_used_up() -> None:
    refusal = ErrorAnswer("an upload", sent=100, at=101, code="exhausted")
    used_up = Inflicted(Fault(1, "descriptors", "gateway", 1), 100, 101)
    assert violations([], [refusal], [used_up]) == []
    assert violations([], [refusal], [inflicted("gateway")]) != []
    assert violations([], [refusal], [replace(used_up, fault=replace(used_up.fault, target="writer"))]) != []


@given(st.lists(st.sampled_from(EVENTS), unique=True))
def test_whatever_is_missing_from_the_stream_is_found(seen: list[tuple[int, str]]) -> None:
    """Any selection in any order: only all of it in its order is right."""
    assert (violations([good(seen=seen)], [], []) == []) == (seen == EVENTS)


@given(st.floats(0, 300), st.floats(0, 50))
def test_a_fault_explains_nothing_before_it_and_nothing_long_after(start: float, lasted: float) -> None:
    fault = inflicted("nats-server", start, start + lasted)
    assert allowed([fault], start, start) == allowed([fault], start + lasted + GRACE_S / 2, start + 500)
    assert allowed([fault], start - 2, start - 1) == ALWAYS
    assert allowed([fault], start + lasted + GRACE_S + 1, start + 500) == ALWAYS
