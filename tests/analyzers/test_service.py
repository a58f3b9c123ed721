"""The analyzer service: an analyzer starts when it has what it needs, and no photo is analysed twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from asking import FACE, analyzing, found, request
from made_up import Looks, NeedsFaces, NeedsTwo, Skips

from analyzers.runtime.executor import Executor
from analyzers.runtime.scheduler import Scheduler
from analyzers.service import Analysis, ProcessContext, unmet
from bus import topology
from bus.events import Cancelled, Failed, Feature, Joined, Started, new_id
from bus.findings import Faces, Facts, Text
from bus.jetstream.photo_store import DAMAGED
from bus.worker import Delivery

Run = Callable[[Any], Any]


def feature(finding: Any, status: str = "ok", reason: str | None = None) -> Feature:
    return Feature(id="x", analyzer="faces", status=status, finding=finding, reason=reason)


def test_needs_that_are_not_met_are_reasons_to_skip() -> None:
    assert unmet([feature(Faces(faces=(FACE,)))], accepts_empty=False) is None
    assert unmet([feature(Faces())], accepts_empty=False) == "no faces in the photo"
    assert unmet([feature(Faces())], accepts_empty=True) is None
    assert "out of luck" in (unmet([feature(None, "failed", "out of luck")], accepts_empty=True) or "")


def test_an_analyzer_sees_the_photo_and_its_finding_is_stored_with_its_times(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus, analyzing(bus, Looks()):
            feature = await found(bus, (await request(bus, "looks")).id, "looks")
            assert feature.finding == Facts(original_width=30, original_height=20)
            assert (feature.status, feature.model, feature.version) == ("ok", "m", "1")
            assert feature.compute_ms > 0

    run(scenario())


def test_an_analyzer_that_is_not_expected_does_not_look(server: Any, run: Run) -> None:
    async def scenario() -> None:
        looks = Looks()
        async with server.bus() as bus, analyzing(bus, looks):
            await request(bus, "somebody-else")
            await found(bus, (await request(bus, "looks")).id, "looks")
            assert looks.calls == 1

    run(scenario())


def test_an_analyzer_never_looks_at_the_same_photo_twice(server: Any, run: Run) -> None:
    async def scenario() -> None:
        looks = Looks()
        async with server.bus() as bus, analyzing(bus, looks):
            other = await request(bus, "looks", name="other")
            assert not (await found(bus, other.id, "looks")).cached
            while not await bus.findings.of(other.photo.sha256):  # keeping is not waited for
                pass
            again = await found(bus, (await request(bus, "looks", name="other")).id, "looks")
            assert again.cached
            assert again.finding == Facts(original_width=30, original_height=20)
            assert looks.calls == 1

    run(scenario())


class Instant(Looks):
    takes_slot = announces = cached = False


@pytest.mark.parametrize(("analyzer", "heard"), [(Looks(), [Started, Feature]), (Instant(), [Feature])])
def test_whether_it_announces_itself_is_cached_and_takes_a_slot_is_what_its_class_says(
    server: Any, run: Run, analyzer: Looks, heard: list[type[Any]]
) -> None:
    async def scenario() -> None:
        async with server.bus("analyzer") as bus, server.bus() as admin:
            context = replace(await ProcessContext.open(bus), scheduler=Scheduler(1))
            analysis = Analysis(bus, Executor(analyzer, on_hang=lambda: None), context)
            event = await request(admin, "looks")
            stored = (await bus.latest(event.id, "submitted")).events[0]
            async with contextlib.AsyncExitStack() as held:
                if not analyzer.takes_slot:  # it need not wait for this one
                    await held.enter_async_context(context.scheduler.slot())
                work = await collected(analysis, Delivery(stored.event, stored.seq, stored.at))
            await bus.nc.flush()
            assert [type(each) for each in work] == heard
            while bool(await bus.findings.of(event.photo.sha256)) != analyzer.cached:
                pass  # what is kept is stored when it suits the server

    run(scenario())


def test_an_analyzer_with_two_needs_runs_once_when_the_second_arrives(server: Any, run: Run) -> None:
    async def scenario() -> None:
        pair = NeedsTwo()
        async with server.bus() as bus, analyzing(bus, pair):
            for order in (("faces", "text"), ("text", "faces")):
                event = await request(bus, "faces", "text", "pair")
                findings = {"faces": Faces(faces=(FACE, FACE)), "text": Text()}
                for name in order:
                    finding = findings[name]
                    await bus.publish(Feature(id=event.id, analyzer=name, status="ok", finding=finding))
                assert (await found(bus, event.id, "pair")).finding == Facts(original_width=2, original_height=0)
            assert pair.calls == 2

    run(scenario())


@pytest.mark.parametrize(
    ("analyzer", "faces", "reason"),
    [(NeedsFaces, Faces(), "no faces in the photo"), (Skips, None, "nothing to see")],
)
def test_an_analyzer_that_has_nothing_to_look_at_says_so_at_once(
    server: Any, run: Run, analyzer: type[Any], faces: Faces | None, reason: str
) -> None:
    async def scenario() -> None:
        async with server.bus() as bus, analyzing(bus, analyzer()) as executor:
            event = await request(bus, "faces", executor.name)
            if faces is not None:
                await bus.publish(Feature(id=event.id, analyzer="faces", status="ok", finding=faces))
            feature = await found(bus, event.id, executor.name)
            assert (feature.status, feature.reason) == ("skipped", reason)

    run(scenario())


def test_work_that_is_done_is_not_done_again_when_only_its_acknowledgement_got_lost(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus("analyzer") as bus, server.bus() as admin:
            event = await request(admin, "looks")
            await bus.publish(Feature(id=event.id, analyzer="looks", status="ok", finding=Facts()))
            analysis = Analysis(bus, Executor(Looks(), on_hang=lambda: None), await ProcessContext.open(bus))
            again = Delivery(event, seq=1, at=event.at, attempt=2)
            assert [each async for each in analysis.handle(again)] == []

    run(scenario())


def test_a_photo_that_is_gone_is_skipped_not_failed(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus:
            event = await request(bus, "looks")
            await bus.api("STREAM.PURGE.KV_IMAGES", {"filter": f"$KV.IMAGES.{event.id}.>"})
            await bus.ensure_consumer(topology.Durable("analyze-looks", ("photo.*.submitted",)))
            again = event.model_copy(update={"id": new_id()})
            async with analyzing(bus, Looks()):
                await bus.publish(again)
                feature = await found(bus, again.id, "looks")
                assert feature.status == "skipped"
                assert "gone" in (feature.reason or "")

    run(scenario())


def test_a_photo_that_is_damaged_fails_once_and_says_so(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus:
            event = await request(bus, "looks")
            part = {"Heckler-Part": "0/2"}  # of two, the other of which is lost
            await bus.nc.request(f"$KV.IMAGES.{event.id}.0", b"first", timeout=30, headers=part)
            await bus.ensure_consumer(topology.Durable("analyze-looks", ("photo.*.submitted",)))
            again = event.model_copy(update={"id": new_id()})
            async with analyzing(bus, Looks()):
                await bus.publish(again)
                feature = await found(bus, again.id, "looks")
                assert (feature.status, feature.reason, feature.attempt) == ("failed", DAMAGED, 1)

    run(scenario())


def test_a_cancelled_request_gets_no_more_findings(server: Any, run: Run) -> None:
    async def scenario() -> None:
        looks = Looks()
        async with server.bus() as bus:
            context = await ProcessContext.open(bus)
            event = await request(bus, "looks")
            await bus.publish(Cancelled(id=event.id))
            await bus.nc.flush()
            executor = Executor(looks, on_hang=lambda: None)
            delivery = (await bus.latest(event.id, "submitted")).events[0]
            given = Delivery(delivery.event, delivery.seq, delivery.at)
            assert [each async for each in Analysis(bus, executor, context).handle(given)] == []
            assert looks.calls == 0

    run(scenario())


def test_no_analyzer_looks_at_a_photo_whose_request_is_joined_or_over(server: Any, run: Run) -> None:
    async def scenario() -> None:
        for over in (Joined(id="", complete=False), Failed(id="", code="expired", detail="late")):
            for heard in (True, False):  # what happened before the process listened is read from the log
                looks = Looks()
                async with server.bus("analyzer") as bus, server.bus() as admin:
                    context = await ProcessContext.open(bus) if heard else None
                    event = await request(admin, "looks")
                    await admin.publish(over.model_copy(update={"id": event.id}))
                    await told_of(bus, event.id, "joined" if isinstance(over, Joined) else "end.failed")
                    context = context or await ProcessContext.open(bus)
                    analysis = Analysis(bus, Executor(looks, on_hang=lambda: None), context)
                    stored = (await bus.latest(event.id, "submitted")).events[0]
                    for attempt in (1, 2):
                        delivery = Delivery(stored.event, stored.seq, stored.at, attempt)
                        assert [each async for each in analysis.handle(delivery)] == []
                    assert looks.calls == 0
                    again = Delivery(stored.event, stored.seq, stored.at, again=True)
                    assert [type(each) async for each in analysis.handle(again)] == [Started, Feature]

    run(scenario())


async def told_of(bus: Any, id: str, what: str) -> None:
    """Returns when the log has an event, and this connection has been sent it."""
    while not (await bus.latest(id, what)).events:
        pass
    await bus.nc.flush()


def test_a_photo_whose_request_is_joined_while_it_waits_for_a_slot_is_left_out(server: Any, run: Run) -> None:
    async def scenario() -> None:
        looks = Looks()
        async with server.bus("analyzer") as bus, server.bus() as admin:
            context = replace(await ProcessContext.open(bus), scheduler=Scheduler(1))
            analysis = Analysis(bus, Executor(looks, on_hang=lambda: None), context)
            event = await request(admin, "looks")
            stored = (await bus.latest(event.id, "submitted")).events[0]
            async with context.scheduler.slot():
                work = asyncio.create_task(collected(analysis, Delivery(stored.event, stored.seq, stored.at)))
                await admin.publish(Joined(id=event.id, complete=False))
                while event.id not in context.settled:
                    await bus.nc.flush()
            assert await work == []
            assert looks.calls == 0

    run(scenario())


async def collected(analysis: Analysis, delivery: Delivery) -> list[Any]:
    return [each async for each in analysis.handle(delivery)]


def test_a_delivery_that_comes_again_while_it_is_in_hand_waits_and_finds_it_done(server: Any, run: Run) -> None:
    async def scenario() -> None:
        looks = Looks()
        async with server.bus("analyzer") as bus, server.bus() as admin:
            analysis = Analysis(bus, Executor(looks, on_hang=lambda: None), await ProcessContext.open(bus))
            event = await request(admin, "looks")
            stored = (await bus.latest(event.id, "submitted")).events[0]
            first = analysis.handle(Delivery(stored.event, stored.seq, stored.at))
            assert isinstance(await anext(first), Started)
            second = asyncio.create_task(collected(analysis, Delivery(stored.event, stored.seq, stored.at, 2)))
            await bus.publish(await anext(first))
            assert not second.done()
            await first.aclose()
            assert await second == []
            assert looks.calls == 1

    run(scenario())
