"""Requests as files: their events, and their photos, for a bug report, another machine, or a test of an analyzer.

The format: one line of ASCII, `heckler-export VERSION LENGTH SHA256`, then LENGTH bytes, whose digest that is: a
MessagePack document, compressed with zlib. What is wrong with a file is found before anything of it is read.

The id of a request is the right to read it, so none leaves the log: a file has a digest of it instead, by which one
cannot get there. Whoever imports the file makes ids of his own.
"""

from __future__ import annotations

import base64
import hashlib
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgpack

from bus.events import READABLE, SCHEMA, Event, Feature, Submitted
from bus.history import History, Stored
from bus.jetstream.bounded_unpack import Document, TooLarge, unpack_within
from bus.jetstream.codec import Undecodable, decode, encode, pack
from bus.observability.scrubbing import without_secrets
from bus.products import product, without_id

VERSION = 1
MAGIC = b"heckler-export"
LARGEST = 1 << 30
"""Bytes of a file, and those that it may unpack to; some hundreds of requests with their photos."""
ROOM, RATIO = 32 << 20, 10
"""A file may unpack to so many bytes, and so many times its size on top: photos do not shrink, events to a fifth."""
MOST_REQUESTS, MOST_EVENTS, MOST_VALUES = 10_000, 4096, 100_000
"""Requests of a file, events of a request, values in an event."""
LARGEST_PHOTO, LARGEST_EVENT = 64 << 20, 4 << 20
_LONGEST_LINE = 128


class BadExport(Exception):
    """The file cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Exported:
    """One request as a file holds it: the history, and the photo's JPEG bytes where they are in it."""

    history: History
    photo: bytes | None = None

    @property
    def submitted(self) -> Submitted:
        """Its first event. Raises BadExport: without it nothing else means anything."""
        if self.history.submitted is None:
            raise BadExport("a request in the file has no beginning (`submitted`)")
        return self.history.submitted


def dump(requests: Sequence[Exported]) -> bytes:
    """The file of these requests: ids replaced by digests, secrets in messages by `…`."""
    document = pack([_packed(_made_public(request)) for request in requests])
    body = zlib.compress(document, 6)
    if len(document) > _unpacks_to(body):
        body = zlib.compress(document, 0)  # what shrinks so much looks like an attack: rather a large file than none
    head = b"%s %d %d %s\n" % (MAGIC, VERSION, len(body), hashlib.sha256(body).hexdigest().encode())
    return head + body


def load(data: bytes) -> tuple[Exported, ...]:
    """The requests in a file. Raises BadExport for one that is none, cut off, altered, or of a newer version."""
    try:
        requests = _read_all(_body(data))
        for request in requests:
            _check(request)
    except TooLarge as error:
        raise BadExport(f"it holds more than an export may ({error}): export fewer requests into one file") from error
    except zlib.error as error:
        raise BadExport(f"it cannot be unpacked ({error}): export it again") from error
    except msgpack.OutOfData as error:
        raise BadExport("its content ends too early: export it again") from error
    except (ValueError, TypeError, KeyError, AttributeError, Undecodable, msgpack.UnpackException) as error:
        raise BadExport(f"what it says is not understood ({str(error)[:200]}): export it again") from error
    if not requests:
        raise BadExport("there is no request in it: export it again")
    return requests


def with_id(request: Exported, id: str) -> Exported:
    """The same request under another id, which its photo lies under as well."""
    photo = request.submitted.photo.model_copy(update={"key": id})
    return replace(request, history=_changed(request.history, lambda event: _named(event, id, photo)))


