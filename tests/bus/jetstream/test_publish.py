"""The log: every event at most once, one ending for each request, nothing left after a deletion."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from bus.client import Bus, LogFull, LogRefused, PhotoGone
from bus.events import Cancelled, Deadline, Due, Failed, Feature, PhotoRef, Started, Submitted, Waits, new_id
from bus.findings import Facts
from bus.jetstream.finding_cache import key
from bus.jetstream.timers import owner, pass_on, ticket
from bus.roast.events import Roast
from bus.topology import PHOTOS

Run = Callable[[Any], Any]


def submitted(id: str, join_in: float = 60, **more: Any) -> Submitted:
    photo = PhotoRef(key=id, sha256=f"sha-{id}", width=4, height=3, bytes=2)
    now = time.time()
    return Submitted(
        product="roast",
        id=id,
        photo=photo,
        facts=Facts(),
        expects=("x",),
        join_by=now + join_in,
        expire_by=now + 600,
        **more,
    )


def roast(id: str) -> Roast:
    return Roast(id=id, text="ha", jokes=(), writer="w", persona="critic", heat="medium")


def test_an_event_is_stored_once_however_often_it_is_published(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            event = Feature(id=new_id(), analyzer="x", status="failed", reason="no")
            results = await asyncio.gather(*(bus.publish(event) for _ in range(20)))
            [stored] = (await bus.latest(event.id)).events
            # None where the answer was late: then the next try found its own message
            assert [seq for seq in results if seq is not None] in ([stored.seq], [])

    run(scenario())


def test_a_request_ends_once_whatever_tries_to_end_it(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as one, nats_server.bus() as two:
            stored = 0
            for _ in range(20):
                id = new_id()
                endings = (roast(id), Cancelled(id=id), Failed(id=id, code="c", detail="d"))
                results = await asyncio.gather(*(bus.publish(each) for each in endings for bus in (one, two)))
                won = sum(seq is not None for seq in results)
                assert won <= 1  # not even one, where its own answer was late and it met itself at the second try
                stored += won
                assert len((await one.latest(id)).events) == 1
                assert (await one.latest(id)).ending in endings
            assert stored >= 10

    run(scenario())


def test_a_submitted_request_carries_its_timers_and_the_server_fires_them(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus("gateway") as bus:
            event = submitted(new_id(), join_in=0.3)
            await bus.submit(event)
            fired = await anext(each async for each in bus.follow(ticket(event.id)) if isinstance(each.event, Due))
            assert isinstance(fired.event, Due)
            assert fired.event.what == "join"
            assert fired.at >= event.first_look
            assert await owner(bus.reader, fired.event.id) == event.id

    run(scenario())


def test_the_deadline_of_a_join_fires_again_when_it_is_set_again_and_once_however_often(
    nats_server: Any, run: Run
) -> None:
    async def scenario() -> None:
        async with nats_server.bus("gateway") as gateway, nats_server.bus("aggregator") as bus:
            event = submitted(new_id(), join_in=0.4)
            await gateway.submit(event)
            fired: list[Due] = []
            async for stored in gateway.follow(ticket(event.id)):
                if not isinstance(stored.event, Due):
                    continue
                fired.append(stored.event)
                for _ in range(2):  # it may be delivered twice
                    await pass_on(bus.nc, bus.reader, stored.event)
                if len(fired) == 3:
                    break
                before = Waits(at=float(len(fired)), busy={"x": 1.0})
                again = Deadline(id=event.id, what="join", look=len(fired), due=time.time() + 0.1, before=before)
                set_again = [await bus.schedule(again) for _ in range(3)]
                assert [seq is None for seq in set_again] == [False, True, True]
            assert [each.before and each.before.at for each in fired] == [None, 1.0, 2.0]
            look = (await bus.latest(event.id)).look
            assert look is not None
            assert (look.id, look.due, look.before) == (event.id, fired[-1].due, fired[-1].before)
            told = await bus.reader.after(PHOTOS, f"photo.{event.id}.deadline.*")
            assert [each.subject.split(".")[-1] for each in told] == ["join", "join-1", "join-2"]

    run(scenario())


def test_a_follower_that_was_cut_anywhere_sees_the_rest_once_and_in_order(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus, nats_server.bus("gateway") as other:
            id = new_id()
            events = [submitted(id), *(Feature(id=id, analyzer=f"a{n}", status="skipped") for n in range(6)), roast(id)]
            whole = asyncio.create_task(collect(other, id))
            for event in events:
                await bus.publish(event)
                await bus.announce(Started(id=id, analyzer="x"))
            stored = [each for each in await whole if each.seq]
            assert [each.event for each in stored] == events
            for cut in stored:
                rest = await collect(other, id, after=cut.seq)
                assert [each.seq for each in rest] == [each.seq for each in stored if each.seq > cut.seq]

    run(scenario())


async def collect(bus: Bus, id: str, after: int = 0) -> list[Any]:
    return [stored async for stored in bus.follow(id, after)]


def test_a_follower_misses_nothing_while_the_server_is_killed_and_comes_back(
    fresh_server: Callable[..., Any], run: Run
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus, server.bus("gateway") as watcher:
            id = new_id()
            events = [submitted(id), *(Feature(id=id, analyzer=f"a{n}", status="skipped") for n in range(9)), roast(id)]
            whole = asyncio.create_task(collect(watcher, id))
            for number, event in enumerate(events):
                await bus.publish(event)
                if number in (3, 6):
                    server.kill()
                    server.embedded.start()
            assert [each.event for each in await whole if each.seq] == events

    run(scenario())


def test_what_was_acknowledged_survives_sigkill(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            event = submitted(new_id())
            await bus.submit(event)
            await bus.photos.put(event.id, b"photo")
            server.kill()
            server.embedded.start()
            assert (await bus.latest(event.id)).submitted == event
            assert await bus.photos.get(event.id) == b"photo"

    run(scenario())


@pytest.mark.parametrize("size", [0, 1, 512 * 1024, 3_000_001])
def test_photos_of_any_size_come_back_as_they_went_in(nats_server: Any, run: Run, size: int) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            data, id = bytes(n % 251 for n in range(size)), new_id()
            await bus.photos.put(id, data)
            assert await bus.photos.get(id) == data

    run(scenario())


def test_deleting_removes_events_photo_and_findings_of_this_request_and_no_other(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as admin, nats_server.bus("gateway") as bus:
            mine, other = submitted(new_id()), submitted(new_id())
            for event in (mine, other):
                await bus.submit(event)
                await bus.photos.put(event.id, b"p")
                feature = Feature(id=event.id, analyzer="x", status="ok", finding=Facts())
                await admin.publish(feature)
                await admin.findings.put(key(event.photo.sha256, "x", "1"), feature)
            watching = asyncio.create_task(collect(bus, mine.id))
            await bus.erase(mine.id)
            assert isinstance((await watching)[-1].event, Cancelled)
            assert (await bus.latest(mine.id)).events == ()
            assert await admin.findings.of(mine.photo.sha256) == {}
            with pytest.raises(PhotoGone):
                await bus.photos.get(mine.id)
            assert (await bus.latest(other.id)).submitted == other
            assert await bus.photos.get(other.id) == b"p"
            assert list(await admin.findings.of(other.photo.sha256)) == [key(other.photo.sha256, "x", "1")]

    run(scenario())


def test_an_encore_deleted_leaves_its_parents_photo(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus("gateway") as bus:
            parent = submitted(new_id())
            encore = submitted(new_id(), parent=parent.id).model_copy(update={"photo": parent.photo})
            for event in (parent, encore):
                await bus.submit(event)
            await bus.photos.put(parent.id, b"p")
            await bus.erase(encore.id)
            assert await bus.photos.get(parent.id) == b"p"

    run(scenario())


def test_a_full_log_refuses_new_photos_and_takes_everything_for_those_it_has(
    fresh_server: Callable[..., Any], run: Run
) -> None:
    server = fresh_server(max_log_bytes=1 << 20)

    async def scenario() -> None:
        async with server.bus("gateway") as bus, server.bus() as analyzer:
            first = submitted(new_id())
            await bus.submit(first)
            big = Feature(id=first.id, analyzer="big", status="failed", reason="x" * 500)
            for n in range(1500):
                await analyzer.publish(big.model_copy(update={"analyzer": f"big-{n}"}))
            bus.capacity._log = (float("-inf"), 0)  # the size is looked up once a second; the test does not wait for it
            with pytest.raises(LogFull):
                await bus.submit(submitted(new_id()))
            assert await analyzer.publish(big.model_copy(update={"analyzer": "last"}))

    run(scenario())


def test_a_follower_of_a_request_that_was_erased_behind_its_back_ends(nats_server: Any, run: Run) -> None:
    """The follower missed the cancellation (it had just looked): its next look finds nothing, and it ends."""

    async def scenario() -> None:
        async with nats_server.bus() as admin, nats_server.bus("gateway") as bus:
            event = submitted(new_id())
            await bus.submit(event)
            following = bus.follow(event.id)
            assert (await anext(following)).event == event
            await admin.sweep(event.id, None)
            await bus.back_again()
            assert [each async for each in following] == []

    run(scenario())


def test_what_is_too_large_for_the_server_is_refused_at_once_and_never_asked_again(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            with pytest.raises(LogRefused, match="more than this NATS server takes"):
                await bus.publish(Feature(id=new_id(), analyzer="x", status="ok", model="m" * (9 << 20)))

    run(scenario())
