"""Writing to the log: publish-if-absent, with retries that cannot write anything twice."""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

from nats import errors
from nats.aio.client import Client

from bus import subjects
from bus.events import Event, Feature, is_ending
from bus.jetstream.codec import encode, headers
from bus.observability.metrics import PUBLISH

ABSENT = {"Nats-Expected-Last-Subject-Sequence": "0"}
_WRONG_LAST_SEQUENCE = 10071
_IN_PROCESS = 10164  # replicas only: another message of this subject is being stored, and may yet fail
_NO_LEADER = 10008  # "temporarily unavailable": the servers of a cluster elect one
_NO_ROOM = {10023, 10047}  # insufficient resources, storage resources exceeded
_MAX_BYTES = 10077  # maximum bytes exceeded


class BusDown(Exception):
    """NATS could not be reached within the time given; it may be restarting."""


class LogSilent(BusDown):
    """NATS was asked and does not answer; the message is a sentence for people."""


class LogUnwritable(BusDown):
    """NATS answers, and does not store; the message is a sentence for people."""


class LogFull(Exception):
    """The log or a bucket holds as much as it may; it empties with time. The message is a sentence for people."""


class DiskFull(LogFull):
    """There is no room on the log's disk, or too little for another photo; the message is a sentence for people."""


class LogRefused(Exception):
    """NATS refused the message for a reason that trying again does not mend; `code` is the server's, 0 for none."""

    def __init__(self, words: str, code: int = 0) -> None:
        super().__init__(words)
        self.code = code

    @property
    def lacks_room(self) -> bool:
        """Whether the server has less storage than was asked for; a cluster says so of each of its servers."""
        return self.code in _NO_ROOM or says_no_room(str(self))


class _NotNow(Exception):
    """The server may store it in a moment: another message of its subject is on its way, or a leader is elected."""


async def store(nc: Client, subject: str, data: bytes, header: dict[str, str], patience: float = 10) -> int | None:
    """Stores one message and returns its sequence, or None when the header's expectation no longer holds.

    Tries again for `patience` seconds while the server is away, cannot just now, or is storing another message of the
    same subject. A try whose answer was lost may have been stored: the next one then finds its own message there, which
    is as good. Raises BusDown, LogFull, LogRefused.
    """
    deadline = time.monotonic() + patience
    delay = 0.05
    while True:
        began = time.perf_counter()
        try:
            answer = json.loads((await nc.request(subject, data, timeout=2, headers=header)).data)
            PUBLISH.observe(time.perf_counter() - began)
            return _sequence(answer)
        except errors.MaxPayloadError as error:
            raise LogRefused(f"{subject}: {len(data)} bytes are more than this NATS server takes") from error
        except (errors.Error, OSError, TimeoutError, _NotNow) as error:
            if time.monotonic() + delay > deadline or nc.is_closed:
                raise BusDown(f"{subject} was not acknowledged within {patience} s ({error!r})") from error
        await asyncio.sleep(delay * random.uniform(0.5, 1.5))
        delay = min(delay * 2, 1)


def _sequence(answer: dict[str, Any]) -> int | None:
    error = answer.get("error")
    if error is None:
        return int(answer["seq"])
    code = error.get("err_code")
    if code == _WRONG_LAST_SEQUENCE:
        return None
    words = error.get("description", "no reason given")
    if code == _IN_PROCESS or passes(code, words):
        raise _NotNow(words)
    if code in _NO_ROOM:
        raise DiskFull(f"The log's disk has no room: its server says {words!r}.")
    if code == _MAX_BYTES:
        raise LogFull("The photo store holds as much as it may (HECKLER_MAX_IMAGE_BYTES).")
    raise LogRefused(f"{code}: {words}", code or 0)


def passes(code: int | None, words: str) -> bool:
    """Whether a server's refusal is over in a moment: it has no leader just now, or too many files open."""
    return code == _NO_LEADER or "too many open files" in words


def says_no_room(words: str) -> bool:
    """Whether a server's words are about a disk that is full, or storage that it has not."""
    return "no space left" in words or "insufficient storage" in words or "insufficient resources" in words


async def publish(nc: Client, event: Event, patience: float = 10) -> int | None:
    """Stores an event unless it is there already; an ending, unless the request has ended already.

    A feature that supersedes another one is stored only as long as that one is the last of its subject.
    """
    header = headers(**ABSENT)
    if isinstance(event, Feature) and event.supersedes:
        header["Nats-Expected-Last-Subject-Sequence"] = str(event.supersedes)
    if is_ending(event):
        header["Nats-Expected-Last-Subject-Sequence-Subject"] = subjects.event(event.id, subjects.END)
    return await store(nc, event.subject, encode(event), header, patience)
