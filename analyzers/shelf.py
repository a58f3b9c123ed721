"""Photos at hand: each is fetched and decoded once per process, whichever analyzers look at it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from analyzers.base import Photo
from bus.client import Bus
from bus.events import Submitted

CAPACITY = 2
"""Decoded photos kept: each may take 30 MB with its grey and RGB copies. Those in work are held by their workers."""


class Shelf:
    """The photos of the latest requests."""

    def __init__(self, bus: Bus, capacity: int = CAPACITY) -> None:
        self._bus = bus
        self._capacity = capacity
        self._photos: OrderedDict[str, asyncio.Task[Photo]] = OrderedDict()

    async def get(self, submitted: Submitted) -> Photo:
        """The photo of a request. Raises PhotoGone, ReadFailed, UnreadablePhoto."""
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
