"""Photo bytes in the IMAGES bucket, in parts that fit any NATS server's message limit, read back in one round trip."""

from __future__ import annotations

import asyncio

from nats.aio.client import Client

from bus.direct import DirectReader
from bus.log import store
from bus.topology import IMAGES

PART = 512 * 1024
_AGAIN_S = (0.05, 0.1, 0.2, 0.3, 0.4)
"""Pauses before asking again for parts: of several replicas any one answers, also one that lags behind."""


class PhotoGone(Exception):
    """The photo was deleted, or its hour is over."""


class Photos:
    """The bucket: key (a request's id) → bytes."""

    def __init__(self, nc: Client, reader: DirectReader) -> None:
        self._nc = nc
        self._reader = reader

    async def put(self, key: str, data: bytes) -> None:
        """Stores a photo. Raises BusDown, LogFull."""
        parts = [data[i : i + PART] for i in range(0, len(data), PART)] or [b""]
        for number, part in enumerate(parts):
            header = {"Heckler-Part": f"{number}/{len(parts)}"}
            await store(self._nc, f"$KV.IMAGES.{key}.{number}", part, header)

    async def get(self, key: str) -> bytes:
        """A photo's bytes. Asks for missing parts again, as long as there are any: a deleted photo has none. Raises
        PhotoGone, ReadFailed."""
        for pause in _AGAIN_S:
            data = await self._whole(key)
            if data is not None:
                return data
            await asyncio.sleep(pause)
        data = await self._whole(key)
        if data is None:
            raise PhotoGone("a part of the photo is gone")
        return data

    async def _whole(self, key: str) -> bytes | None:
        """A photo's bytes, None when parts of it are missing. Raises PhotoGone when all are, ReadFailed."""
        messages = await self._reader.last(IMAGES, [f"$KV.IMAGES.{key}.*"])
        parts = {message.headers["Heckler-Part"]: message.data for message in messages}
        if not parts:
            raise PhotoGone("the photo is gone: it was deleted, or is older than photos are kept")
        total = int(next(iter(parts)).split("/")[1])
        names = [f"{number}/{total}" for number in range(total)]
        return b"".join(parts[name] for name in names) if parts.keys() >= set(names) else None
