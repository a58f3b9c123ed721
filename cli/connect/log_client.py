"""The log as the commands reach it: that of the `heckler up` that runs here, or the server of HECKLER_NATS_URL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.console import Console

from bus.client import Bus, BusDown, LogFull, LogRefused, connect
from bus.jetstream.direct_get import ReadFailed
from bus.observability.logs import configure
from bus.settings import Settings
from bus.topology import PHOTOS
from cli.connect import run_file
from cli.terminal.output import fail

USER = "cli"
"""The NATS user of the commands, see nats.conf."""
PATIENCE_S = 5.0

Result = TypeVar("Result")


class CommandError(Exception):
    """A command cannot do what it was asked to; the message says why and what to do."""


class NoLog(Exception):
    """There is no log to be reached; the message says why and what to do."""


def settings_for(settings: Settings) -> Settings:
    """The settings with the NATS server of the `heckler up` that runs here, unless they name one. Raises NoLog."""
    if settings.nats_url:
        return settings
    here = run_file.find(settings)
    if here is None:
        raise NoLog(
            f"nothing runs on {settings.data}: start `heckler up` there, or name a server or cluster with --nats-url "
            "nats://USER:PASSWORD@HOST:4222 (or HECKLER_NATS_URL)"
        )
    if USER not in here.nats:
        raise NoLog(f"the Heckler at {here.url} was started by an older version: stop it, and start `heckler up` again")
    return settings.model_copy(update={"nats_url": here.nats[USER]})


def folder_of_log(settings: Settings) -> Path | None:
    """The data folder, where the log lies on its disk; None for a server that `heckler up` here does not run."""
    here = None if settings.nats_url else run_file.find(settings)
    return settings.data if here and here.own_log else None


@asynccontextmanager
async def connect_log(settings: Settings) -> AsyncIterator[Bus]:
    """A connection to the log, as the user of the commands. Raises NoLog."""
    there = settings_for(settings)
    configure(there.model_copy(update={"log_level": "error"}), USER)
    try:
        bus = await asyncio.wait_for(connect(there, USER), PATIENCE_S)
    except Exception as error:  # of many kinds: no route, no such host, a wrong password
        why = (
            f"no answer in {PATIENCE_S:g} s: it is away, hangs, or wants another password"
            if isinstance(error, TimeoutError)
            else str(error) or repr(error)
        )
        raise NoLog(
            f"the NATS server cannot be reached ({why}): check HECKLER_NATS_URL, or run `heckler doctor`"
        ) from (error)
    try:
        await _check(bus)
        bus.health.folder = folder_of_log(settings)
        yield bus
    finally:
        await bus.close()


def with_log(settings: Settings, err: Console, work: Callable[[Bus], Coroutine[Any, Any, Result]]) -> Result:
    """What `work` makes of the log; where it cannot, one line on `err` about why and what to do, and exit status 1."""

    async def run() -> Result:
        async with connect_log(settings) as bus:
            return await work(bus)

    try:
        return asyncio.run(run())
    except (NoLog, CommandError, BusDown, LogFull, LogRefused, ReadFailed) as error:
        fail(err, error)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


async def _check(bus: Bus) -> None:
    try:
        await bus.api(f"STREAM.INFO.{PHOTOS}", patience=0)
    except BusDown as error:
        raise NoLog(
            f"the log does not answer ({error}): a server of the cluster may be away, or this user may not ask. "
            "Try again in a moment; `heckler doctor` looks closer"
        ) from error
    except LogRefused as error:
        raise NoLog(
            f"the NATS server holds no log of Heckler ({error}): start `heckler up` with the same HECKLER_NATS_URL"
        ) from error
