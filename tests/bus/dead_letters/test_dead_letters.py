"""What cannot be handled goes to the dead letters, is told as a failure, and holds nothing up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from deliveries import DURABLE, Scripted, answer, feature_of, found, letters, request, working
from nats.errors import BadSubjectError

from bus.dead_letters.send import MaxDeliveriesHandler, PermanentError
from bus.events import Event
from bus.worker import Delivery

Run = Callable[[Any], Any]


def test_what_fails_three_times_becomes_a_dead_letter_and_a_failed_feature(server: Any, run: Run) -> None:
    async def explodes(delivery: Delivery) -> AsyncGenerator[Event, None]:
        if delivery.event.id == poisoned.id:
            raise ZeroDivisionError("poison")
        yield found(delivery)

    poisoned, fine = request(), request()
    handler = Scripted(explodes)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, handler, DURABLE):
            for event in (poisoned, fine):
                await bus.publish(event)
            assert (await feature_of(bus, fine.id)).status == "ok"
            feature = await feature_of(bus, poisoned.id)
            assert (feature.status, feature.reason) == ("failed", "ZeroDivisionError: poison")
            [letter] = await letters(bus)
            assert (letter["durable"], letter["attempts"]) == (DURABLE.name, 3)
            assert "ZeroDivisionError" in letter["traceback"]
            assert letter["subject"] == poisoned.subject
            assert [d.attempt for d in handler.deliveries if d.event.id == poisoned.id] == [1, 2, 3]

    run(scenario())


def test_a_permanent_error_goes_to_the_dead_letters_at_once(server: Any, run: Run) -> None:
    async def gives_up(delivery: Delivery) -> AsyncGenerator[Event, None]:
        raise PermanentError("never")
        yield

    handler = Scripted(gives_up)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, handler, DURABLE):
            event = request()
            await bus.publish(event)
            assert (await feature_of(bus, event.id)).status == "failed"
            assert len(handler.deliveries) == 1

    run(scenario())


def test_a_message_that_is_no_event_goes_to_the_dead_letters_and_holds_nothing_up(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus, working(bus, Scripted(answer), DURABLE, slots=1):
            await bus.nc.request("photo.garbage.submitted", b"\xc1 nonsense", timeout=30)
            event = request()
            await bus.publish(event)
            assert (await feature_of(bus, event.id)).status == "ok"
            assert [letter["subject"] for letter in await letters(bus)] == ["photo.garbage.submitted"]

    run(scenario())


def test_deliveries_whose_processes_died_go_to_the_dead_letters(impatient_server: Any, run: Run) -> None:
    """Three silent deaths: the server notes it in an advisory, and the join hears that it failed."""

    async def scenario() -> None:
        async with impatient_server.bus("aggregator") as bus, impatient_server.bus() as admin:
            stop = asyncio.Event()
            handler = asyncio.create_task(MaxDeliveriesHandler(bus).run(stop))
            await admin.ensure_consumer(DURABLE)
            event = request()
            await admin.publish(event)
            silent = await admin.nc.subscribe(inbox := admin.nc.new_inbox())
            ask = f"$JS.API.CONSUMER.MSG.NEXT.PHOTOS.{DURABLE.name}"
            for _ in range(3):
                await admin.nc.publish(ask, b'{"batch": 1, "expires": 20000000000}', reply=inbox)
                await silent.next_msg(timeout=20)
            await admin.nc.publish(ask, b'{"batch": 1, "expires": 20000000000}', reply=inbox)
            feature = await feature_of(admin, event.id)
            assert (feature.status, feature.analyzer) == ("failed", "x")
            [letter] = await letters(admin)
            assert (letter["attempts"], letter["subject"]) == (3, event.subject)
            stop.set()
            await handler

    run(scenario())


def test_a_handler_that_hears_nothing_any_more_says_so(server: Any, run: Any) -> None:
    async def scenario() -> None:
        async with server.bus("aggregator") as bus:
            handler = MaxDeliveriesHandler(bus)
            working = asyncio.create_task(handler.run(asyncio.Event()))
            while handler._loop._puller._asked == 0:  # noqa: ASYNC110 - nothing tells that it has begun
                await asyncio.sleep(0.01)
            handler._loop._puller._subject = None  # type: ignore[assignment]  # as a bug would have it
            handler._loop._puller.start_over()
            with pytest.raises(BadSubjectError):
                await working

    run(scenario())
