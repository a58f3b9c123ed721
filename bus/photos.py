"""Photo bytes in the IMAGES bucket, in parts that fit any NATS server's message limit, read back in one round trip."""

from __future__ import annotations

from nats.aio.client import Client

from bus.leader import Reader
from bus.log import ABSENT, store
from bus.room import Room
from bus.topology import IMAGES

PART = 512 * 1024
_AROUND = 256
"""Bytes that a part takes besides its own: subject, header, checksum."""


class PhotoGone(Exception):
    """The photo was deleted, or its hour is over."""


class Photos:
    """The bucket: key (a request's id) → bytes."""

    def __init__(self, nc: Client, reader: Reader, room: Room) -> None:
        self._nc = nc
        self._reader = reader
        self._room = room

    async def put(self, key: str, data: bytes) -> None:
        """Stores a photo, or nothing where there is no room for all of it; what is there under `key` already stays.
        Raises BusDown, LogFull."""
        parts = [data[i : i + PART] for i in range(0, len(data), PART)] or [b""]
        async with self._room.for_photo(len(data) + len(parts) * _AROUND):
            for number, part in enumerate(parts):
                # never twice, after a lost answer: what the server replaces stays in its files, out of erasing's reach
                header = {"Heckler-Part": f"{number}/{len(parts)}", **ABSENT}
                await store(self._nc, f"$KV.IMAGES.{key}.{number}", part, header)

    async def get(self, key: str) -> bytes:
        """A photo's bytes. Raises PhotoGone, ReadFailed."""
        messages = await self._reader.last(IMAGES, [f"$KV.IMAGES.{key}.*"])
        parts = {message.headers["Heckler-Part"]: message.data for message in messages}
        if not parts:
            raise PhotoGone("the photo is gone: it was deleted, or is older than photos are kept")
        total = int(next(iter(parts)).split("/")[1])
        try:
            return b"".join(parts[f"{number}/{total}"] for number in range(total))
        except KeyError as error:
            raise PhotoGone("a part of the photo is gone") from error
