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
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgpack

from bus.events import SCHEMA, AnyEvent, Failed, Feature, Joined, Roast, Submitted, drawn_seed
from bus.history import History, Stored
from bus.wire import Undecodable, decode, encode, pack, unpack

VERSION = 1
MAGIC = b"heckler-export"
LARGEST = 1 << 30
"""Bytes that a file may unpack to; some hundreds of requests with their photos."""
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
    document = [_packed(_made_public(request)) for request in requests]
    body = zlib.compress(pack(document), 6)
    head = b"%s %d %d %s\n" % (MAGIC, VERSION, len(body), hashlib.sha256(body).hexdigest().encode())
    return head + body


def load(data: bytes) -> tuple[Exported, ...]:
    """The requests in a file. Raises BadExport for one that is none, cut off, altered, or of a newer version."""
    try:
        document = unpack(_unpacked(_body(data)))
        requests = tuple(_read(each) for each in document) if isinstance(document, list) else ()
    except (ValueError, TypeError, KeyError, AttributeError, Undecodable, msgpack.UnpackException) as error:
        raise BadExport(f"what it says is not understood ({str(error)[:200]}): export it again") from error
    if not requests:
        raise BadExport("there is no request in it: export it again")
    for request in requests:
        _check(request)
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


def _unpacked(body: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(body, LARGEST)
    except zlib.error as error:
        raise BadExport(f"it cannot be unpacked ({error}): export it again") from error
    if unpacker.unconsumed_tail:
        raise BadExport(f"it unpacks to more than {LARGEST >> 20} MiB: export fewer requests into one file")
    if not unpacker.eof:
        raise BadExport("its content ends too early: export it again")
    return found


def _packed(request: Exported) -> dict[str, Any]:
    events = [[s.seq, s.at, s.event.subject, encode(s.event)] for s in request.history.events]
    return {"schema": SCHEMA, "events": events, "photo": request.photo}


def _read(document: Mapping[str, Any]) -> Exported:
    if (schema := document["schema"]) != SCHEMA:
        raise BadExport(f"its events are of schema {schema}, this Heckler reads {SCHEMA}: use one of the same age")
    photo = document["photo"]
    if photo is not None and not isinstance(photo, bytes):
        raise TypeError("the photo is no bytes")
    events = [Stored(int(seq), float(at), decode(str(s), data)) for seq, at, s, data in document["events"]]
    return Exported(History.of(events), photo)


def _check(request: Exported) -> None:
    """Whether all of it is of one request, each event at most once, and the photo the one that it speaks of."""
    submitted = request.submitted
    if any(stored.event.id != submitted.id for stored in request.history.events):
        raise BadExport("events of different requests are mixed in it: export it again")
    if not all(math.isfinite(stored.at) for stored in request.history.events):
        raise BadExport("the time of an event in it is no number: export it again")
    subjects = [stored.event.subject for stored in request.history.events]
    if len(set(subjects)) < len(subjects) or sum(".end." in subject for subject in subjects) > 1:
        raise BadExport("an event is in it twice: export it again")
    if request.photo is not None and hashlib.sha256(request.photo).hexdigest() != submitted.photo.sha256:
        raise BadExport("the photo in it is not the one that the events are about: export it again")


def _made_public(request: Exported) -> Exported:
    seed = drawn_seed(request.submitted.id)
    history = _changed(request.history, lambda event: _without_secrets(_seeded(event, seed)))
    return with_id(replace(request, history=history), public_id(request.submitted.id))


def _seeded(event: AnyEvent, seed: int) -> AnyEvent:
    """`event` with the seed that its id has drawn written down: without the id nobody could draw it again."""
    if isinstance(event, Submitted | Joined) and event.style and event.style.seed is None:
        return event.model_copy(update={"style": event.style.model_copy(update={"seed": seed})})
    return event


def _changed(history: History, change: Any) -> History:
    return History(tuple(replace(stored, event=change(stored.event)) for stored in history.events))


def _named(event: AnyEvent, id: str, photo: Any) -> AnyEvent:
    changes: dict[str, Any] = {"id": id}
    if isinstance(event, Feature):
        changes |= {"supersedes": None}  # a number of the log that it comes from
    if isinstance(event, Submitted):
        changes |= {"photo": photo, "parent": event.parent and public_id(event.parent)}
    return event.model_copy(update=changes)


_SECRETS = (
    (re.compile(r"(\w+://)[^\s/@]+@"), r"\1…@"),
    (re.compile(r"(?i)\b(api[_-]?key|token|password|secret)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",;&]+"), r"\1\2…"),
    (re.compile(r"(?i)\b(bearer|basic)\s+(?=\S*\d)[^\s'\",;&]{6,}"), r"\1 …"),
    (re.compile(r"\b(?:sk|pk|ghp|hf)[-_][A-Za-z0-9_-]{12,}"), "…"),
    (re.compile(r"(/home/|/Users/|\\Users\\)[^/\\\s'\"]+"), r"\1…"),
)
"""What messages of libraries may hold though nobody should read it: credentials in URLs, keys, names of accounts."""


def scrubbed(text: str) -> str:
    """`text` without credentials, keys and the names of home folders."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def _without_secrets(event: AnyEvent) -> AnyEvent:
    """`event` with its free text scrubbed: what programs said, never what was found in the photo or written of it."""
    match event:
        case Feature(reason=str(reason)):
            return event.model_copy(update={"reason": scrubbed(reason)})
        case Failed(detail=detail, hint=hint):
            return event.model_copy(update={"detail": scrubbed(detail), "hint": scrubbed(hint)})
        case Roast(note=str(note)):
            return event.model_copy(update={"note": scrubbed(note)})
        case Joined(missing=missing):
            return event.model_copy(update={"missing": {name: scrubbed(why) for name, why in missing.items()}})
    return event
