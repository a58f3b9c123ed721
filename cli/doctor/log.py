"""What `heckler doctor` says of the event log: the room on its disk, and whether it can be written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bus.jetstream.disk import measure
from bus.jetstream.health import Look
from bus.jetstream.publish import DiskFull
from bus.settings import Settings
from bus.topology import STREAMS
from cli.connect import run_file
from cli.connect.log_client import NoLog, connect_log
from cli.doctor.findings import Finding


def disk(settings: Settings) -> Iterator[Finding]:
    """The room on the disk of the data folder. Nothing is known of the disk of a server that is not ours."""
    nearest = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    found = None if settings.nats_url else measure(nearest, settings)
    if found is None:
        return
    if found.is_low:
        fix = "make room there, or have less kept with HECKLER_MIN_FREE_BYTES"
        yield Finding("disk", "wrong", f"{found}: no new photo is taken", fix)
    else:
        yield Finding("disk", "ok", str(found))


def log(settings: Settings) -> Iterator[Finding]:
    """Whether the log can be written, found out by writing it; nothing where no log is named and none runs."""
    if not settings.nats_url and run_file.find(settings) is None:
        return
    try:
        trouble = asyncio.run(_look(settings)).muteness
    except NoLog as error:
        yield Finding("log", "wrong", str(error), "see what heckler up says")
        return
    if trouble is None:
        yield Finding("log", "ok", f"every stream can be written: {', '.join(STREAMS)}")
        return
    fix = "make room on its disk" if isinstance(trouble, DiskFull) else "see what heckler up says, or start NATS again"
    yield Finding("log", "wrong", str(trouble), fix)


async def _look(settings: Settings) -> Look:
    async with connect_log(settings) as bus:
        return await bus.health.look()
