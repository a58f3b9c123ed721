"""The log's clock. Its deadlines fire by it, so requests are dated by it, and it is what "now" is compared with.

The clock of this machine may be another, and it may jump: a request that is dated an hour back would be over before
any service works on it (decision 0027).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

FRESH_S = 5.0
"""The log is asked again after so many seconds by either clock of this machine: one of them shows when the machine
slept or a clock jumped."""


class LogClock:
    """`info` answers with anything in which the server says its time as `ts`; it may raise what it likes."""

    def __init__(self, info: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self._info = info
        self._log_time: float | None = None
        self._wall = self._steady = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def now(self) -> float:
        """Seconds since the epoch, by the log. While the log does not answer, its last answer plus the time since;
        before its first answer, the time of this machine."""
        if not self._is_fresh():
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            await asyncio.shield(self._asking)
        if self._log_time is None:
            return time.time()
        return self._log_time + time.monotonic() - self._steady

    def _is_fresh(self) -> bool:
        return abs(time.time() - self._wall) < FRESH_S and time.monotonic() - self._steady < FRESH_S

    async def _ask(self) -> None:
        began = time.monotonic()
        try:
            said = datetime.fromisoformat((await self._info())["ts"]).timestamp()
        except Exception:  # of many kinds, and each means that the log does not answer now
            return
        self._steady, self._wall = time.monotonic(), time.time()
        self._log_time = said + (self._steady - began) / 2
