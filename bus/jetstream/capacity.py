"""Room for another photo, asked for before the first byte of it is stored: on the disk, in the store, in the log."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from bus.jetstream.health import Health, no_room
from bus.jetstream.publish import LogFull
from bus.settings import Settings
from bus.topology import IMAGES, PHOTOS

_FRESH_S = 1.0
_SMALL = 64 * 1024
"""Bytes of a photo that is small: the store is full when there is no room even for that."""


class Capacity:
    """`info` answers with a stream's state. Every method raises DiskFull, LogFull, BusDown."""

    def __init__(self, info: Callable[[str], Awaitable[dict[str, Any]]], health: Health, settings: Settings) -> None:
        self._info, self._health, self._settings = info, health, settings
        self._promised = 0
        """Bytes of photos that this process is storing just now."""
        self._log = (float("-inf"), 0)

    async def check(self) -> None:
        """Whether a photo could be accepted, as far as that is known before its size is known."""
        await self.for_request()
        async with self.for_photo(_SMALL):
            pass

    async def for_request(self) -> None:
        """Whether the log may grow by another request."""
        self._check_disk()
        now = time.monotonic()
        if now - self._log[0] > _FRESH_S:
            self._log = (now, (await self._info(PHOTOS))["state"]["bytes"])
        if self._log[1] >= self._settings.max_log_bytes:
            raise LogFull("The log holds as much as it may (HECKLER_MAX_LOG_BYTES).")

    @contextlib.asynccontextmanager
    async def for_photo(self, size: int) -> AsyncIterator[None]:
        """Keeps room for a photo that takes `size` bytes in the store, until it is there. Two processes that ask at the
        same time may both be admitted. When the store then refuses one photo, the process that sent it removes it."""
        self._check_disk()
        self._promised += size
        try:
            store = await self._info(IMAGES)
            limit = store["config"]["max_bytes"]
            if 0 < limit < store["state"]["bytes"] + self._promised:
                raise LogFull("The photo store holds as much as it may (HECKLER_MAX_IMAGE_BYTES).")
            yield
        finally:
            self._promised -= size

    def _check_disk(self) -> None:
        disk = self._health.disk
        if disk and disk.is_low:
            raise no_room(disk)
