"""The log as the commands reach it: that of the `heckler up` that runs here, or the server of HECKLER_NATS_URL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bus.client import Bus, connect
from bus.logs import configure
from bus.settings import Settings
from bus.topology import PHOTOS
from cli import running

USER = "cli"
"""The NATS user of the commands, see nats.conf."""
PATIENCE_S = 5.0


class NoLog(Exception):
    """There is no log to be reached; the message says why and what to do."""


def settings_for(settings: Settings) -> Settings:
    """The settings with the NATS server of the `heckler up` that runs here, unless they name one. Raises NoLog."""
    if settings.nats_url:
        return settings
    here = running.find(settings)
    if here is None:
        raise NoLog(
            f"nothing runs on {settings.data}: start `heckler up` there, or name a server or cluster with --nats-url "
            "nats://USER:PASSWORD@HOST:4222 (or HECKLER_NATS_URL)"
        )
    if USER not in here.nats:
        raise NoLog(f"the Heckler at {here.url} was started by an older version: stop it, and start `heckler up` again")
    return settings.model_copy(update={"nats_url": here.nats[USER]})


@asynccontextmanager
async def reached(settings: Settings) -> AsyncIterator[Bus]:
    """A connection to the log, as the user of the commands. Raises NoLog."""
    there = settings_for(settings)
    configure(there.model_copy(update={"log_level": "error"}), USER)
    try:
        bus = await asyncio.wait_for(connect(there, USER), PATIENCE_S)
    except Exception as error:  # of many kinds: no route, no such host, a wrong password
        why = f"no answer in {PATIENCE_S:g} s" if isinstance(error, TimeoutError) else str(error) or repr(error)
        raise NoLog(
            f"the NATS server cannot be reached ({why}): check HECKLER_NATS_URL, or run `heckler doctor`"
        ) from (error)
    try:
        await _check(bus)
        yield bus
    finally:
        await bus.close()


async def _check(bus: Bus) -> None:
    try:
        await bus.api(f"STREAM.INFO.{PHOTOS}", patience=0)
    except Exception as error:
        raise NoLog(
            f"the NATS server holds no log of Heckler ({error}): start `heckler up` with the same HECKLER_NATS_URL"
        ) from error
