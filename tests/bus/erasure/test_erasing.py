"""Erasing works whichever process dies in between, and brings nothing back; a dead letter that is refused delays no
other work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus import client
from bus.dead_letters import send
from bus.dead_letters.send import Letter, MaxDeliveriesHandler, instead_of, keep
from bus.erasure.overwrite import SWEEPS_S, Erased
from bus.erasure.sweeper import next_sweep
from bus.events import Deadline, Due, Erase, Feature, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.jetstream.codec import unpack
from bus.jetstream.finding_cache import key
from bus.jetstream.photo_store import PART
from bus.jetstream.publish import LogRefused
from bus.jetstream.timers import ticket
from bus.topology import DEAD, PHOTOS

Run = Callable[[Any], Any]


def submitted() -> Submitted:
    id = new_id()
    photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=1)
    return Submitted(product="roast", id=id, photo=photo, facts=Facts(), expects=("x",), join_by=2e9, expire_by=2e9)


async def subjects(admin: Any, id: str) -> list[str]:
    return sorted(message.subject for message in await admin.reader.last(PHOTOS, [f"photo.{id}.>"]))


def test_only_the_order_to_sweep_again_is_left_also_when_it_is_erased_twice(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as admin, nats_server.bus("gateway") as bus:
            event = submitted()
            await bus.submit(event)
            for _ in range(2):
                await bus.erase(event.id)
                assert await subjects(admin, event.id) == [f"photo.{event.id}.erase"]
                assert await subjects(admin, ticket(event.id)) == []
            await bus.sweep(event.id, event.photo.sha256)
            assert await subjects(admin, event.id) == []

    run(scenario())


def test_a_process_that_dies_before_anything_is_removed_has_ordered_that_it_will_be(
    nats_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as admin, nats_server.bus("gateway") as bus:
            event = submitted()
            await bus.submit(event)

            async def die(*_: Any, **__: Any) -> None:
                raise ConnectionAbortedError("killed")

            monkeypatch.setattr(client, "sweep", die)
            with pytest.raises(ConnectionAbortedError):
                await bus.erase(event.id)
            assert f"photo.{event.id}.erase" in await subjects(admin, event.id)

    run(scenario())


def test_what_was_erased_is_reported_in_numbers(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as admin, nats_server.bus("gateway") as bus:
            event = submitted()
            await bus.photos.put(event.id, b"p" * (PART + 7))
            await bus.submit(event)
            await keep(admin, Letter("analyze-x", event.subject, 17, 3, "error", "trace", b"what was found", {}))
            await admin.findings.put(key(event.photo.sha256, "x", "1"), Feature(id="", analyzer="x", status="skipped"))
            await admin.nc.flush()
            erased = await bus.erase(event.id)
            counts = (erased.findings, erased.dead_letters, erased.photo_parts, erased.photo_bytes)
            assert counts == (1, 1, 2, PART + 7)
            assert erased.events == 5  # the submission, the cancellation, two timers and their record
            assert erased.bytes > erased.photo_bytes
            assert await bus.sweep(new_id(), None) == Erased()

    run(scenario())


@given(st.floats(0, 200))
def test_sweeps_become_rarer_and_end(age: float) -> None:
    wait = next_sweep(age)
    assert (wait is None) == (age >= SWEEPS_S[-1])
    assert wait is None or (wait > 0 and age + wait == pytest.approx(min(at for at in SWEEPS_S if at > age)))


def test_a_timer_or_an_order_that_fails_for_good_puts_nothing_in_the_place_of_what_was_erased() -> None:
    id = new_id()
    assert instead_of("aggregate", Due(id=id, what="join", due=0), "reading failed") is None
    assert instead_of("sweep", Erase(id=id), "erasing failed") is None
    assert instead_of("aggregate", Deadline(id=id, what="join", due=0), "joining failed") is not None


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


def test_where_no_dead_letter_can_be_kept_it_is_still_said_that_nothing_will_come(
    nats_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> None:
        raise LogRefused("not this one")

    monkeypatch.setattr(send, "keep", refuse)

    async def scenario() -> None:
        async with nats_server.bus() as bus:
            event = submitted()
            seq = await bus.submit(event)
            await MaxDeliveriesHandler(bus)._handle({"consumer": "analyze-x", "stream_seq": seq, "deliveries": 3})
            feature = (await bus.latest(event.id)).features["x"]
            assert isinstance(feature, Feature)
            assert feature.status == "failed"

    run(scenario())
