"""Erasing: what is erased is overwritten in the server's files, message by message, and gone when this returns.

JetStream has two ways of removing. A purge forgets messages and leaves their bytes in the files until the server tidies
up; a secure delete overwrites one message there. Only the second one is used here. (Decision 0026 has the numbers.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pydantic import Field

from bus import subjects
from bus.events import Erase
from bus.findings import Frozen
from bus.jetstream.connection import Connection
from bus.jetstream.direct_get import LIMIT
from bus.jetstream.publish import LogRefused
from bus.jetstream.timers import ticket
from bus.subjects import REST
from bus.topology import DEAD, FEATURES, IMAGES, PHOTOS

SWEEPS_S = (2.0, 10.0, 30.0, 90.0)
"""Seconds after an erasure at which its request is swept again. By the last one whatever was at work on it has finished
or given up (`bus.worker.PATIENCE_S`)."""
FINAL_SWEEP_S = SWEEPS_S[-1]
IN_FLIGHT = 4
"""Secure deletes of one stream at a time: each rewrites a block of up to 8 MB, and writes meanwhile wait for those
that came before."""
ROOM = 32 << 20
"""Bytes that must be free to overwrite: for one block of each stream at a time, and something to spare."""
_PASSES = 5
_GONE, _FAILED = 10043, 10057
"""Error codes of a secure delete: there is no such sequence; it failed, for a reason in words."""
_PHOTO_BATCH = 4
"""Messages of the photo bucket that are read at once: parts of half a megabyte."""


class Erased(Frozen):
    """What a sweep has removed, and overwritten."""

    overwritten: bool = Field(
        True, description="false: the disk had no room for that; it is out of sight, and goes as soon as there is room"
    )
    events: int = Field(0, description="events of the request, its timers among them")
    findings: int = Field(0, description="cached findings of its photo")
    dead_letters: int = Field(0, description="dead letters about it")
    photo_parts: int = Field(0, description="stored pieces of the photo")
    photo_bytes: int = Field(0, description="bytes of the photo")
    bytes: int = Field(0, description="bytes overwritten in all, without what the server adds to each message")


async def sweep(bus: Connection, id: str, sha256: str | None, keep_order: bool = False) -> Erased:
    """Overwrites every stored trace of a request: events, timers, dead letters, photo, findings of the photo.

    With `keep_order` the record that orders the later sweeps stays. Where there is no room to overwrite nothing is
    removed: what was removed cannot be overwritten any more. Raises BusDown, LogRefused, ReadFailed.
    """
    if not _has_room(bus):
        return Erased(overwritten=False)
    order = Erase(id=id).subject if keep_order else ""
    events, timers, letters, photo, findings = await asyncio.gather(
        overwrite(bus, PHOTOS, subjects.event(id, REST), spare=order),
        overwrite(bus, PHOTOS, subjects.event(ticket(id), REST)),
        overwrite(bus, DEAD, subjects.dead_letters(id)),
        overwrite(bus, IMAGES, subjects.photo_part(id), batch=_PHOTO_BATCH),
        _none() if sha256 is None else overwrite(bus, FEATURES, subjects.findings(sha256)),
    )
    return Erased(
        events=events[0] + timers[0],
        findings=findings[0],
        dead_letters=letters[0],
        photo_parts=photo[0],
        photo_bytes=photo[1],
        bytes=sum(size for _, size in (events, timers, letters, photo, findings)),
    )


async def erase_photo(bus: Connection, key: str) -> Erased:
    """Overwrites a photo, or nothing where there is no room. Raises BusDown, LogRefused, ReadFailed."""
    if not _has_room(bus):
        return Erased(overwritten=False)
    parts, size = await overwrite(bus, IMAGES, subjects.photo_part(key), batch=_PHOTO_BATCH)
    return Erased(photo_parts=parts, photo_bytes=size, bytes=size)


def _has_room(bus: Connection) -> bool:
    """Whether blocks can be written anew. A stream that fails at that keeps the error until its server is restarted."""
    disk = bus.health.disk
    return disk is None or disk.free >= ROOM


async def _none() -> tuple[int, int]:
    return 0, 0


async def overwrite(bus: Connection, stream: str, subject: str, spare: str = "", batch: int = LIMIT) -> tuple[int, int]:
    """Overwrites all messages under `subject` but those of subject `spare`: how many, and their bytes.

    What is stored meanwhile is overwritten as well. Raises BusDown, LogRefused, ReadFailed.
    """
    sizes: dict[int, int] = {}
    for _ in range(_PASSES):
        found, last = [], 0
        while messages := await bus.reader.after(stream, subject, last, batch):
            last = messages[-1].seq
            found += [(m.seq, len(m.data)) for m in messages if m.subject != spare]
            if len(messages) < batch:
                break
        if not found:
            break
        sizes |= dict(found)
        await _delete(bus, stream, [seq for seq, _ in found])
    return len(sizes), sum(sizes.values())


async def _delete(bus: Connection, stream: str, seqs: Sequence[int]) -> None:
    turns = asyncio.Semaphore(IN_FLIGHT)

    async def one(seq: int) -> None:
        async with turns:
            try:
                await bus.api(f"STREAM.MSG.DELETE.{stream}", {"seq": seq})
            except LogRefused as refusal:
                if not _was_gone(refusal):
                    raise

    for outcome in await asyncio.gather(*(one(seq) for seq in seqs), return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _was_gone(refusal: LogRefused) -> bool:
    """Whether the message was removed by another process a moment ago."""
    return refusal.code == _GONE or (refusal.code == _FAILED and "message found" in str(refusal))
