"""A photo's position in the queue: worked out from how far the analyzers have come, and sent while it waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.client import Bus
from bus.events import Cancelled, Feature, Joined, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.jetstream.pull import meta_of
from bus.topology import PHOTOS, analyzer
from gateway.events import queue_position
from gateway.events.queue_math import QueuePosition, Standing, ahead_of, hindmost_of, standings_of
from gateway.events.queue_position import PhotoQueue

COLORS, FACES, COMPOSITION = analyzer("colors", ()), analyzer("faces", ()), analyzer("composition", ("faces",))


@st.composite
def work(draw: st.DrawFn) -> tuple[list[int], int, set[int]]:
    """Submissions by their sequences, how many of them were handed out, and which of those are in hand."""
    queue = sorted(draw(st.sets(st.integers(1, 60), min_size=1)))
    out = draw(st.integers(0, len(queue)))
    return queue, out, draw(st.sets(st.sampled_from(queue[:out]))) if out else set()


@given(work(), st.data())
def test_ahead_are_those_before_it_that_are_not_done_until_it_is_handed_out(
    state: tuple[list[int], int, set[int]], data: st.DataObject
) -> None:
    queue, out, in_hand = state
    mine = data.draw(st.sampled_from(queue))
    # what else lies in the stream, a later submission not among it, may have moved the consumer on
    upper = queue[out] - 1 if out < len(queue) else 99
    delivered = data.draw(st.integers(queue[out - 1] if out else 0, upper))
    unfinished = [seq for seq in queue if seq < mine and (seq not in queue[:out] or seq in in_hand)]
    expected = 0 if mine in queue[:out] else len(unfinished)
    assert ahead_of(mine, queue, Standing(delivered, len(in_hand))) == expected


@given(st.sets(st.integers(1, 60), min_size=1), st.data())
def test_the_place_never_gets_worse_while_photos_are_taken_and_finished(seqs: set[int], data: st.DataObject) -> None:
    queue, slots = sorted(seqs), data.draw(st.integers(1, 3))
    mine, in_hand, out = data.draw(st.sampled_from(queue)), 0, 0
    positions = [ahead_of(mine, queue, Standing(0, 0))]
    while out < len(queue):
        finish = in_hand and (in_hand == slots or data.draw(st.booleans()))
        in_hand, out = (in_hand - 1, out) if finish else (in_hand + 1, out + 1)
        positions.append(ahead_of(mine, queue, Standing(queue[out - 1] if out else 0, in_hand)))
    assert positions == sorted(positions, reverse=True)
    assert positions[-1] == 0


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 99)), st.sets(st.sampled_from("abcd")))
def test_of_the_expected_analyzers_the_one_furthest_behind_counts(far: dict[str, int], expects: set[str]) -> None:
    standings = {f"analyze-{name}": Standing(seq, 1) for name, seq in far.items()}
    known = [far[name] for name in expects if name in far]
    assert hindmost_of(expects, standings) == (Standing(min(known), 1) if known else None)


def test_only_analyzers_that_take_photos_as_they_come_in_have_a_standing(
    fresh_server: Callable[..., Any], run: Callable[..., Any]
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            for durable in (COLORS, COMPOSITION):
                await bus.ensure_consumer(durable)
            listed = await bus.api(f"CONSUMER.LIST.{PHOTOS}", {"offset": 0})
            standings = standings_of(listed["consumers"])
            assert COLORS.name in standings
            assert COMPOSITION.name not in standings

    run(scenario())


class ScriptedLog:
    """A log of the test's own, whose analyzers take a photo when the test says so."""

    def __init__(self, server: Any, bus: Bus) -> None:
        self.server, self.bus = server, bus

    @classmethod
    @asynccontextmanager
    async def open(cls, server: Any) -> AsyncIterator[ScriptedLog]:
        async with server.bus("admin") as bus:
            for durable in (COLORS, FACES, COMPOSITION):
                await bus.ensure_consumer(durable)
            yield cls(server, bus)

    async def submit(self, count: int, expects: tuple[str, ...] = ("colors", "composition", "faces")) -> list[str]:
        ids = [new_id() for _ in range(count)]
        for id in ids:
            photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=1)
            await self.bus.submit(
                Submitted(
                    product="roast", id=id, photo=photo, facts=Facts(), expects=expects, join_by=2e9, expire_by=2e9
                )
            )
        return ids

    async def take(self, name: str, count: int = 1) -> list[str]:
        """Has an analyzer take so many photos in hand; what finishes them."""
        inbox = self.bus.nc.new_inbox()
        taken = await self.bus.nc.subscribe(inbox, max_msgs=count)
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{PHOTOS}.analyze-{name}"
        await self.bus.nc.publish(subject, json.dumps({"batch": count}).encode(), reply=inbox)
        return [(await taken.next_msg(60)).reply for _ in range(count)]

    async def finish(self, replies: list[str]) -> None:
        for reply in replies:
            assert meta_of(reply).attempt == 1
            await self.bus.nc.request(reply, b"+ACK", timeout=60)

    async def pass_on(self, count: int) -> None:
        """Both analyzers look at so many photos."""
        for name in ("colors", "faces"):
            await self.finish(await self.take(name, count))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks that follow one another closely."""
    monkeypatch.setattr(queue_position, "EVERY_S", 0.02)
    monkeypatch.setattr(queue_position, "GRACE_S", 0)


Within = Callable[[Callable[[ScriptedLog], Any]], None]


@pytest.fixture
def within(fresh_server: Callable[..., Any], run: Callable[..., Any]) -> Within:
    """Runs a scenario on a log of its own."""

    def runner(scenario: Callable[[ScriptedLog], Any]) -> None:
        server = fresh_server(ack_wait_s=600)

        async def main() -> None:
            async with ScriptedLog.open(server) as log:
                await scenario(log)

        run(main())

    return runner


def test_positions_come_in_order_and_fall_as_photos_are_finished(within: Within) -> None:
    async def scenario(log: ScriptedLog) -> None:
        ids = await log.submit(4)
        async with log.server.bus("gateway") as bus:
            queue = PhotoQueue(lambda: bus)
            watchers = [queue.positions(id) for id in ids]
            firsts = await asyncio.gather(*(anext(positions, None) for positions in watchers))
            assert [first and first.ahead for first in firsts] == [None, 1, 2, 3]
            await log.take("colors", 4)  # quick, and says nothing about the others
            hands = await log.take("faces", 2)
            assert await anext(watchers[1]) == QueuePosition(id=ids[1], ahead=0)
            assert await anext(watchers[1], None) is None
            await log.finish(hands[:1])
            assert [(await anext(watchers[n])).ahead for n in (2, 3)] == [1, 2]
            await log.finish(hands[1:])
            await log.take("faces", 2)
            # the next may have been seen on the way
            assert [position.ahead async for position in watchers[3]][-1] == 0
            assert [position.ahead async for position in watchers[2]][-1] == 0
            await queue.close()

    within(scenario)


def test_all_requests_that_wait_are_answered_by_one_look(within: Within, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_position, "EVERY_S", 3600)

    async def scenario(log: ScriptedLog) -> None:
        asked = await log.bus.nc.subscribe(f"$JS.API.CONSUMER.LIST.{PHOTOS}")
        read = await log.bus.nc.subscribe(f"$JS.API.DIRECT.GET.{PHOTOS}")
        await log.bus.nc.flush()
        ids = await log.submit(12)
        async with log.server.bus("gateway") as bus:
            queue = PhotoQueue(lambda: bus)
            watchers = [queue.positions(id) for id in ids[1:]]
            assert [position.ahead for position in await asyncio.gather(*map(anext, watchers))] == list(range(1, 12))
            await queue.close()
        await log.bus.nc.flush()
        assert asked.pending_msgs == 1
        assert read.pending_msgs == 1 + 11  # each reads its own submission once

    within(scenario)


def test_a_gateway_that_has_just_started_tells_the_same(within: Within) -> None:
    async def scenario(log: ScriptedLog) -> None:
        ids = await log.submit(5)
        await log.take("faces")
        for _ in range(2):
            async with log.server.bus("gateway") as bus:
                queue = PhotoQueue(lambda bus=bus: bus)  # type: ignore[misc]
                assert (await anext(queue.positions(ids[4]))).ahead == 4
                assert await queue.now(await bus.latest(ids[4])) == 4
                await queue.close()

    within(scenario)


def test_a_delivery_that_comes_again_changes_no_position(within: Within) -> None:
    async def scenario(log: ScriptedLog) -> None:
        ids = await log.submit(3)
        async with log.server.bus("gateway") as bus:
            queue = PhotoQueue(lambda: bus)
            (hand,) = await log.take("faces")
            positions = queue.positions(ids[2])
            assert (await anext(positions)).ahead == 2
            await log.bus.nc.request(hand, b"-NAK", timeout=10)
            (again,) = await log.take("faces")
            assert meta_of(again).attempt == 2
            assert await queue.now(await bus.latest(ids[2])) == 2
            await log.bus.nc.request(again, b"+ACK", timeout=10)
            await log.finish(await log.take("colors"))
            assert (await anext(positions)).ahead == 1
            await queue.close()

    within(scenario)


def test_a_cancelled_request_delays_no_other_and_an_unknown_one_neither(within: Within) -> None:
    async def scenario(log: ScriptedLog) -> None:
        ids = await log.submit(4)
        async with log.server.bus("gateway") as bus:
            queue = PhotoQueue(lambda: bus)
            positions = queue.positions(ids[3])
            assert (await anext(positions)).ahead == 3
            await log.bus.publish(Cancelled(id=ids[1]))
            assert (await anext(positions)).ahead == 2
            await log.bus.erase(ids[2])
            assert (await anext(positions)).ahead == 1
            assert await anext(queue.positions(new_id()), None) is None
            await queue.close()

    within(scenario)


def test_a_request_counts_those_before_it_at_its_own_analyzers(within: Within) -> None:
    async def scenario(log: ScriptedLog) -> None:
        await log.submit(2)
        await log.finish(await log.take("colors", 2))
        (mine,) = await log.submit(1, ("colors",))
        (other,) = await log.submit(1, ("faces",))
        (nobody,) = await log.submit(1, ("composition",))
        async with log.server.bus("gateway") as bus:
            queue = PhotoQueue(lambda: bus)
            assert (await anext(queue.positions(other))).ahead == 3
            assert await anext(queue.positions(mine), None) is None
            assert await anext(queue.positions(nobody), None) is None
            await queue.close()

    within(scenario)


def test_a_joined_or_ended_request_waits_no_more_though_analyzers_are_behind(within: Within) -> None:
    async def scenario(log: ScriptedLog) -> None:
        _, joined, ended = await log.submit(3)
        await log.bus.publish(Joined(id=joined, complete=False, timed_out=True))
        await log.bus.publish(Cancelled(id=ended))
        async with log.server.bus("gateway") as bus:
            queue = PhotoQueue(lambda: bus)
            for id in (joined, ended):
                assert await anext(queue.positions(id), None) is None
                assert await queue.now(await bus.latest(id)) == 0
            await queue.close()

    within(scenario)


def test_where_the_consumers_may_not_be_listed_the_position_is_unknown_and_no_request_is_held_up(
    within: Within,
) -> None:
    async def scenario(log: ScriptedLog) -> None:
        ids = await log.submit(2)
        async with log.server.bus("writer") as bus:
            queue = PhotoQueue(lambda: bus)
            assert await queue.now(await bus.latest(ids[1])) is None
            await queue.close()

    within(scenario)


def test_without_a_log_nothing_is_known_and_nothing_breaks(run: Callable[..., Any]) -> None:
    async def scenario() -> None:
        assert await anext(PhotoQueue(lambda: None).positions(new_id()), None) is None

    run(scenario())


# Over HTTP


def heard(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The stream's events with their ids, where they have one."""
    event: dict[str, Any] = {}
    for line in lines:
        if line.startswith("data: "):
            event |= json.loads(line[6:])
        elif line.startswith("id: "):
            event["seq"] = int(line[4:])
        elif not line and event:
            yield event
            event = {}


