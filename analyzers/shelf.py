"""Photos at hand: each is fetched and decoded once per process, whichever analyzers look at it."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import sys
from collections import OrderedDict

from analyzers.base import Photo
from bus.client import Bus
from bus.events import Submitted

CAPACITY = 2
"""Decoded photos kept: each may take 30 MB with its grey and RGB copies. Those in work are held by their workers."""
IDLE_S = 3.0
"""After so long without a photo, memory is given back."""


class Shelf:
    """The photos of the latest requests."""

    def __init__(self, bus: Bus, capacity: int = CAPACITY) -> None:
        self._bus = bus
        self._capacity = capacity
        self._photos: OrderedDict[str, asyncio.Task[Photo]] = OrderedDict()
        self._tidying: asyncio.TimerHandle | None = None

    async def get(self, submitted: Submitted) -> Photo:
        """The photo of a request. Raises PhotoGone, ReadFailed, UnreadablePhoto."""
        self._tidy_later()
        key = submitted.photo.key
        task = self._photos.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.create_task(self._fetch(submitted))
            self._photos[key] = task
        self._photos.move_to_end(key)
        while len(self._photos) > self._capacity:
            self._photos.popitem(last=False)
        return await asyncio.shield(task)

    async def _fetch(self, submitted: Submitted) -> Photo:
        photo = Photo(await self._bus.photos.get(submitted.photo.key), submitted.facts)
        await asyncio.to_thread(lambda: photo.bgr)  # decoded here, so that it counts as nobody's time
        return photo

    def _tidy_later(self) -> None:
        if self._tidying is not None:
            self._tidying.cancel()
        self._tidying = asyncio.get_running_loop().call_later(IDLE_S, self._tidy)

    def _tidy(self) -> None:
        self._photos.clear()
        give_memory_back()


def give_memory_back() -> None:
    """Returns freed memory to the system, where the C library keeps it otherwise (glibc, after large arrays)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL("libc.so.6").malloc_trim(0)
