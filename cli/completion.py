"""What the shell offers when Tab is pressed: ids of recent requests and dead letters, personas, analyzers.

Completion must never fail, nor make a person wait: where the log does not answer, nothing is offered.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from bus.client import Bus
from bus.roast.personas import available
from bus.settings import Settings
from bus.subjects import ALL_DEAD_LETTERS, ANY, event, request_of
from bus.topology import DEAD, PHOTOS
from cli.connect.log_client import connect_log

PATIENCE_S = 1.5
RECENT = 30
_LOOK_BACK = 4000
"""Events that are searched for recent requests: some hundred requests' worth."""


def requests(incomplete: str) -> list[str]:
    """Ids of the requests that came in last, newest first."""
    return [id for id in _asked(recent_requests) if id.startswith(incomplete)]


def letters(incomplete: str) -> list[str]:
    """Ids of the dead letters, newest first."""
    return [id for id in _asked(_letters) if id.startswith(incomplete)]


def personas(incomplete: str) -> list[str]:
    """Names of the personas, those of the user's own among them."""
    return [persona.name for persona in available(Settings().data) if persona.name.startswith(incomplete)]


def analyzers(incomplete: str) -> list[str]:
    """Names of the analyzers that are at work."""
    return [name for name in _asked(_analyzers) if name.startswith(incomplete)]


async def recent_requests(bus: Bus, most: int = RECENT) -> list[str]:
    """Ids of the requests that came in last, newest first."""
    last = (await bus.api(f"STREAM.INFO.{PHOTOS}", patience=0))["state"]["last_seq"]
    found = await bus.reader.after(PHOTOS, event(ANY, "submitted"), max(0, last - _LOOK_BACK))
    return [request_of(message.subject) for message in reversed(found)][:most]


async def _letters(bus: Bus) -> list[str]:
    found = await bus.reader.after(DEAD, ALL_DEAD_LETTERS)
    return [f"{message.seq}" for message in reversed(found)][:RECENT]


async def _analyzers(bus: Bus) -> list[str]:
    return sorted(await bus.analyzers())


def _asked(question: Callable[[Bus], Awaitable[list[str]]]) -> list[str]:
    async def ask() -> list[str]:
        async with connect_log(Settings()) as bus:
            return await question(bus)

    with contextlib.suppress(Exception):
        return asyncio.run(asyncio.wait_for(ask(), PATIENCE_S))
    return []
