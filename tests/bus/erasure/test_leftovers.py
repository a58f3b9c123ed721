"""A photo whose request never came to be is erased; one with a request, or that came just now, is not touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bus.erasure.leftovers import Leftovers
from bus.events import PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.jetstream.photo_store import PART, PhotoGone

Run = Callable[[Any], Any]
LARGE = b"p" * (2 * PART + 7)


def submitted(id: str) -> Submitted:
    photo = PhotoRef(key=id, sha256=id, width=1, height=1, bytes=len(LARGE))
    return Submitted(product="roast", id=id, photo=photo, facts=Facts(), expects=("x",), join_by=2e9, expire_by=2e9)


def test_only_what_has_been_without_a_request_for_long_is_erased(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus("gateway") as bus:
            kept, left = new_id(), new_id()
            for key in (kept, left):
                await bus.photos.put(key, LARGE)
            await bus.submit(submitted(kept))
            assert await Leftovers(bus).look() == []
            assert await Leftovers(bus, age_s=0).look() == [left]
            with pytest.raises(PhotoGone):
                await bus.photos.get(left)
            assert await bus.photos.get(kept) == LARGE
            assert await Leftovers(bus, age_s=0).look() == []

    run(scenario())


def test_a_request_that_comes_between_two_looks_saves_its_photo(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus("gateway") as bus:
            slow = new_id()
            await bus.photos.put(slow, LARGE)
            leftovers = Leftovers(bus, age_s=3600)
            assert await leftovers.look() == []
            await bus.submit(submitted(slow))
            leftovers.age_s = 0
            assert await leftovers.look() == []
            assert await bus.photos.get(slow) == LARGE

    run(scenario())


def test_many_photos_take_more_than_one_question(
    fresh_server: Callable[..., Any], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus("gateway") as bus:
            monkeypatch.setattr("bus.erasure.leftovers._AT_ONCE", 2)
            ids = [new_id() for _ in range(5)]
            for id in ids:
                await bus.photos.put(id, b"p")
            for id in ids[:4]:
                await bus.submit(submitted(id))
            assert await Leftovers(bus, age_s=0).look() == ids[4:]

    run(scenario())
