"""The floor: how many analyzers of a process work at the same time.

More of them than cores would only take turns: each would take longer, none would be done sooner, and the times that
people see would be about each other instead of about the photo.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PATIENCE_S = 5.0
"""Whoever takes longer, perhaps for ever, no longer keeps a place from the others."""


def places_here() -> int:
    """Half of the cores: `heckler up` runs two worker processes."""
    return max(1, (os.cpu_count() or 2) // 2)


class Floor:
    """Some places, given in the order in which they are asked for."""

    def __init__(self, places: int) -> None:
        self._free = asyncio.Semaphore(places)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place for the time of the block, or until patience runs out."""
        await self._free.acquire()
        given_back = False

        def give_back() -> None:
            nonlocal given_back
            if not given_back:
                given_back = True
                self._free.release()

        timer = asyncio.get_running_loop().call_later(PATIENCE_S, give_back)
        try:
            yield
        finally:
            timer.cancel()
            give_back()