@pytest.fixture
def gateway(fresh_server: Callable[..., Any], crowded: Any, running: Any) -> Iterator[tuple[Any, Callable[..., Any]]]:
    """A gateway before a log that no analyzer works on, and a way to have something done there."""
    server = fresh_server(ack_wait_s=600)

    def do(work: Callable[[ScriptedLog], Any]) -> Any:
        async def main() -> Any:
            async with ScriptedLog.open(server) as log:
                return await asyncio.wait_for(work(log), 60)

        return asyncio.run(main())

    do(lambda log: log.submit(0))
    with crowded(server), running(server, wait=True) as gateway, gateway.client() as http:
        yield http, do


def test_a_stream_tells_the_place_without_an_id_and_resumes_exactly(
    gateway: tuple[Any, Callable[..., Any]], make_photo: Callable[[], bytes]
) -> None:
    http, do = gateway
    ids = [http.post("/api/roasts", files={"photo": ("p.jpg", make_photo())}).json()["id"] for _ in range(3)]
    path = f"/api/roasts/{ids[2]}/events"
    with http.stream("GET", path) as answer:
        events = heard(answer.iter_lines())
        first, position = next(events), next(events)
        assert (first["type"], position) == ("submitted", {"type": "queue", "id": ids[2], "ahead": 2})
        do(lambda log: log.pass_on(1))
        assert next(events) == {"type": "queue", "id": ids[2], "ahead": 1}
    report = Feature(id=ids[2], analyzer="colors", status="skipped", reason="it is grey")
    do(lambda log: log.bus.publish(report))
    seq = do(lambda log: log.bus.latest(ids[2])).last_seq
    with http.stream("GET", path, headers={"Last-Event-ID": str(first["seq"])}) as answer:
        events = heard(answer.iter_lines())
        position = next(event for event in events if event["type"] == "queue")
        assert position["ahead"] == 1  # that one has reported is not its turn
        do(lambda log: log.pass_on(1))
        do(lambda log: log.bus.publish(Joined(id=ids[2], complete=True)))
        do(lambda log: log.bus.publish(Cancelled(id=ids[2])))
        rest = list(events)
    assert [event["ahead"] for event in rest if event["type"] == "queue"] == [0]
    assert [event["type"] for event in rest if event.get("seq", 0) > seq] == ["joined", "cancelled"]
    with http.stream("GET", path, headers={"Last-Event-ID": str(seq)}) as answer:
        assert [event["type"] for event in heard(answer.iter_lines())] == ["joined", "cancelled"]


def test_the_document_has_the_position_and_a_photo_whose_turn_it_is_gets_none(
    gateway: tuple[Any, Callable[..., Any]], make_photo: Callable[[], bytes]
) -> None:
    http, do = gateway
    ids = [http.post("/api/roasts", files={"photo": ("p.jpg", make_photo())}).json()["id"] for _ in range(2)]
    do(lambda log: log.take("faces"))
    aheads = (http.get(f"/api/roasts/{ids[1]}").json()["ahead"] for _ in range(3000))
    assert next(ahead for ahead in aheads if ahead is not None) == 1  # not known before the next look
    assert http.get(f"/api/roasts/{ids[0]}").json()["ahead"] == 0
    with http.stream("GET", f"/api/roasts/{ids[0]}/events") as answer:
        events = heard(answer.iter_lines())
        assert next(events)["type"] == "submitted"
        do(lambda log: log.pass_on(1))
        do(lambda log: log.bus.publish(Cancelled(id=ids[0])))
        assert [event["type"] for event in events] == ["cancelled"]
    assert http.get(f"/api/roasts/{ids[0]}").json()["ahead"] == 0
