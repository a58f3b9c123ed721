"""Which analyzer works next: the lowest priority that waits, and of one photo the analyzer with the most behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.runtime.scheduler import UNKNOWN_MS, Priority, Scheduler, remaining_ms

Run = Callable[[Awaitable[Any]], Any]

ROSTER = {"objects": (), "faces": (), "text": (), "pose": ("objects", "faces"), "gestures": ("pose",)}


async def order_of(ranks: list[Priority]) -> list[Priority]:
    """The order in which callers with these `ranks`, asking in this order while the only slot is taken, get it."""
    scheduler, served = Scheduler(1), list[Priority]()

    async def work(priority: Priority) -> None:
        async with scheduler.slot(priority):
            served.append(priority)

    async with scheduler.slot(()):
        tasks = [asyncio.create_task(work(priority)) for priority in ranks]
        await asyncio.sleep(0)  # each has asked now
    await asyncio.gather(*tasks)
    return served


@given(st.lists(st.tuples(st.integers(0, 3).map(float), st.floats(-500, 0)), max_size=12))
def test_the_lowest_priority_is_served_first_and_none_is_forgotten(ranks: list[Priority]) -> None:
    assert asyncio.run(order_of(ranks)) == sorted(ranks)


def test_of_calls_in_the_same_moment_the_lowest_priority_comes_first_when_all_slots_are_free(run: Run) -> None:
    async def scenario() -> None:
        scheduler, served = Scheduler(1), list[Priority]()

        async def work(priority: Priority) -> None:
            async with scheduler.slot(priority):
                assert not scheduler.is_empty
                served.append(priority)

        assert scheduler.is_empty
        await asyncio.gather(work((2.0,)), work((1.0,)), work((3.0,)))
        assert served == [(1.0,), (2.0,), (3.0,)]
        assert scheduler.is_empty

    run(scenario())


def test_a_call_that_is_cancelled_while_it_waits_takes_no_slot(run: Run) -> None:
    async def scenario() -> None:
        scheduler = Scheduler(1)

        async def work() -> str:
            async with scheduler.slot((1.0,)):
                return "done"

        async with scheduler.slot((0.0,)):
            impatient = asyncio.create_task(work())
            await asyncio.sleep(0)
            impatient.cancel()
            patient = asyncio.create_task(work())
            await asyncio.sleep(0)
        assert await patient == "done"
        assert await work() == "done"

    run(scenario())


def test_a_slot_given_to_a_call_that_is_cancelled_in_that_moment_goes_to_the_next(run: Run) -> None:
    async def scenario() -> None:
        scheduler = Scheduler(1)

        async def work() -> str:
            async with scheduler.slot():
                return "done"

        async with scheduler.slot():
            leaving = asyncio.create_task(work())
            await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert await work() == "done"

    run(scenario())


def test_there_are_as_many_at_work_as_places_and_a_hanging_one_gives_its_place_up(
    monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    async def scenario() -> list[str]:
        scheduler, order = Scheduler(1), []
        monkeypatch.setattr("analyzers.runtime.scheduler.PATIENCE_S", 60)
        first, hangs = asyncio.Event(), asyncio.Event()

        async def work(name: str, until: asyncio.Event | None) -> None:
            async with scheduler.slot():
                order.append(f"{name} in")
                if until:
                    await until.wait()
                order.append(f"{name} out")

        one, two = asyncio.create_task(work("one", first)), asyncio.create_task(work("two", None))
        await asyncio.sleep(0)
        first.set()
        await asyncio.gather(one, two)
        monkeypatch.setattr("analyzers.runtime.scheduler.PATIENCE_S", 0.01)
        stuck = asyncio.create_task(work("stuck", hangs))
        await asyncio.create_task(work("three", None))
        hangs.set()
        await stuck
        return order

    assert run(scenario()) == [
        *("one in", "one out", "two in", "two out"),
        *("stuck in", "three in", "three out", "stuck out"),
    ]


def test_a_chain_counts_with_all_that_waits_at_its_end() -> None:
    usual = {"objects": 20.0, "faces": 60.0, "text": 110.0, "pose": 50.0, "gestures": 70.0}
    remaining = {name: remaining_ms(name, ROSTER, usual) for name in ROSTER}
    assert remaining == {"objects": 140.0, "faces": 180.0, "text": 110.0, "pose": 120.0, "gestures": 70.0}


def test_an_analyzer_that_has_not_worked_here_counts_as_middling() -> None:
    assert remaining_ms("pose", ROSTER, {}) == 2 * UNKNOWN_MS


def test_on_a_machine_where_all_analyzers_take_long_at_most_twice_as_many_work_as_there_are_slots(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyzers.runtime.scheduler.PATIENCE_S", 0.01)

    async def scenario() -> None:
        scheduler, done, working, most = Scheduler(2), asyncio.Event(), 0, 0

        async def work() -> None:
            nonlocal working, most
            async with scheduler.slot():
                working += 1
                most = max(most, working)
                await done.wait()
                working -= 1

        tasks = [asyncio.create_task(work()) for _ in range(12)]
        await asyncio.sleep(0.2)  # that is what it is about: patience has run out twenty times over
        assert working == 4
        done.set()
        await asyncio.gather(*tasks)
        assert most == 4
        assert scheduler.is_empty

    run(scenario())
