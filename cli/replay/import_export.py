"""Exports on their way into and out of the log."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from bus.client import Bus, BusDown, LogRefused
from bus.events import new_id
from bus.export import Exported, dump, with_id
from bus.jetstream.codec import encode, headers
from bus.jetstream.direct_get import ORIGINAL_TIME
from bus.jetstream.publish import ABSENT, store
from bus.settings import Settings
from cli.connect.log_client import connect_log
from cli.replay.find_request import Trouble, export_of, find, read_file
from gateway.http.problems import Problem
from gateway.upload.decoder import Decoder

SUFFIX = ".heckler"


def packed(requests: Sequence[Exported]) -> bytes:
    """The file of these requests. Raises Trouble for a photo with metadata, which no photo of the log should have."""
    for request in requests:
        if request.photo is not None and has_metadata(request.photo):
            raise Trouble("a photo has metadata, so it was not stored by this Heckler: export it with --no-photo")
    return dump(requests)


async def exported(settings: Settings, names: Sequence[str], with_photos: bool) -> tuple[bytes, list[str]]:
    """The file of these requests, and the ids of those whose photo should be in it and is gone.

    Raises Trouble, NoLog, ReadFailed.
    """
    async with connect_log(settings) as bus:
        found = [await export_of(bus, await find(bus, name), with_photos) for name in names]
    without = [request.submitted.id for request in found if request.photo is None] if with_photos else []
    return packed(found), without


async def imported(settings: Settings, file: Path) -> list[str]:
    """Puts the requests of a file into the log; their ids there. Raises Trouble, NoLog, BusDown, LogFull."""
    requests = read_file(file)
    try:
        await check_photos(settings, requests)
    except Trouble as trouble:
        raise Trouble(f"{file} is refused: {trouble}") from trouble
    except Problem as problem:
        why = f"{problem.detail} {problem.kind.hint}"
        raise Trouble(f"the photos in {file} cannot be checked now: {why}") from problem
    async with connect_log(settings) as bus:
        return [await put(bus, request) for request in requests]


async def put(bus: Bus, request: Exported) -> str:
    """Stores an exported request under a new id, which is returned. Nobody works on it: it is history.

    Raises BusDown, LogFull, LogRefused.
    """
    fresh = with_id(request, new_id())
    id = fresh.submitted.id
    await bus.capacity.for_request()
    try:
        await bus.health.during(_put(bus, fresh))
    except BaseException:  # half a request is none
        with contextlib.suppress(BusDown, LogRefused):
            await bus.sweep(id, None)
        raise
    return id


async def _put(bus: Bus, request: Exported) -> None:
    if request.photo is not None:
        await bus.photos.put(request.submitted.id, request.photo)
    for stored in request.history.events:
        header = headers(**ABSENT, **{ORIGINAL_TIME: repr(stored.at)})
        await store(bus.nc, stored.event.subject, encode(stored.event), header)


async def check_photos(settings: Settings, requests: Sequence[Exported]) -> None:
    """Whether each photo is a plain JPEG of the size that it should have, found out in a child process: a file may
    come from anywhere. Raises Trouble, or Problem when it cannot be found out."""
    photos = [request for request in requests if request.photo is not None]
    if not photos:
        return
    async with Decoder(settings) as decoder:
        for request in photos:
            photo, said = request.photo or b"", request.submitted.photo
            try:
                seen = (await decoder.normalise(photo)).facts
            except Problem as problem:
                if problem.kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # it is not the photo's fault
                    raise
                raise Trouble(f"a photo in it is refused: {problem.detail}") from problem
            size = (seen.original_width, seen.original_height)
            if seen.format != "jpeg" or size != (said.width, said.height) or has_metadata(photo):
                raise Trouble("a photo in it is not as Heckler stores them: get the file again from where it came")


_PLAIN = frozenset({0xE0, 0xEE})
"""Application segments without anything about the photo: JFIF and Adobe's, which say how it is encoded."""


def has_metadata(jpeg: bytes) -> bool:
    """Whether a JPEG has a segment for metadata (Exif, XMP, a comment, …), as ITU-T T.81 §B.1 orders them; where it
    was taken could be in there. What is no JPEG counts as well."""
    at = 2
    if jpeg[:at] != b"\xff\xd8":
        return True
    while jpeg[at : at + 1] == b"\xff" and at + 4 <= len(jpeg):
        kind = jpeg[at + 1]
        if kind == 0xDA:  # the picture begins
            return False
        if kind == 0xFE or (0xE0 <= kind <= 0xEF and kind not in _PLAIN):
            return True
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return True
