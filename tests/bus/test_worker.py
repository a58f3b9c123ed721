"""The one loop: what is delivered is handled once, retried, buried or handed on, whatever dies in between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.client import Bus
from bus.dead import Hopeless, Undertaker
from bus.events import Event, Feature, Line, PhotoRef, Submitted, new_id
from bus.features import Facts
from bus.pull import meta_of
from bus.tasks import end
from bus.topology import DEAD, Durable
from bus.tracing import current_traceparent, span
from bus.wire import unpack
from bus.worker import Delivery, Worker, retry_delay

Run = Callable[[Any], Any]
Behave = Callable[[Delivery], AsyncGenerator[Event, None]]


class Scripted:
    """A handler that does as it is told and remembers what it was given."""

    def __init__(self, behave: Behave) -> None:
        self._behave = behave
        self.deliveries: list[Delivery] = []

    async def handle(self, delivery: Delivery) -> AsyncGenerator[Event, None]:
        self.deliveries.append(delivery)
        async for event in self._behave(delivery):
            yield event


def request(id: str | None = None) -> Submitted:
    id = id or new_id()
    photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=1)
    return Submitted(id=id, photo=photo, facts=Facts(), expects=("x",), join_by=2e9, expire_by=2e9)


def found(delivery: Delivery) -> Feature:
    return Feature(id=delivery.event.id, analyzer="x", status="ok", finding=Facts(), attempt=delivery.attempt)


async def answer(delivery: Delivery) -> AsyncGenerator[Event, None]:
    yield found(delivery)


@asynccontextmanager
async def working(bus: Bus, handler: Scripted, durable: Durable, slots: int = 4) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    await bus.ensure_consumer(durable)
    task = asyncio.create_task(Worker(bus, durable, handler, slots).run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await task


async def feature_of(bus: Bus, id: str) -> Feature:
    async for stored in bus.follow(id):
        if isinstance(stored.event, Feature):
            return stored.event
    raise AssertionError("ended without a feature")


async def letters(bus: Bus) -> list[dict[str, Any]]:
    return [unpack(message.data) for message in await bus.reader.last(DEAD, ["dead.>"])]


DURABLE = Durable("analyze-x", ("photo.*.submitted",))


@pytest.fixture
def server(fresh_server: Callable[..., Any]) -> Any:
    return fresh_server(ack_wait_s=1)


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
            assert (info["num_ack_pending"], info["num_pending"], info["num_redelivered"]) == (0, 0, 0)
            assert len(handler.deliveries) == 50

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


def test_the_hopeless_is_buried_at_once(server: Any, run: Run) -> None:
    async def gives_up(delivery: Delivery) -> AsyncGenerator[Event, None]:
        raise Hopeless("never")
        yield

    handler = Scripted(gives_up)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, handler, DURABLE):
            event = request()
            await bus.publish(event)
            assert (await feature_of(bus, event.id)).status == "failed"
            assert len(handler.deliveries) == 1

    run(scenario())


def test_a_message_that_is_no_event_is_buried_and_holds_nobody_up(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus, working(bus, Scripted(answer), DURABLE, slots=1):
            await bus.nc.request("photo.garbage.submitted", b"\xc1 nonsense")
            event = request()
            await bus.publish(event)
            assert (await feature_of(bus, event.id)).status == "ok"
            assert [letter["subject"] for letter in await letters(bus)] == ["photo.garbage.submitted"]

    run(scenario())


def test_work_of_a_vanished_process_is_handed_on(server: Any, run: Run) -> None:
    async def hangs(delivery: Delivery) -> AsyncGenerator[Event, None]:
        taken.set()
        await asyncio.Event().wait()
        yield found(delivery)

    taken = asyncio.Event()

    async def scenario() -> None:
        async with server.bus() as bus:
            doomed = await connect_again(server)
            task = asyncio.create_task(Worker(doomed, DURABLE, Scripted(hangs)).run(asyncio.Event()))
            await doomed.ensure_consumer(DURABLE)
            event = request()
            await bus.publish(event)
            await taken.wait()
            await doomed.nc.close()
            task.cancel()
            async with working(bus, Scripted(answer), DURABLE):
                assert (await feature_of(bus, event.id)).attempt == 2

    run(scenario())


async def connect_again(server: Any) -> Bus:
    from bus.client import connect

    return await connect(server.settings_for("admin"), "doomed")


def test_slow_work_is_kept_by_heartbeats_and_done_once(server: Any, run: Run) -> None:
    async def slow(delivery: Delivery) -> AsyncGenerator[Event, None]:
        await asyncio.sleep(2.5 * server.settings.ack_wait_s)  # this is the work
        yield found(delivery)

    handler = Scripted(slow)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, handler, DURABLE):
            event = request()
            await bus.publish(event)
            assert (await feature_of(bus, event.id)).attempt == 1
            assert len(handler.deliveries) == 1

    run(scenario())


def test_a_worker_that_leaves_gives_back_what_was_on_its_way_to_it(fresh_server: Callable[..., Any], run: Run) -> None:
    patient = fresh_server(ack_wait_s=600)

    async def scenario() -> None:
        async with patient.bus() as bus:
            await bus.ensure_consumer(DURABLE)
            events = [request() for _ in range(200)]
            await asyncio.gather(*(bus.publish(event) for event in events))
            for _ in range(3):
                begun = asyncio.Event()

                async def answer_and_tell(delivery: Delivery, begun: asyncio.Event = begun) -> Any:
                    begun.set()
                    yield found(delivery)

                async with patient.bus() as short, working(short, Scripted(answer_and_tell), DURABLE, slots=32):
                    await begun.wait()
            async with working(bus, Scripted(answer), DURABLE, slots=32):
                for event in events:
                    assert (await feature_of(bus, event.id)).status == "ok"

    run(scenario(), 30)


def test_what_was_received_before_the_connection_was_lost_is_no_proof_of_what_was_delivered_since(
    server: Any, run: Run
) -> None:
    handler = Scripted(answer)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, handler, DURABLE):
            for _ in range(2):
                for _ in range(2):
                    event = request()
                    await bus.publish(event)
                    await feature_of(bus, event.id)
                back = asyncio.create_task(bus.wait_reconnect())
                await bus.nc.flush()
                await bus.nc.force_reconnect()
                await back
            first = {delivery.event.id: delivery.run for delivery in reversed(handler.deliveries)}
            runs = [first[id] for id in dict.fromkeys(delivery.event.id for delivery in handler.deliveries)]
            assert runs[0] == runs[1] != runs[2]

    run(scenario())


def test_a_worker_goes_on_after_the_server_was_killed_and_came_back(server: Any, run: Run) -> None:
    handler = Scripted(answer)

    async def scenario() -> None:
        async with server.bus() as bus, working(bus, handler, DURABLE):
            for _ in range(3):
                event = request()
                await bus.publish(event)
                assert (await feature_of(bus, event.id)).status == "ok"
                server.kill()
                server.embedded.start()

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


def test_deliveries_that_nobody_lived_to_answer_are_buried_by_the_undertaker(server: Any, run: Run) -> None:
    """Three silent deaths: the server notes it in an advisory, and the join hears that it failed."""

    async def scenario() -> None:
        async with server.bus("aggregator") as bus, server.bus() as admin:
            stop = asyncio.Event()
            undertaker = asyncio.create_task(Undertaker(bus).run(stop))
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
            await undertaker

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
