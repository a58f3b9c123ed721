"""A server that cannot open its files says that what lies in them is not there: no read takes its word for that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from deliveries import request
from descriptors import short_of_descriptors, takes_descriptors

from bus.client import Bus
from bus.events import Submitted, new_id
from bus.jetstream.direct_get import DirectReader, ReadFailed
from bus.jetstream.leader_get import LeaderReader
from bus.topology import IMAGES, PHOTOS

Run = Callable[[Any], Any]

PHOTO = b"a photo" * 200_000

pytestmark = takes_descriptors


@pytest.fixture
def server(fresh_server: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """One that keeps nothing in memory that it could read again."""
    monkeypatch.setenv("GOGC", "1")
    return fresh_server()


async def fill(server: Any) -> Submitted:
    """Stores requests, and starts the server anew; one of them."""
    requests = [request() for _ in range(9)]
    async with server.bus() as bus:
        for event in requests:
            await bus.publish(event)
            await bus.photos.put(event.id, PHOTO)
    server.stop()  # one that is killed reads its files at its start
    server.embedded.start()
    return requests[4]


def readers(bus: Bus) -> tuple[DirectReader, LeaderReader]:
    """Both ways of reading: of one server, and of a cluster's leader."""
    return bus.reader._direct, bus.reader._leader


def test_what_cannot_be_read_is_not_taken_for_gone(server: Any, run: Run) -> None:
    async def scenario() -> None:
        event = await fill(server)
        id, subject = event.id, f"photo.{event.id}.>"
        async with server.bus() as bus:
            with short_of_descriptors(server.embedded.process.pid):
                for reader in readers(bus):
                    reads = (
                        lambda reader=reader: reader.last(PHOTOS, [subject]),
                        lambda reader=reader: reader.last(IMAGES, [f"$KV.IMAGES.{id}.*"]),
                        lambda reader=reader: reader.after(PHOTOS, subject),
                        lambda reader=reader: reader.at(PHOTOS, 3),
                    )
                    for read in reads:
                        with pytest.raises(ReadFailed, match="cannot read what it holds"):
                            await read()
                    assert await reader.last(PHOTOS, [f"photo.{new_id()}.>"]) == []
                with pytest.raises(ReadFailed):
                    await bus.latest(id)
                with pytest.raises(ReadFailed):
                    await bus.photos.get(id)
            assert (await bus.latest(id)).submitted == event
            assert await bus.photos.get(id) == PHOTO

    run(scenario())


def test_what_is_gone_is_gone_for_every_reader(server: Any, run: Run) -> None:
    async def scenario() -> None:
        subject = f"photo.{(await fill(server)).id}.>"
        async with server.bus() as bus:
            [stored] = await bus.reader.last(PHOTOS, [subject])
            for reader in readers(bus):
                assert await reader.after(PHOTOS, subject, stored.seq) == []
            await bus.api(f"STREAM.MSG.DELETE.{PHOTOS}", {"seq": stored.seq})
            for reader in readers(bus):
                assert await reader.at(PHOTOS, stored.seq) is None
                assert await reader.at(PHOTOS, stored.seq + 1000) is None
                assert await reader.last(PHOTOS, [subject]) == []
                assert await reader.after(PHOTOS, subject) == []

    run(scenario())


def test_more_than_one_answer_holds_is_read_in_several(server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as bus:
            requests = [request() for _ in range(20)]
            for event in requests:
                await bus.publish(event)
            for reader in readers(bus):
                for most in (1, 7, 20, 21):
                    found = await reader.after(PHOTOS, "photo.*.submitted", 0, most)
                    assert [m.subject.split(".")[1] for m in found] == [event.id for event in requests[:most]]

    run(scenario())