def public_id(id: str) -> str:
    """What stands for `id` in a file: the same every time, of the same form, and no way back."""
    digest = hashlib.sha256(b"heckler-export:" + id.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _body(data: bytes) -> bytes:
    line = data[:_LONGEST_LINE].partition(b"\n")[0]
    words = line.split(b" ")
    if words[0] != MAGIC:
        raise BadExport("it is no file that `heckler replay export` made")
    if len(words) > 1 and words[1].isdigit() and int(words[1]) > VERSION:
        newer = int(words[1])
        raise BadExport(f"a newer Heckler made it (version {newer}, this one reads {VERSION}): update this one")
    if len(words) != 4 or words[1] != b"%d" % VERSION or not words[2].isdigit() or len(words[3]) != 64:
        raise BadExport("its first line is cut off or altered: get it again from where it came")
    body = data[len(line) + 1 :]
    if len(body) < int(words[2]):
        raise BadExport(f"it is cut off: {len(body)} bytes of {int(words[2])} are there; get it again")
    if len(body) > int(words[2]) or hashlib.sha256(body).hexdigest().encode() != words[3]:
        raise BadExport("it was altered: its content does not fit its digest; get it again from where it came")
    return body


def _unpacks_to(body: bytes) -> int:
    """The bytes that it may unpack to at most."""
    return min(LARGEST, ROOM + RATIO * len(body))


def _packed(request: Exported) -> dict[str, Any]:
    events = [[s.seq, s.at, s.event.subject, encode(s.event)] for s in request.history.events]
    return {"schema": SCHEMA, "events": events, "photo": request.photo}


def _read_all(body: bytes) -> tuple[Exported, ...]:
    document = Document(body, _unpacks_to(body), LARGEST_PHOTO)
    requests = tuple(_read(document) for _ in range(document.array(MOST_REQUESTS)))
    if not document.is_over():
        raise ValueError("something else comes after it, or it breaks off")
    return requests


def _read(document: Document) -> Exported:
    schema, photo, history = 0, None, History()
    for _ in range(document.map(3)):
        match document.value():
            case "schema":
                schema = document.value()
                if schema not in READABLE:
                    raise BadExport(
                        f"its events are of schema {schema}, this Heckler reads up to {SCHEMA}: update this one"
                    )
            case "events":
                history = History.of([_event(document) for _ in range(document.array(MOST_EVENTS))])
            case "photo":
                photo = document.value()
            case other:
                raise KeyError(other)
    if schema not in READABLE or not isinstance(photo, bytes | None):
        raise TypeError("the schema is missing, or the photo is no bytes")
    return Exported(history, photo)


def _event(document: Document) -> Stored:
    if document.array(4) != 4:
        raise ValueError("an event has four parts")
    seq, at, subject, data = (document.value() for _ in range(4))
    if len(data) > LARGEST_EVENT:
        raise TooLarge(f"an event of {len(data)} bytes")
    unpack_within(data, MOST_VALUES)
    return Stored(int(seq), float(at), decode(str(subject), data))


def _check(request: Exported) -> None:
    """Whether all of it is of one request, each event at most once, and the photo the one that it speaks of."""
    submitted = request.submitted
    if any(stored.event.id != submitted.id for stored in request.history.events):
        raise BadExport("events of different requests are mixed in it: export it again")
    product(submitted.product).options.model_validate(submitted.options)
    if not all(math.isfinite(stored.at) for stored in request.history.events):
        raise BadExport("the time of an event in it is no number: export it again")
    subjects = [stored.event.subject for stored in request.history.events]
    if len(set(subjects)) < len(subjects) or sum(".end." in subject for subject in subjects) > 1:
        raise BadExport("an event is in it twice: export it again")
    if request.photo is not None and hashlib.sha256(request.photo).hexdigest() != submitted.photo.sha256:
        raise BadExport("the photo in it is not the one that the events are about: export it again")


def _made_public(request: Exported) -> Exported:
    history = _changed(request.history, lambda event: without_secrets(without_id(event)))
    return with_id(replace(request, history=history), public_id(request.submitted.id))


def _changed(history: History, change: Any) -> History:
    return History(tuple(replace(stored, event=change(stored.event)) for stored in history.events))


def _named(event: Event, id: str, photo: Any) -> Event:
    changes: dict[str, Any] = {"id": id}
    if isinstance(event, Feature):
        changes |= {"supersedes": None}  # a number of the log that it comes from
    if isinstance(event, Submitted):
        changes |= {"photo": photo, "parent": event.parent and public_id(event.parent)}
    return event.model_copy(update=changes)
