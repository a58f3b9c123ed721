"""Photos in parts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from live_files import states

from bus.client import Bus, LogFull, PhotoDamaged, PhotoGone
from bus.events import new_id
from bus.topology import IMAGES

Run = Callable[[Any], Any]


async def stored(bus: Bus, key: str, number: int, data: bytes, part: str | None) -> None:
    """A part as it should be, or as it should not."""
    headers = {"Heckler-Part": part} if part else {}
    await bus.nc.request(f"$KV.IMAGES.{key}.{number}", data, timeout=30, headers=headers)


def test_a_deleted_photo_is_gone(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            with pytest.raises(PhotoGone, match="it was deleted"):
                await bus.photos.get(new_id())

    run(scenario())


@pytest.mark.parametrize(
    "parts", [["0/2"], ["1/2"], ["0/1", "0/1", "2/3"], ["0/3", "1/2"], [None], ["x"], ["0/"], ["0/0"]]
)
def test_a_photo_that_lost_a_part_is_damaged_not_gone(nats_server: Any, run: Run, parts: list[str | None]) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            key = new_id()
            for number, part in enumerate(parts):
                await stored(bus, key, number, b"part", part)
            with pytest.raises(PhotoDamaged, match="send it again"):
                await bus.photos.get(key)

    run(scenario())


def test_a_photo_with_other_bytes_than_it_had_is_damaged(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            key, data = new_id(), b"p" * 600_000
            sha256 = hashlib.sha256(data).hexdigest()
            await bus.photos.put(key, data)
            assert await bus.photos.get(key, sha256) == data
            for short in (b"p" * 75_711, b"q" * 75_712):
                await stored(bus, key, 1, short, "1/2")
                with pytest.raises(PhotoDamaged):
                    await bus.photos.get(key, sha256)

    run(scenario())


def on_disk(server: Any) -> int:
    """Bytes that the photo store's files take."""
    folder = server.settings.data / "nats" / "jetstream"
    return sum(state.st_blocks * 512 for _, state in states(folder, "KV_IMAGES/msgs/*.blk"))


def test_refused_photos_leave_a_full_store_as_it_was(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server(max_image_bytes=4 << 20)

    async def scenario() -> None:
        async with server.bus("gateway") as bus:
            for key in ("a", "b", "c"):
                await bus.photos.put(key, bytes(1_100_000))  # three parts, as each of those that find no room
            before = (await bus.api(f"STREAM.INFO.{IMAGES}"))["state"], on_disk(server)
            for n in range(100):
                with pytest.raises(LogFull, match="HECKLER_MAX_IMAGE_BYTES"):
                    await bus.photos.put(f"no-room-{n}", bytes(1_100_000))
            after = (await bus.api(f"STREAM.INFO.{IMAGES}"))["state"], on_disk(server)
            assert after == before

    run(scenario())


def test_photos_that_come_at_once_get_in_whole_or_not_at_all(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server(max_image_bytes=4 << 20)

    async def scenario() -> None:
        async with server.bus("gateway") as bus:
            puts = (bus.photos.put(f"p{n}", bytes(1_100_000)) for n in range(12))
            came = await asyncio.gather(*puts, return_exceptions=True)
            stored = [f"p{n}" for n, error in enumerate(came) if error is None]
            assert 1 <= len(stored) <= 3
            assert all(isinstance(error, LogFull) for error in came if error)
            messages = await bus.reader.last(IMAGES, ["$KV.IMAGES.>"])
            assert len(messages) == 3 * len(stored)  # no part of any other
            for key in stored:
                assert await bus.photos.get(key) == bytes(1_100_000)

    run(scenario())
