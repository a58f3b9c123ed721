"""Where analyzers stand: read off their consumers, pure; and looked at before a real log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aggregator.lookout import Lookout
from aggregator.standing import AFTER, AWAY, BUSY, QUEUED, RETRYING, Consumer, consumers_of, standings_of
from bus import topology
from bus.client import Bus
from bus.events import Feature, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.history import History, Stored
from bus.service.presence import ServiceInfo, register

Run = Callable[[Any], Any]
FACES = Consumer(10, ())
EMOTIONS = Consumer(10, ("faces",))


def request(id: str = "id", at: float = 0.0) -> Submitted:
    photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=1)
    expects = ("faces", "emotions")
    return Submitted(
        product="roast", id=id, at=at, photo=photo, facts=Facts(), expects=expects, join_by=4e9, expire_by=4e9
    )


def history(submitted: int, faces: int | None = None) -> History:
    found = [] if faces is None else [Stored(faces, 0.0, Feature(id="id", analyzer="faces", status="ok"))]
    return History.of([Stored(submitted, 0.0, request()), *found])


def test_one_that_was_handed_the_photo_is_busy_and_one_that_was_not_waits_for_its_turn() -> None:
    answering = {"faces", "emotions"}
    consumers = {"faces": FACES, "emotions": EMOTIONS}
    both = ("faces", "emotions")
    assert standings_of(history(10), both, consumers, answering) == {"faces": BUSY, "emotions": AFTER}
    assert standings_of(history(11), both, consumers, answering) == {"faces": QUEUED, "emotions": AFTER}
    assert standings_of(history(1, faces=10), ("emotions",), consumers, answering) == {"emotions": BUSY}
    assert standings_of(history(1, faces=11), ("emotions",), consumers, answering) == {"emotions": QUEUED}


def test_one_that_does_not_answer_or_has_no_consumer_is_away() -> None:
    assert standings_of(history(10), ("faces",), {"faces": FACES}, ()) == {"faces": AWAY}
    assert standings_of(history(10), ("faces",), {}, ("faces",)) == {"faces": AWAY}


def test_what_came_again_is_tried_again() -> None:
    assert standings_of(history(10), ("faces",), {"faces": Consumer(10, (), retries=True)}, ("faces",)) == {
        "faces": RETRYING
    }


@given(st.integers(1, 50), st.integers(1, 50), st.sets(st.sampled_from(("faces", "emotions", "stranger"))))
def test_something_is_said_of_each(submitted: int, delivered: int, answering: set[str]) -> None:
    consumers = {"faces": Consumer(delivered, ()), "emotions": Consumer(delivered, ("faces",))}
    missing = ("faces", "emotions", "stranger")
    assert standings_of(history(submitted), missing, consumers, answering).keys() == set(missing)


def test_a_look_tells_who_waits_who_works_and_who_is_gone(fresh_server: Callable[..., Any], run: Run) -> None:
    async def scenario() -> None:
        async with fresh_server_bus("admin") as admin, fresh_server_bus("aggregator") as bus:
            for name, needs in (("faces", ()), ("emotions", ("faces",)), ("gone", ())):
                await admin.ensure_consumer(topology.analyzer(name, needs))
            for name in ("faces", "emotions"):
                await register(admin.nc, ServiceInfo(name, group="face"))
            first, second = [await submitted(admin) for _ in range(2)]
            await handed_out(admin, "faces", 1)
            asked = await admin.nc.subscribe("$JS.API.CONSUMER.LIST.PHOTOS")
            lookout, names = Lookout(bus), ("faces", "emotions", "gone")
            told = await asyncio.gather(*(lookout.standings(each, names) for each in (first, second)))
            assert told == [
                {"faces": BUSY, "emotions": AFTER, "gone": AWAY},
                {"faces": QUEUED, "emotions": AFTER, "gone": AWAY},
            ]
            assert asked.pending_msgs == 1  # both were answered with one look

    server = fresh_server()
    fresh_server_bus = server.bus
    run(scenario())


def test_a_consumer_tells_what_its_analyzer_needs() -> None:
    listed = [
        {"name": f"analyze-{name}", "delivered": {"stream_seq": 5}, "config": config, "num_redelivered": again}
        for name, config, again in (
            ("faces", {"filter_subjects": ["photo.*.submitted", "photo.*.again.analyze-faces.*"]}, 0),
            ("emotions", {"filter_subject": "photo.*.feature.faces"}, 1),
        )
    ]
    listed.append({"name": "write", "delivered": {"stream_seq": 9}, "config": {}})
    assert consumers_of(listed) == {"faces": Consumer(5, ()), "emotions": Consumer(5, ("faces",), retries=True)}


async def submitted(bus: Bus) -> History:
    event = request(new_id())
    await bus.publish(event)
    return await bus.latest(event.id)


async def handed_out(bus: Bus, name: str, count: int) -> None:
    """As if a process had taken so many photos in hand."""
    inbox = bus.nc.new_inbox()
    subscription = await bus.nc.subscribe(inbox)
    await bus.nc.publish(f"$JS.API.CONSUMER.MSG.NEXT.PHOTOS.analyze-{name}", str(count).encode(), reply=inbox)
    for _ in range(count):
        await subscription.next_msg(5)
