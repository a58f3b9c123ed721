"""Where the operator has replicated the streams: three real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from typing import Any

import pytest
from cluster import Cluster, places, ready, replicate
from nats.aio.msg import Msg

from bus.client import Bus
from bus.events import Cancelled, Event, Feature, Joined, new_id
from bus.jetstream.direct_get import DirectReader, ReadFailed
from bus.jetstream.follow import Follower
from bus.jetstream.health import Look
from bus.jetstream.leader_get import LeaderReader
from bus.topology import DEAD, FEATURES, IMAGES, PHOTOS, streams

Run = Callable[[Any], Any]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    three = Cluster(tmp_path_factory.mktemp("cluster"))
    three.start()

    async def declared() -> None:
        async with three.bus() as bus:
            await ready(bus)
            await replicate(bus, DEAD)
            await replicate(bus, PHOTOS)
            await replicate(bus, IMAGES)

    try:
        asyncio.run(asyncio.wait_for(declared(), 90))
        yield three
    finally:
        three.stop()


def test_an_event_is_stored_once_and_no_publisher_is_refused_for_being_second(cluster: Cluster, run: Run) -> None:
    async def scenario() -> None:
        async with cluster.bus(0) as one, cluster.bus(1) as two:
            stored = 0
            for _ in range(50):  # without replicas it never happens, with them every third time
                event = Feature(id=new_id(), analyzer="x", status="skipped")
                results = await asyncio.gather(one.publish(event), two.publish(event))
                won = sum(seq is not None for seq in results)
                assert won <= 1  # none, where it met itself at a second try
                stored += won
                assert len((await one.latest(event.id)).events) == 1
            assert stored >= 25

    run(scenario())


def test_the_replicas_that_the_operator_gave_a_stream_stay(cluster: Cluster, run: Run) -> None:
    async def scenario() -> None:
        async with cluster.bus() as bus:
            await bus.ensure_streams()
            for stream in (config["name"] for config in streams(cluster.settings)):
                replicas = (await bus.api(f"STREAM.INFO.{stream}"))["config"]["num_replicas"]
                assert (stream, replicas) == (stream, 3 if stream in (PHOTOS, IMAGES, DEAD) else 1)

    run(scenario())


@pytest.fixture(scope="module")
def replicated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Every stream that can have replicas has three, by the setting."""
    three = Cluster(tmp_path_factory.mktemp("replicated"))
    three.settings = three.settings.model_copy(update={"nats_replicas": 3})
    three.start()

    async def declared() -> None:
        async with three.bus() as bus:
            await ready(bus)

    try:
        asyncio.run(asyncio.wait_for(declared(), 90))
        yield three
    finally:
        three.stop()


def test_the_setting_gives_every_stream_its_replicas_but_the_one_that_cannot_have_any(
    replicated: Cluster, run: Run
) -> None:
    async def scenario() -> None:
        async with replicated.bus() as bus:
            for config in streams(replicated.settings):
                there = (await bus.api(f"STREAM.INFO.{config['name']}"))["config"]
                assert there["num_replicas"] == (1 if config["name"] == FEATURES else 3)
            await bus.ensure_streams()

    run(scenario())


def test_a_cluster_without_the_server_that_has_the_cache_of_findings_takes_photos(
    replicated: Cluster, run: Run
) -> None:
    async def scenario() -> None:
        async with replicated.bus() as bus:
            leader, _ = await places(bus, FEATURES)
        with replicated.without(leader):
            async with replicated.bus(1 if leader == "n0" else 0) as bus:
                await ready(bus)
                look = await looked(bus)
                assert (set(look.failing), look.trouble) == ({FEATURES}, None)
                assert (await bus.ready())["stream"]
                await bus.photos.put(new_id(), b"a photo")

    run(scenario())


async def looked(bus: Bus) -> Look:
    """A look once the two servers that are left have elected a leader."""
    while (look := await bus.health.look()).trouble:
        pass
    return look


def events_of(id: str) -> tuple[Event, ...]:
    return (*(Feature(id=id, analyzer=name, status="skipped") for name in "abc"), Joined(id=id, complete=True))


