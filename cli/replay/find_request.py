"""Finding the request that somebody means: by its id, the beginning of it, `last`, or a file that holds an export."""

from __future__ import annotations

import re
from pathlib import Path

from bus.client import Bus, PhotoUnavailable
from bus.export import LARGEST, BadExport, Exported, load
from bus.history import History
from bus.subjects import ANY, event, request_of
from bus.topology import PHOTOS
from cli.completion import recent_requests

LAST = "last"
_WHOLE = re.compile(r"[A-Za-z0-9_-]{22}")
_SHOWN = 5


class Trouble(Exception):
    """A command cannot do what it was asked to; the message says why and what to do next."""


async def find(bus: Bus, name: str) -> History:
    """The history of the request that `name` means. Raises Trouble, ReadFailed, BusDown."""
    history = await bus.latest(await _id_of(bus, name))
    if history.submitted is None:
        raise Trouble(f"no request {name}: it was deleted, has expired, or never was. Tab completes those there are")
    return history


async def export_of(bus: Bus, history: History, with_photo: bool = True) -> Exported:
    """The request with its photo, where that is wanted and still there. Raises ReadFailed."""
    assert history.submitted is not None  # `find` has looked
    ref = history.submitted.photo
    try:
        photo = await bus.photos.get(ref.key, ref.sha256) if with_photo else None
    except PhotoUnavailable:
        photo = None
    return Exported(history, photo)


def read_file(file: Path) -> tuple[Exported, ...]:
    """The requests in an export. Raises Trouble, naming the file, for one that cannot be read or used."""
    try:
        if file.stat().st_size > LARGEST:
            raise Trouble(
                f"{file} is refused: it is larger than {LARGEST >> 20} MiB: export fewer requests into one file"
            )
        return load(file.read_bytes())
    except OSError as error:
        raise Trouble(f"{file} cannot be read: {error.strerror}") from error
    except BadExport as error:
        raise Trouble(f"{file} is refused: {error}") from error


def is_file(name: str) -> bool:
    """Whether `name` means a file. One in this folder that is called like an id needs `./` before its name."""
    return ("/" in name or "." in name) and Path(name).is_file()


def one_of(file: Path) -> Exported:
    """The request in an export of just one. Raises Trouble."""
    requests = read_file(file)
    if len(requests) != 1:
        raise Trouble(f"{file} holds {len(requests)} requests: import it, and name one of them")
    return requests[0]


async def _id_of(bus: Bus, name: str) -> str:
    if name == LAST:
        if newest := await recent_requests(bus, 1):
            return newest[0]
        raise Trouble("there is no request yet: send a photo, with `heckler roast` for instance")
    if _WHOLE.fullmatch(name):
        return name
    found = [id for id in await _all_ids(bus) if id.startswith(name)]
    if not found:
        hint = "a file needs its path" if Path(name).suffix else "Tab completes those there are"
        raise Trouble(f"no request's id begins with {name!r}: {hint}")
    if len(found) > 1:
        some = ", ".join(sorted(found)[:_SHOWN])
        raise Trouble(f"{len(found)} requests begin with {name!r} ({some}…): say more of the id")
    return found[0]


async def _all_ids(bus: Bus) -> list[str]:
    """Ids of all requests in the log; it lists subjects in pages."""
    ids: list[str] = []
    while True:
        question = {"subjects_filter": event(ANY, "submitted"), "offset": len(ids)}
        answer = await bus.api(f"STREAM.INFO.{PHOTOS}", question)
        page = answer["state"].get("subjects") or {}
        ids += [request_of(subject) for subject in page]
        if not page or len(ids) >= int(answer.get("total", 0)):
            return ids
