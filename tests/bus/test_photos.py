"""Photos in parts, some of which a replica may not have yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bus.client import PhotoGone
from bus.direct import DirectReader, Message
from bus.events import new_id
from bus.photos import Photos

Run = Callable[[Any], Any]


class Counting:
    """A reader that counts how often it asks, and does `between` after the first answer."""

    def __init__(self, reader: DirectReader, between: Callable[[], Any] | None = None) -> None:
        self._reader, self._between = reader, between
        self.asked = 0

    async def last(self, stream: str, subjects: list[str]) -> list[Message]:
        self.asked += 1
        answer = await self._reader.last(stream, subjects)
        if self.asked == 1 and self._between:
            await self._between()
        return answer


def test_parts_that_are_still_on_their_way_are_asked_for_again(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            id = new_id()

            async def part(number: int, data: bytes) -> None:
                await bus.nc.request(f"$KV.IMAGES.{id}.{number}", data, headers={"Heckler-Part": f"{number}/2"})

            await part(0, b"first ")
            reader: Any = Counting(bus.reader, lambda: part(1, b"second"))
            assert await Photos(bus.nc, reader).get(id) == b"first second"
            assert reader.asked == 2

    run(scenario())


def test_a_deleted_photo_is_asked_for_once_and_one_that_lost_a_part_is_gone_in_the_end(
    nats_server: Any, run: Run
) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            reader: Any = Counting(bus.reader)
            with pytest.raises(PhotoGone, match="it was deleted"):
                await Photos(bus.nc, reader).get(new_id())
            assert reader.asked == 1
            half = new_id()
            await bus.nc.request(f"$KV.IMAGES.{half}.0", b"first", headers={"Heckler-Part": "0/2"})
            with pytest.raises(PhotoGone, match="a part of the photo"):
                await bus.photos.get(half)

    run(scenario())