def test_what_was_stored_is_read_at_once_whatever_becomes_of_a_follower(cluster: Cluster, run: Run) -> None:
    async def scenario() -> None:
        async with cluster.bus() as bus:
            leader, followers = await places(bus, PHOTOS)
        async with cluster.bus(int(leader[1:])) as bus:
            photo = bytes(3 << 19)
            with cluster.halted(followers[0]):
                for _ in range(10):
                    id = new_id()
                    for event in events_of(id):
                        await bus.publish(event)
                        assert (await bus.latest(id)).events[-1].event == event
                    assert len((await bus.latest(id, "feature.*")).events) == 3
            await bus.photos.put(id, photo)
            assert await bus.photos.get(id) == photo

    run(scenario(), 60)


async def heard(bus: Bus, id: str, known: int, then: Callable[[], Awaitable[Any]]) -> list[Any]:
    """The events of a request that a follower receives; once the `known` ones are there, `then` makes more happen."""
    events: list[Any] = []
    async for stored in bus.follow(id):
        events.append(stored.event)
        if len(events) == known:
            await then()
    return events


async def publish(bus: Bus, events: Iterable[Event]) -> None:
    for event in events:
        await bus.publish(event)


def test_a_follower_of_a_request_on_any_server_misses_nothing(cluster: Cluster, run: Run) -> None:
    async def scenario() -> None:
        async with cluster.bus(0) as one, cluster.bus(1) as two:
            for _ in range(20):
                id = new_id()
                expected = (*events_of(id), Cancelled(id=id))
                await publish(one, expected[:2])
                assert tuple(await heard(two, id, 2, partial(publish, one, expected[2:]))) == expected

    run(scenario(), 60)


def test_an_event_that_is_lost_between_two_servers_comes_before_the_next_one(
    cluster: Cluster, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when they are parted for a moment, while the follower's own connection stays."""
    hear, lost = Follower._on_message, []

    async def lossy(self: Follower, msg: Msg) -> None:
        if ".feature.b" in msg.subject or ".joined" in msg.subject:
            lost.append(msg.subject)
        else:
            await hear(self, msg)

    monkeypatch.setattr(Follower, "_on_message", lossy)

    async def scenario() -> None:
        async with cluster.bus(0) as one, cluster.bus(1) as two:
            id = new_id()
            expected = (*events_of(id), Cancelled(id=id))
            await publish(one, expected[:1])
            assert tuple(await heard(two, id, 1, partial(publish, one, expected[1:]))) == expected
            assert len(lost) == 2

    run(scenario(), 60)


def test_the_ending_of_a_request_that_is_being_erased_reaches_its_followers(cluster: Cluster, run: Run) -> None:
    """Although the log has it no more when the follower reads."""

    async def scenario() -> None:
        async with cluster.bus(0) as one, cluster.bus(1) as two:
            id = new_id()
            await publish(one, events_of(id)[:1])
            events = await heard(two, id, 1, partial(one.erase, id))
            assert [event.reason for event in events[1:]] == ["deleted"]

    run(scenario(), 60)


def test_the_leader_answers_as_any_replica_does(cluster: Cluster, run: Run) -> None:
    async def scenario() -> None:
        async with cluster.bus() as bus:
            id, other = new_id(), new_id()
            for event in (*events_of(id), *events_of(other)):
                await bus.publish(event)
            await replicate(bus, PHOTOS)  # all have everything
            direct, leader = DirectReader(bus.nc, bus.nc.new_inbox()), LeaderReader(bus.nc)
            await direct.start()
            subjects = [f"photo.{id}.feature.*", f"photo.{other}.>", f"photo.{id}.feature.a"]
            found = await direct.last(PHOTOS, subjects)
            assert len(found) == 7
            assert plain(await leader.last(PHOTOS, subjects)) == plain(found)
            for most in (1, 2, 1024):
                some = await direct.after(PHOTOS, f"photo.{id}.>", found[0].seq, most)
                assert plain(await leader.after(PHOTOS, f"photo.{id}.>", found[0].seq, most)) == plain(some)
            assert plain([await leader.at(PHOTOS, found[0].seq)]) == plain([await direct.at(PHOTOS, found[0].seq)])
            assert await leader.at(PHOTOS, found[-1].seq + 1000) is None
            with pytest.raises(ReadFailed, match="stream not found"):
                await leader.at("NOWHERE", 1)

    run(scenario(), 60)


def plain(messages: list[Any]) -> list[Any]:
    """What matters of messages; a direct get adds headers of its own, and digits to the time."""
    own = [{k: v for k, v in m.headers.items() if not k.startswith("Nats-")} for m in messages]
    return [(m.seq, round(m.at, 5), m.subject, m.data, headers) for m, headers in zip(messages, own, strict=True)]
