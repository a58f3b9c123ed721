"""A request shown again: the pace, its bounds, and where it begins."""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.events import Cancelled, Deadline, Feature, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.history import History, Stored
from gateway.events.replay import LONGEST_PAUSE_S, QUICKEST, SLOWEST, Replays, offsets, replayed, speed_of

ID = "AbCdEfGhIjKlMnOpQrStUv"


def history(*times: float) -> History:
    return History(
        tuple(Stored(n, at, Feature(id=ID, analyzer=f"a{n}", status="skipped")) for n, at in enumerate(times, 1))
    )


@pytest.mark.parametrize(("text", "speed"), [("1", 1), ("4", 4), ("0.25", SLOWEST), ("100", QUICKEST), ("max", inf)])
def test_a_speed_is_a_number_within_bounds_or_max(text: str, speed: float) -> None:
    assert speed_of(text) == speed


@pytest.mark.parametrize("text", ["0", "-1", "0.2", "101", "nan", "inf", "fast", "", "1e9"])
def test_any_other_speed_is_refused_with_the_rule(text: str) -> None:
    with pytest.raises(ValueError, match=r"from 0\.25 to 100, or max"):
        speed_of(text)


@given(st.lists(st.floats(0, 1e10), max_size=12))
def test_time_never_runs_backwards_and_no_pause_is_endless(times: list[float]) -> None:
    found = list(offsets(history(*times).events))
    steps = [later - sooner for sooner, later in zip([0.0, *found], found, strict=False)]
    assert all(0 <= step <= LONGEST_PAUSE_S + 1e-6 for step in steps)
    assert len(found) == len(times)
    assert found[:1] == [0.0][: len(found)]


class Clock(asyncio.SelectorEventLoop):
    """A loop in which the time is the sum of what was waited for, and no real time passes."""

    passed = 0.0

    def time(self) -> float:
        return self.passed

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        self.passed = max(self.passed, when)
        return super().call_at(when, callback, *args, context=context)


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_each_event_comes_when_its_time_has_come(speed: float) -> None:
    clock = Clock()

    async def watched() -> list[float]:
        return [clock.time() async for _ in replayed(history(100, 100.5, 102, 101, 104), speed)]

    try:
        assert clock.run_until_complete(watched()) == pytest.approx([0, 0.5 / speed, 2 / speed, 2 / speed, 4 / speed])
    finally:
        clock.close()


def test_what_was_seen_is_not_shown_again_and_the_next_comes_at_once() -> None:
    async def seen() -> list[int]:
        return [stored.seq async for stored in replayed(history(1, 1000, 2000), inf, after=1)]

    assert asyncio.run(seen()) == [2, 3]


def test_the_ending_is_the_last_that_is_shown_whatever_was_stored_later() -> None:
    told = Stored(3, 102, Cancelled(id=ID))
    late = Stored(4, 120, Deadline(id=ID, what="join", due=0))

    async def seen(after: int) -> list[int]:
        return [stored.seq async for stored in replayed(history(100, 101).merged([told, late]), inf, after)]

    assert asyncio.run(seen(0)) == [1, 2, 3]
    assert asyncio.run(seen(3)) == []


def test_the_slots_of_replays_are_given_back_however_a_replay_ends() -> None:
    async def shown() -> None:
        replays = Replays(slots=1)
        first = replays.run(replayed(history(1, 2), inf))
        await anext(first)
        assert replays.is_full
        await first.aclose()  # type: ignore[attr-defined]
        assert not replays.is_full
        assert len([stored async for stored in replays.run(replayed(history(1, 2), inf))]) == 2
        assert not replays.is_full

    asyncio.run(shown())


def test_only_what_has_ended_is_shown_again(http: Any, on_bus: Any) -> None:
    id = new_id()
    photo = PhotoRef(key=id, sha256="s", width=4, height=3, bytes=2)
    submitted = Submitted(
        product="roast", id=id, photo=photo, facts=Facts(), expects=("x",), join_by=4e9, expire_by=4e9
    )
    on_bus(lambda bus: bus.submit(submitted))
    answer = http.get(f"/api/roasts/{id}/events", params={"replay": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "still_running")
    on_bus(lambda bus: bus.publish(Cancelled(id=id)))
    shown = http.get(f"/api/roasts/{id}/events", params={"replay": 1, "speed": "max"})
    assert shown.headers["content-type"].startswith("text/event-stream")
    assert [line for line in shown.text.splitlines() if line.startswith("event:")] == [
        "event: submitted",
        "event: cancelled",
    ]


def test_replays_beyond_those_that_a_process_runs_are_refused_with_a_time_to_come(
    running: Any, crowd: Any, on_bus: Any
) -> None:
    id = new_id()
    photo = PhotoRef(key=id, sha256="s", width=4, height=3, bytes=2)
    on_bus(
        lambda bus: bus.submit(
            Submitted(product="roast", id=id, photo=photo, facts=Facts(), expects=("x",), join_by=4e9, expire_by=4e9)
        )
    )
    on_bus(lambda bus: bus.publish(Cancelled(id=id)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.events.replay.Replays.is_full", True)
        with running(crowd, wait=True) as gateway, gateway.client() as http:
            answer = http.get(f"/api/roasts/{id}/events", params={"replay": 1})
    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_replays")
    assert answer.headers["Retry-After"]


def test_the_schema_tells_of_replays(http: Any) -> None:
    operation = http.get("/openapi.json").json()["paths"]["/api/requests/{id}/events"]["get"]
    assert {"replay", "speed"} <= {parameter["name"] for parameter in operation["parameters"]}
    assert "still_running" in operation["responses"]["409"]["description"]
