"""The one loop: what is delivered is handled once, and tried again when it fails."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from deliveries import DURABLE, Scripted, answer, feature_of, found, letters, request, working
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.msg import Msg

from bus.client import Bus
from bus.events import Event, Feature
from bus.jetstream.codec import encode, headers
from bus.jetstream.direct_get import ORIGINAL_TIME
from bus.jetstream.publish import ABSENT, BusDown, DiskFull, store
from bus.jetstream.pull import meta_of
from bus.observability.tracing import current_traceparent, span
from bus.roast.events import Line
from bus.service.tasks import end
from bus.worker import Delivery, retry_delay

Run = Callable[[Any], Any]


def test_what_a_handler_yields_is_stored_and_its_delivery_never_comes_again(server: Any, run: Run) -> None:
    handler = Scripted(answer)

    async def scenario() -> None:
        async with server.bus() as bus:
            async with working(bus, handler, DURABLE):
                events = [request() for _ in range(50)]
                for event in events:
                    await bus.publish(event)
                for event in events:
                    assert (await feature_of(bus, event.id)).status == "ok"
            info = await bus.api(f"CONSUMER.INFO.PHOTOS.{DURABLE.name}")
            while info["num_ack_pending"]:  # the last one may still be on its way
                info = await bus.api(f"CONSUMER.INFO.PHOTOS.{DURABLE.name}")
            assert (info["num_pending"], info["num_redelivered"]) == (0, 0)
            assert len(handler.deliveries) == 50

    run(scenario())


def test_what_was_imported_is_history_that_nobody_works_on_and_keeps_its_time(server: Any, run: Run) -> None:
    handler = Scripted(answer)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, handler, DURABLE):
            imported, event = request(), request()
            header = headers(**ABSENT, **{ORIGINAL_TIME: "1234.5"})
            await store(bus.nc, imported.subject, encode(imported), header)
            await bus.publish(event)
            assert (await feature_of(bus, event.id)).status == "ok"
            assert [delivery.event.id for delivery in handler.deliveries] == [event.id]
            (stored,) = (await bus.latest(imported.id)).events
            assert (stored.event, stored.at) == (imported, 1234.5)
            info = await bus.api(f"CONSUMER.INFO.PHOTOS.{DURABLE.name}")
            assert info["num_redelivered"] == 0

    run(scenario())


def test_a_handler_that_raises_is_tried_again_later(server: Any, run: Run) -> None:
    async def fails_twice(delivery: Delivery) -> AsyncGenerator[Event, None]:
        if delivery.attempt < 3:
            raise RuntimeError("not yet")
        yield found(delivery)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, Scripted(fails_twice), DURABLE):
            event = request()
            await bus.publish(event)
            assert (await feature_of(bus, event.id)).attempt == 3
            assert await letters(bus) == []

    run(scenario())


def test_slow_work_is_kept_by_heartbeats_and_done_once(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server(ack_wait_s=4)
    heartbeats: asyncio.Queue[bytes] = asyncio.Queue()

    async def slow(delivery: Delivery) -> AsyncGenerator[Event, None]:
        began = time.monotonic()
        while time.monotonic() - began < 1.5 * server.settings.ack_wait_s:  # this is the work
            assert await heartbeats.get() == b"+WPI"
        yield found(delivery)

    async def note(message: Msg) -> None:
        heartbeats.put_nowait(message.data)

    handler = Scripted(slow)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, handler, DURABLE):
            await bus.nc.subscribe(f"$JS.ACK.PHOTOS.{DURABLE.name}.>", cb=note)
            event = request()
            await bus.publish(event)
            assert (await feature_of(bus, event.id)).attempt == 1
            assert len(handler.deliveries) == 1

    run(scenario())


def test_no_more_is_in_hand_than_there_are_slots_and_quick_work_overtakes_slow(server: Any, run: Run) -> None:
    slow_one, released = request(), asyncio.Event()
    most = busy = 0

    async def measured(delivery: Delivery) -> AsyncGenerator[Event, None]:
        nonlocal most, busy
        busy += 1
        most = max(most, busy)
        if delivery.event.id == slow_one.id:
            await released.wait()
        yield found(delivery)
        busy -= 1

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, Scripted(measured), DURABLE, slots=3):
            await bus.publish(slow_one)
            others = [request() for _ in range(30)]
            for event in others:
                await bus.publish(event)
            for event in others:
                await feature_of(bus, event.id)
            released.set()
            await feature_of(bus, slow_one.id)
            assert most <= 3

    run(scenario())


def test_stopping_finishes_what_is_in_hand(server: Any, run: Run) -> None:
    taken, released = asyncio.Event(), asyncio.Event()

    async def waits(delivery: Delivery) -> AsyncGenerator[Event, None]:
        yield Line(id=delivery.event.id, attempt=1, n=0, joke=0, text="begun")
        taken.set()
        await released.wait()
        yield found(delivery)

    async def scenario() -> None:
        async with server.bus() as bus:
            event = request()
            async with working(bus, Scripted(waits), DURABLE) as stop:
                await bus.publish(event)
                await taken.wait()
                stop.set()
                released.set()
            assert "x" in (await bus.latest(event.id)).features

    run(scenario())


def test_the_trace_goes_through_the_log(server: Any, run: Run) -> None:
    traces: list[str | None] = []

    async def looks(delivery: Delivery) -> AsyncGenerator[Event, None]:
        traces.append(current_traceparent())
        yield found(delivery)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, Scripted(looks), DURABLE):
            event = request()
            with span("test"):
                traces.append(current_traceparent())
                await bus.publish(event)
            await feature_of(bus, event.id)

    run(scenario())
    trace_ids = {(trace or "").split("-")[1] for trace in traces}
    assert len(traces) == 2
    assert len(trace_ids) == 1


def test_a_task_that_swallows_a_cancellation_is_cancelled_again(run: Run) -> None:
    async def stubborn() -> None:
        for _ in range(2):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        await asyncio.Event().wait()

    async def scenario() -> None:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        await end(task, None)
        assert task.cancelled()

    run(scenario())


@given(st.integers(1, 3), st.floats(0, 1))
def test_retries_wait_longer_each_time_and_never_all_at_once(attempt: int, jitter: float) -> None:
    assert retry_delay(attempt, 0) <= retry_delay(attempt, jitter) <= retry_delay(attempt, 1)
    assert retry_delay(attempt + 1, jitter) == pytest.approx(2 * retry_delay(attempt, jitter))


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.PHOTOS.write.2.7.9.1700000000500000000.3",
        "$JS.ACK._.hash.PHOTOS.write.2.7.9.1700000000500000000.3.token",
    ],
)
def test_both_forms_of_the_reply_subject_are_read(reply: str) -> None:
    meta = meta_of(reply)
    assert (meta.stream, meta.attempt, meta.seq, meta.consumer_seq, meta.at) == ("PHOTOS", 2, 7, 9, 1700000000.5)


def test_a_result_waits_for_a_log_without_room_and_uses_up_no_attempt(
    server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(Bus):
        """Stores features with the sixth try."""

        async def publish(self, event: Event, patience: float = 10) -> int | None:
            if isinstance(event, Feature) and len(tries) < 5:
                tries.append(event)
                raise DiskFull("The disk of /x has no room.") if len(tries) % 2 else BusDown("no answer")
            return await super().publish(event, patience)

    tries: list[Event] = []
    monkeypatch.setattr("bus.worker.AGAIN_S", 0.01)

    async def scenario() -> None:
        async with server.bus() as bus:
            bus.__class__ = Full
            async with working(bus, handler, DURABLE):
                event = request()
                await bus.publish(event)
                assert (await feature_of(bus, event.id)).attempt == 1
            assert len(tries) == 5
            assert len(handler.deliveries) == 1
            assert await letters(bus) == []

    handler = Scripted(answer)
    run(scenario())
