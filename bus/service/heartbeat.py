"""Signs of life: the event loop of a process says every few seconds that it runs, to whatever keeps the process.

The supervisor of `heckler up` reads them from a pipe, systemd gets them by sd_notify(3). They come from the event loop
and not from a thread of their own: a process whose loop is stuck does no work, and is to be replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bus.service.tasks import end
from bus.settings import Settings

PIPE = "HECKLER_HEARTBEAT_FD"
"""Environment variable in which a supervisor names the open file that its child writes to."""
BEAT, STARTING = b".", b"s"
"""What is written: "I run", and "I start again, as slowly as at the first time"."""
BEATS = 6
"""Signs of life within the time after which a silent process is replaced: some may come late, or not at all."""


def interval(settings: Settings) -> float:
    """Seconds between two signs of life."""
    return settings.silent_s / BEATS


@asynccontextmanager
async def beating(settings: Settings) -> AsyncIterator[None]:
    """Gives signs of life from now on, once all that blocks the event loop for long (imports, models) is done."""
    task = asyncio.create_task(_beat(interval(settings)), name="heartbeat")
    try:
        yield
    finally:
        await end(task)


def tell_of_restart() -> None:
    """Says that this process is about to become another program: it may be silent for as long as a start takes.

    The pipe stays open across exec(2).
    """
    if (pipe := _pipe()) is not None:
        os.set_inheritable(pipe, True)
        _write(pipe, STARTING)


def tell_systemd() -> None:
    """One sign of life for systemd, if it started this very process with `WatchdogSec=`."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or os.environ.get("WATCHDOG_PID") != str(os.getpid()):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.setblocking(False)
        out.sendto(b"WATCHDOG=1", f"\0{address[1:]}" if address.startswith("@") else address)


async def _beat(pause: float) -> None:
    pipe = _pipe()
    if pipe is not None:
        os.set_blocking(pipe, False)
        os.set_inheritable(pipe, False)  # the children of this process have nothing to say there
    while True:
        tell_systemd()
        if pipe is not None:
            _write(pipe, BEAT)
        await asyncio.sleep(pause)


def _pipe() -> int | None:
    named = os.environ.get(PIPE, "")
    return int(named) if named.isdecimal() else None


def _write(pipe: int, what: bytes) -> None:
    with contextlib.suppress(OSError):  # full, since the supervisor stands still; or closed, and its parent is gone
        os.write(pipe, what)
