"""Photos without a request. An upload stores its photo first, and a gateway that dies between that and storing the
request leaves the photo behind: out of sight, and in the files until its hour is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from bus.client import Bus
from bus.events import Submitted
from bus.jetstream.direct_get import ReadFailed
from bus.jetstream.publish import BusDown, LogRefused
from bus.observability.logs import log
from bus.subjects import ANY, event, photo_of, photo_part, request_of
from bus.topology import IMAGES, PHOTOS

EVERY_S = 30.0
AGE_S = 90.0
"""How long a photo may lie there without a request. Each of the few writes in between waits 10 s at most."""
_AT_ONCE = 200
"""Requests that are asked for in one question."""


class Leftovers:
    """Finds and erases them. Any number of these may run, also on other machines."""

    def __init__(self, bus: Bus, age_s: float = AGE_S) -> None:
        self._bus = bus
        self.age_s = age_s
        self._asked_for: set[str] = set()
        """Photos that have a request: they need not be looked at again."""
        self._without: dict[str, float] = {}
        """Photo without a request → when that was first seen, in seconds of a clock that goes forward."""

    async def run(self) -> None:
        """Looks for ever."""
        while True:
            try:
                await self.look()
            except (BusDown, LogRefused, ReadFailed):
                pass  # there will be another look
            except Exception:
                log.exception("photos without a request not looked for")
            await asyncio.sleep(EVERY_S)

    async def look(self) -> list[str]:
        """Erases what has been without a request for too long: its keys. Raises BusDown, LogRefused, ReadFailed."""
        stored = {photo_of(subject) for subject in await self._bus.subjects(IMAGES, photo_part(ANY))}
        self._asked_for &= stored
        self._asked_for |= await self._with_request(stored - self._asked_for)
        now = time.monotonic()
        self._without = {key: self._without.get(key, now) for key in stored - self._asked_for}
        old = [key for key, since in self._without.items() if now - since >= self.age_s]
        erased = [key for key in old if (await self._bus.drop_photo(key)).overwritten]
        if erased:
            log.info("photos without a request erased", photos=len(erased))
        return erased

    async def _with_request(self, keys: Iterable[str]) -> set[str]:
        subjects = [event(key, Submitted.KIND) for key in keys]
        found: set[str] = set()
        for start in range(0, len(subjects), _AT_ONCE):
            messages = await self._bus.reader.last(PHOTOS, subjects[start : start + _AT_ONCE])
            found |= {request_of(message.subject) for message in messages}
        return found
