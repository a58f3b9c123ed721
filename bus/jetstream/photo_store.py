"""Photo bytes in the IMAGES bucket, in parts that fit any NATS server's message limit, read back in one round trip."""

from __future__ import annotations

import hashlib

from nats.aio.client import Client

from bus.jetstream.capacity import Capacity
from bus.jetstream.leader_get import Reader
from bus.jetstream.publish import ABSENT, store
from bus.subjects import photo_part
from bus.topology import IMAGES

PART = 512 * 1024
_AROUND = 256
"""Bytes that a part takes besides its own: subject, header, checksum."""


DAMAGED = "the photo is damaged: what the store has of it is not what was put there; send it again"


class PhotoUnavailable(Exception):
    """The photo cannot be had, and never again under this key."""


class PhotoGone(PhotoUnavailable):
    """The photo was deleted, or its hour is over."""


class PhotoDamaged(PhotoUnavailable):
    """The store has lost a part of the photo, or has other bytes than were put there."""

    def __init__(self) -> None:
        super().__init__(DAMAGED)


class Photos:
    """The bucket: key (a request's id) → bytes."""

    def __init__(self, nc: Client, reader: Reader, capacity: Capacity) -> None:
        self._nc = nc
        self._reader = reader
        self._capacity = capacity

    async def put(self, key: str, data: bytes) -> None:
        """Stores a photo, or nothing where there is no room for all of it; what is there under `key` already stays.
        Raises BusDown, LogFull."""
        parts = [data[i : i + PART] for i in range(0, len(data), PART)] or [b""]
        async with self._capacity.for_photo(len(data) + len(parts) * _AROUND):
            for number, part in enumerate(parts):
                # never twice, after a lost answer: what the server replaces stays in its files, out of erasing's reach
                header = {"Heckler-Part": f"{number}/{len(parts)}", **ABSENT}
                await store(self._nc, photo_part(key, number), part, header)

    async def get(self, key: str, sha256: str | None = None) -> bytes:
        """A photo's bytes, which must have this hash, if one is given. Raises PhotoGone, PhotoDamaged, ReadFailed."""
        data = await self._read(key)
        if data is None:  # deleting takes one part after the other: what is being deleted has nothing the second time
            data = await self._read(key)
        if data is None or (sha256 is not None and hashlib.sha256(data).hexdigest() != sha256):
            raise PhotoDamaged
        return data

    async def _read(self, key: str) -> bytes | None:
        """The parts put together; None where one is missing. Raises PhotoGone, ReadFailed."""
        messages = await self._reader.last(IMAGES, [photo_part(key)])
        parts = {message.headers.get("Heckler-Part", ""): message.data for message in messages}
        if not parts:
            raise PhotoGone("the photo is gone: it was deleted, or is older than photos are kept")
        total = next(iter(parts)).partition("/")[2]
        names = [f"{number}/{total}" for number in range(int(total))] if total.isdigit() else [""]
        return b"".join(parts[name] for name in names) if parts.keys() == set(names) - {""} else None
