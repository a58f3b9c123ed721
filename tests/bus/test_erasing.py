"""Erasing holds whatever dies in between, and brings nothing back; a dead letter that is refused holds nobody up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bus import dead
from bus.dead import Letter, Undertaker, instead_of, keep
from bus.events import Deadline, Feature, PhotoRef, Submitted, new_id
from bus.features import Facts
from bus.log import LogRefused
from bus.topology import DEAD, PHOTOS
from bus.wire import unpack

Run = Callable[[Any], Any]


def submitted() -> Submitted:
    id = new_id()
    photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=1)
    return Submitted(id=id, photo=photo, facts=Facts(), expects=("x",), join_by=2e9, expire_by=2e9)


async def subjects(admin: Any, id: str) -> list[str]:
    return sorted(message.subject for message in await admin.reader.last(PHOTOS, [f"photo.{id}.>"]))


def test_only_the_schedule_of_the_second_sweep_is_left_also_when_it_is_erased_twice(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as admin, nats_server.bus("gateway") as bus:
            event = submitted()
            await bus.submit(event)
            for _ in range(2):
                await bus.erase(event.id)
                assert await subjects(admin, event.id) == [f"photo.{event.id}.timer.erase"]
            await bus.sweep(event.id, event.photo.sha256)
            assert await subjects(admin, event.id) == []

    run(scenario())


def test_who_dies_before_anything_is_removed_has_scheduled_that_it_will_be(
    nats_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as admin, nats_server.bus("gateway") as bus:
            event = submitted()
            await bus.submit(event)

            async def die(*_: Any, **__: Any) -> None:
                raise ConnectionAbortedError("killed")

            monkeypatch.setattr(bus, "_purge", die)
            with pytest.raises(ConnectionAbortedError):
                await bus.erase(event.id)
            assert f"photo.{event.id}.timer.erase" in await subjects(admin, event.id)

    run(scenario())


def test_a_sweep_that_fails_for_good_puts_nothing_in_the_place_of_what_was_erased() -> None:
    id = new_id()
    assert instead_of("aggregate", Deadline(id=id, what="erase", at=1.0), "purging failed") is None
    assert instead_of("aggregate", Deadline(id=id, what="join", at=1.0), "joining failed") is not None


def test_a_dead_letter_that_is_too_large_is_kept_without_its_event(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            id = new_id()
            data = b"x" * bus.nc.max_payload
            await keep(bus, Letter("analyze-x", f"photo.{id}.submitted", 7, 3, "ValueError()", "trace", data, {}))
            (message,) = await bus.reader.last(DEAD, [f"dead.{id}.>"])
            kept = unpack(message.data)
            assert (kept["data"], kept["traceback"]) == (b"", "trace")
            assert kept["error"].startswith("ValueError() (without its event, which was refused")

    run(scenario())


def test_where_no_dead_letter_can_be_kept_the_undertaker_still_says_that_nothing_will_come(
    nats_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> None:
        raise LogRefused("not this one")

    monkeypatch.setattr(dead, "keep", refuse)

    async def scenario() -> None:
        async with nats_server.bus() as bus:
            event = submitted()
            seq = await bus.submit(event)
            await Undertaker(bus)._bury({"consumer": "analyze-x", "stream_seq": seq, "deliveries": 3})
            feature = (await bus.latest(event.id)).features["x"]
            assert isinstance(feature, Feature)
            assert feature.status == "failed"

    run(scenario())
