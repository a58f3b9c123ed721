"""Photos at hand, and what was found in them before: fetched once per process, whichever analyzers look at them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from analyzers.base import Photo
from analyzers.runtime.malloc import give_memory_back
from bus.client import Bus
from bus.events import Feature, Submitted
from bus.jetstream.direct_get import ReadFailed
from bus.observability.logs import log

K = TypeVar("K")
V = TypeVar("V")

CAPACITY = 2
"""Decoded photos kept: each may take 30 MB with its grey and RGB copies. Those in work are held by their workers."""
KNOWN = 8
"""Requests whose photo's earlier findings are kept."""
IDLE_S = 3.0
"""After so long without a photo, memory is given back."""
BUSY_S = 10.0
"""So often it is given back while photos come, or the gaps between what is in use grow with every odd size that comes.
It costs a hundredth of the work: what was given back is cleared anew for the next photos."""


class PhotoCache:
    """The photos of the latest requests."""

    def __init__(self, bus: Bus, capacity: int = CAPACITY) -> None:
        self._bus = bus
        self._capacity = capacity
        self._photos: OrderedDict[str, asyncio.Task[Photo]] = OrderedDict()
        self._found: OrderedDict[tuple[str, str], asyncio.Task[dict[str, Feature]]] = OrderedDict()
        self._tidying: asyncio.TimerHandle | None = None
        self._given_back = 0.0
        self._giving: asyncio.Task[None] | None = None

    async def get(self, submitted: Submitted) -> Photo:
        """The photo of a request. Raises PhotoGone, PhotoDamaged, ReadFailed, UnreadablePhoto."""
        self._tidy_later()
        return await _once(self._photos, submitted.photo.key, lambda: self._fetch(submitted), self._capacity)

    async def found(self, submitted: Submitted, key: str) -> Feature | None:
        """What was found in the photo before under `key` (see bus.findings), or None."""
        self._tidy_later()
        sha256 = submitted.photo.sha256  # by request as well: what was deleted in between is gone for the next one
        found = await _once(self._found, (sha256, submitted.id), lambda: self._known(sha256), KNOWN)
        return found.get(key)

    async def _known(self, sha256: str) -> dict[str, Feature]:
        try:
            return await self._bus.findings.of(sha256)
        except ReadFailed as error:  # what cannot be read is found again: no photo fails for it
            log.warning("findings.unread", error=str(error))
            return {}

    async def keep(self, key: str, feature: Feature) -> None:
        """Keeps a finding for later requests with the same photo, and for requests with it that are running now."""
        for (sha256, _), found in self._found.items():
            if key.startswith(f"{sha256}.") and not _failed(found) and found.done():
                found.result()[key] = feature
        await self._bus.findings.put(key, feature)

    async def _fetch(self, submitted: Submitted) -> Photo:
        photo = Photo(await self._bus.photos.get(submitted.photo.key, submitted.photo.sha256), submitted.facts)
        await asyncio.to_thread(lambda: photo.bgr)  # decoded here, so that it counts as no analyzer's time
        return photo

    def _tidy_later(self) -> None:
        if self._tidying is not None:
            self._tidying.cancel()
        loop = asyncio.get_running_loop()
        self._tidying = loop.call_later(IDLE_S, self._tidy)
        if loop.time() - self._given_back > BUSY_S:
            self._given_back = loop.time()
            self._giving = asyncio.create_task(asyncio.to_thread(give_memory_back))

    def _tidy(self) -> None:
        self._photos.clear()
        self._found.clear()
        give_memory_back()


async def _once(
    tasks: OrderedDict[K, asyncio.Task[V]], key: K, make: Callable[[], Coroutine[Any, Any, V]], capacity: int
) -> V:
    """What was made under `key`, by an earlier call or this one; only the latest `capacity` are kept."""
    task = tasks.get(key)
    if task is None or _failed(task):
        task = tasks[key] = asyncio.create_task(make())
    tasks.move_to_end(key)
    while len(tasks) > capacity:
        tasks.popitem(last=False)
    return await asyncio.shield(task)


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
