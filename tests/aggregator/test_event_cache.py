"""What the aggregator keeps of a request: everything until it is decided, and nothing afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from aggregator.event_cache import Known, Memory
from aggregator.service import Aggregator
from bus.client import Bus
from bus.events import Cancelled, Event, Feature, Joined, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.history import History, Stored
from bus.roast.events import Cued
from bus.worker import Delivery

Run = Callable[[Any], Any]


def submitted(id: str, *expects: str) -> Submitted:
    photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=1)
    return Submitted(product="roast", id=id, photo=photo, facts=Facts(), expects=expects, join_by=2e9, expire_by=2e9)


def found(id: str, name: str) -> Feature:
    return Feature(id=id, analyzer=name, status="ok", finding=Facts())


async def stored(bus: Bus, event: Event) -> Stored:
    """Publishes an event, and hands it back as the log has it."""
    await bus.publish(event)
    return (await bus.latest(event.id)).events[-1]


async def handled(aggregator: Aggregator, stored: Stored, run: int = 0) -> list[Event]:
    delivery = Delivery(stored.event, stored.seq, stored.at, run=run)
    return [event async for event in aggregator.handle(delivery)]  # type: ignore[misc]


def remembered(aggregator: Aggregator, id: str) -> Known:
    return aggregator._memory._known[id]


def test_a_request_that_is_joined_is_forgotten_and_stays_forgotten(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            aggregator, id = Aggregator(bus), new_id()
            assert await handled(aggregator, await stored(bus, submitted(id, "facts"))) == []
            assert len(remembered(aggregator, id).events) == 1
            joined, cued = await handled(aggregator, await stored(bus, found(id, "facts")))
            assert (type(joined), type(cued)) == (Joined, Cued)
            assert remembered(aggregator, id).settled
            assert await handled(aggregator, await stored(bus, found(id, "stranger"))) == []
            assert not remembered(aggregator, id).events

    run(scenario())


@pytest.mark.parametrize("over", [(Joined(id="", complete=True), Cued(id="")), (Cancelled(id=""),)])
def test_what_another_replica_joined_or_what_has_ended_is_forgotten_as_well(
    nats_server: Any, over: tuple[Event, ...], run: Run
) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            aggregator, id = Aggregator(bus), new_id()
            await bus.publish(submitted(id, "facts", "faces"))
            for event in over:
                await bus.publish(event.model_copy(update={"id": id}))
            assert await handled(aggregator, await stored(bus, found(id, "facts")), run=1) == []
            known = remembered(aggregator, id)
            assert known.settled
            assert (known.events, known.waiting, known.reading) == ({}, set(), None)

    run(scenario())


def test_a_read_under_way_when_the_request_is_decided_still_answers_whole() -> None:
    async def scenario() -> None:
        asked, answer = asyncio.Event(), asyncio.Event()
        events = (Stored(1, 0.0, submitted("id", "facts")), Stored(2, 0.0, found("id", "facts")))

        async def read(id: str) -> History:
            asked.set()
            await answer.wait()
            return History.of(events)

        memory = Memory(read)
        delivery = Delivery(events[1].event, 2, 0.0, run=1)
        known = memory.note(delivery)
        reading = asyncio.create_task(memory.history(delivery, known))
        await asked.wait()
        known.settle()
        answer.set()
        assert (await reading).events == events
        assert not known.events

    asyncio.run(scenario())
