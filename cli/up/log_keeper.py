"""Keeps the embedded log writable: waits for room on its disk, and has the server replaced that keeps an old error.

A nats-server that met a full disk stores nothing more in that stream when there is room again (see
`bus.jetstream.health`).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from nats import errors

from bus.client import Bus, connect
from bus.jetstream.disk import size
from bus.jetstream.health import ANSWER_S, Look
from bus.settings import Settings

EVERY_S, AGAIN_S = 5.0, 0.5
"""Between two looks, when the last one was good, and when it was not."""
IN_A_ROW = 2
"""Bad looks after which the server is replaced."""
PAUSES_S = (0.0, 10.0, 30.0, 60.0, 300.0)
"""Between two replacements in a row, so that one which does not help is not a loop."""
MUTE_S = 10.0
"""Seconds after which a server is replaced that is alive while its log does not answer: it has been seen to lock itself
up for good when its disk was full."""
Advice = Literal["nothing", "wait for room", "replace"]


@dataclass
class Verdicts:
    """What to do after each look; `now` in seconds of any clock that goes forward."""

    bad: int = 0
    replaced: int = 0
    replaced_at: float = float("-inf")
    mute_since: float | None = None

    def after(self, look: Look, now: float, mute: bool = False) -> Advice:
        """`mute` tells that the server is alive and its log does not answer. One that is not alive is another matter:
        its heartbeat tells of it."""
        has_room = not look.disk or look.disk.has_room
        self.mute_since = (now if self.mute_since is None else self.mute_since) if mute else None
        if look.silence or not look.failing:
            self.bad = 0
            if not look.silence:  # the last one helped, however soon the next error comes
                self.replaced, self.replaced_at = 0, float("-inf")
            is_stuck = self.mute_since is not None and now - self.mute_since >= MUTE_S
        else:
            self.bad += 1
            is_stuck = self.bad >= IN_A_ROW
            if not has_room:
                return "wait for room"
        return self._replace(now) if is_stuck and has_room else "nothing"

    def _replace(self, now: float) -> Advice:
        """Now, unless the last time is not long enough ago."""
        if now - self.replaced_at < PAUSES_S[min(self.replaced, len(PAUSES_S) - 1)]:
            return "nothing"
        self.bad, self.mute_since, self.replaced, self.replaced_at = 0, None, self.replaced + 1, now
        return "replace"


async def keep_writable(
    settings: Settings, admin_url: str, say: Callable[[str], None], replace: Callable[[str, str], None]
) -> None:
    """Looks at the embedded log for ever. `replace` is called with the part and the reason."""
    verdicts, reports = Verdicts(), _DiskReports(say)
    while True:
        bus = await connect(settings.model_copy(update={"nats_url": admin_url}), "admin")
        bus.health.folder = settings.data
        try:
            while not bus.closed.is_set():
                look = await bus.health.look()
                advice = verdicts.after(look, time.monotonic(), await _is_mute(bus, look))
                reports.of(look, advice)
                if advice == "replace":
                    replace("nats-server", _reason(look))
                await asyncio.sleep(AGAIN_S if look.failing or look.silence or reports.low else EVERY_S)
        finally:
            await bus.close()


async def _is_mute(bus: Bus, look: Look) -> bool:
    """Whether the server says that it is alive while its log does not answer: something in it waits for ever."""
    if look.answers or not look.connected:
        return False
    with contextlib.suppress(errors.Error, OSError, TimeoutError):
        await bus.nc.flush(ANSWER_S)
        return True
    return False


def _reason(look: Look) -> str:
    if look.silence:
        return "is alive, and its log does not answer"
    return f"cannot write {', '.join(sorted(look.failing))} although there is room"


class _DiskReports:
    """Says once that the disk is low, and once that it is not any more."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.low = False

    def of(self, look: Look, advice: Advice) -> None:
        disk = look.disk
        low = bool(disk and disk.is_low) or advice == "wait for room"
        if disk and low and not self.low:
            self._say(f"{disk}: new photos are refused until there is room")
        if disk and self.low and not low:
            self._say(f"the disk of {disk.folder} has room again ({size(disk.free)} free)")
        self.low = low
