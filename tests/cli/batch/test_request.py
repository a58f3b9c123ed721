"""A photo of a batch as a request in the log: what came to be and what never will, with the rights of the commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bus.client import Bus, BusDown, LogFull
from bus.events import Cancelled, Deadline, Failed, Joined, PhotoRef, Submitted, new_id
from bus.export import Exported
from bus.findings import Facts
from bus.history import History, Stored
from bus.roast.events import Roast
from bus.roast.style import Style
from bus.topology import IMAGES
from cli.batch.request import Requests, Terms, refused, result_of
from cli.replay.import_export import put
from gateway.upload.photo import Normalised

PHOTO = Normalised(b"jpeg", "a" * 64, 4, 3, Facts())
TERMS = Terms(Style(persona="critic"), 60, 120)


def requests(bus: Bus) -> Requests:
    return Requests(bus, TERMS, lambda _: None)


def roast(id: str) -> Roast:
    return Roast(id=id, text="ha", jokes=(), writer="house", persona="critic", heat="medium")


def test_a_photo_is_in_the_log_and_its_end_is_waited_for(nats_server: Any, run: Any) -> None:
    async def scenario() -> None:
        async with nats_server.bus("cli") as bus, nats_server.bus("admin") as admin:
            id, seen = new_id(), []
            assert await requests(bus).submit(id, PHOTO, ("x",))
            assert await admin.photos.get(id) == b"jpeg"
            await admin.publish(Joined(id=id, complete=False, missing={"x": "late"}))
            await admin.publish(roast(id))
            history = await requests(bus).outcome(id, lambda event: seen.append(event.type))
            assert seen == ["submitted", "joined", "roast"]
            result = result_of("a.jpg", id, PHOTO.sha256, history)
            assert (result.status, result.text, result.missing) == ("done", "ha", {"x": "late"})
            assert result.ms is not None

    run(scenario())


def test_what_was_submitted_is_in_and_what_was_not_is_called_off_for_good(nats_server: Any, run: Any) -> None:
    async def scenario() -> None:
        async with nats_server.bus("cli") as bus, nats_server.bus("admin") as admin:
            there, never = new_id(), new_id()
            assert await requests(bus).submit(there, PHOTO, ("x",))
            assert await requests(bus).is_in(there)
            assert not await requests(bus).is_in(never)
            assert not await requests(bus).is_in(never)
            late = (await admin.latest(there, "submitted")).submitted
            assert late is not None
            await admin.submit(late.model_copy(update={"id": never}))  # it was on its way all the time
            assert await admin.publish(roast(never)) is None
            assert not await requests(bus).is_in(never)

    run(scenario())


def test_a_request_whose_timers_ran_out_before_it_came_to_be_is_not_taken_up(nats_server: Any, run: Any) -> None:
    async def scenario() -> None:
        async with nats_server.bus("cli") as bus, nats_server.bus("admin") as admin:
            id = new_id()
            await admin.publish(Deadline(id=id, what="join", due=0))
            assert not await requests(bus).is_in(id)

    run(scenario())


def test_a_submission_without_an_answer_is_looked_for_before_it_is_made_again(nats_server: Any, run: Any) -> None:
    class Deaf(Bus):
        """Stores what it is given, and does not hear that it did."""

        async def submit(self, event: Submitted) -> int:
            await super().submit(event)
            raise BusDown("no answer")

    class Full(Bus):
        async def submit(self, event: Submitted) -> int:
            raise LogFull("full")

    async def scenario() -> None:
        async with nats_server.bus("cli") as bus:
            bus.__class__ = Deaf
            assert await requests(bus).submit(new_id(), PHOTO, ("x",))

    run(scenario())

    async def full(notes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        async with nats_server.bus("cli") as bus:
            bus.__class__ = Full
            assert not await Requests(bus, TERMS, notes.append).submit(new_id(), PHOTO, ("x",))

    notes: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.batch.request.FULL_S", 0)
        run(full(notes, patch))
    assert "waiting for room" in notes[0]


@pytest.mark.parametrize("limit", ["max_log_bytes", "max_image_bytes"])
def test_a_batch_and_an_import_that_find_no_room_leave_no_photo_behind(
    fresh_server: Callable[..., Any], run: Any, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.batch.request.FULL_S", 0)
    server = fresh_server(**{limit: 1 << 20})
    large = replace(PHOTO, data=bytes(1_200_000)) if limit == "max_image_bytes" else PHOTO
    ref = PhotoRef(key="i", sha256="a" * 64, width=4, height=3, bytes=len(large.data))
    request = Submitted(product="roast", id="i", photo=ref, facts=Facts(), expects=(), join_by=4e9, expire_by=4e9)
    notes: list[str] = []

    async def scenario() -> None:
        async with server.bus("admin") as admin, server.bus("cli") as bus:
            if limit == "max_log_bytes":
                await admin.nc.request("photo.filler.line.1.0", bytes(1_100_000), timeout=30)
            for _ in range(5):
                assert not await Requests(bus, TERMS, notes.append).submit(new_id(), large, ("x",))
                with pytest.raises(LogFull):
                    await put(bus, Exported(History.of([Stored(1, 1.0, request)]), large.data))
            assert (await admin.api(f"STREAM.INFO.{IMAGES}"))["state"]["messages"] == 0
            assert f"HECKLER_{limit.upper()}" in notes[0]

    run(scenario())


def history(*events: Any) -> History:
    return History.of(Stored(seq, float(seq), event) for seq, event in enumerate(events, 1))


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (Failed(id="i", code="expired", detail="late", hint="see"), "expired"),
        (Cancelled(id="i"), "cancelled"),
        (None, "erased"),
    ],
)
def test_a_request_that_ends_without_a_roast_tells_why(ending: Any, code: str) -> None:
    result = result_of("a.jpg", "i", "s", history(*([ending] if ending else [])))
    assert (result.status, result.code) == ("failed", code)
    assert result.detail
    assert result.hint


def test_a_file_that_is_no_photo_has_the_code_and_the_advice_of_the_gateway() -> None:
    result = refused("a.jpg", "not_an_image", "It is none.")
    assert (result.status, result.code) == ("bad", "not_an_image")
    assert "JPEG" in (result.hint or "")
    assert "may be read" in (refused(str(Path("b")), "unreadable", "gone").hint or "")
