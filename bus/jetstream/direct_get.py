"""Reads of stored messages in one round trip: JetStream's direct get of the last message of many subjects.

A nats-server says of what it cannot read, for want of a descriptor for instance, that it is not there (seen with 2.15).
What it knows without reading its files tells the two apart: here nothing is absent because it could not be read.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg

ORIGINAL_TIME = "Heckler-Happened"
"""Header of an imported event: when it was stored in the log that it comes from, in seconds since the epoch. The work
was done elsewhere: no service here does it again (`bus.worker`)."""
LIMIT = 1024
"""Subjects that one answer can hold (the server's limit)."""
UNREADABLE = "its server cannot read what it holds just now"
_NOTHING = "404 No Results"
"""The server's answer when no message matches a question for the last messages of subjects."""


class ReadFailed(Exception):
    """The log did not answer a read; it may be restarting. Trying again is right."""


@dataclass(frozen=True, slots=True)
class Message:
    """A stored message."""

    seq: int
    at: float
    subject: str
    data: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class _Answer:
    done: asyncio.Future[_Answer]
    single: bool
    messages: list[Message] = field(default_factory=list)
    status: str = ""
    """The last word of the server: "404 No Results", for instance."""
    pending: int = 0
    """Messages that match and were not sent."""

    @property
    def is_unreadable(self) -> bool:
        """For a question about the last messages of subjects: whether there are some that the server cannot read."""
        return self.status.startswith("404") and self.status != _NOTHING

    def end(self, status: str = "", pending: int = 0) -> None:
        self.status, self.pending = status, pending
        self.done.set_result(self)


class DirectReader:
    """One subscription for all answers: a read costs one request and no set-up."""

    def __init__(self, nc: Client, inbox: str) -> None:
        self._nc = nc
        self._inbox = inbox
        self._tokens = itertools.count()
        self._answers: dict[str, _Answer] = {}

    async def start(self) -> None:
        await self._nc.subscribe(f"{self._inbox}.*", cb=self._on_message, pending_msgs_limit=-1, pending_bytes_limit=-1)

    async def last(self, stream: str, subjects: Sequence[str], timeout: float = 5) -> list[Message]:
        """The last message of each subject matching `subjects`, by sequence. Raises ReadFailed."""
        answer = await self._ask(stream, {"multi_last": list(subjects)}, timeout)
        if answer.is_unreadable:
            raise ReadFailed(f"{stream}: {UNREADABLE}")
        return answer.messages

    async def at(self, stream: str, seq: int, timeout: float = 5) -> Message | None:
        """The message at a sequence, or None when it is gone. Raises ReadFailed."""
        answer = await self._ask(stream, {"seq": seq}, timeout)
        if not answer.messages and not await is_gone(self._nc, stream, seq, timeout):
            raise ReadFailed(f"{stream}: {UNREADABLE}")
        return next(iter(answer.messages), None)

    async def after(
        self, stream: str, subject: str, seq: int = 0, most: int = LIMIT, timeout: float = 5
    ) -> list[Message]:
        """Up to `most` messages matching `subject` with a sequence above `seq`, in order; fewer only where there are no
        more. No consumer is made for it. Raises ReadFailed."""
        found: list[Message] = []
        failed = False
        while True:
            wanted = {"seq": seq + 1, "next_by_subj": subject, "batch": most - len(found)}
            answer = await self._ask(stream, wanted, timeout)
            found += answer.messages
            if not answer.messages:
                if await self._is_nothing_after(stream, subject, seq, timeout):
                    return found
                if failed:
                    raise ReadFailed(f"{stream}: {UNREADABLE}")
                failed = True  # or one has come since
                continue
            if len(found) == most or not answer.pending:
                return found
            seq = found[-1].seq

    async def _is_nothing_after(self, stream: str, subject: str, seq: int, timeout: float) -> bool:
        """Whether no message that matches has a sequence above `seq`; of very many subjects the server does not say."""
        body = {"multi_last": [subject], "seq": seq + 1, "batch": 1}
        answer = await self._ask(stream, body, timeout, accepted=("204", "404", "413"))
        return not answer.messages and not answer.is_unreadable

    async def _ask(
        self, stream: str, body: dict[str, Any], timeout: float, accepted: tuple[str, ...] = ("204", "404")
    ) -> _Answer:
        token = str(next(self._tokens))
        answer = _Answer(asyncio.get_running_loop().create_future(), single="seq" in body and "batch" not in body)
        self._answers[token] = answer
        try:
            request = json.dumps(body).encode()
            await self._nc.publish(f"$JS.API.DIRECT.GET.{stream}", request, reply=f"{self._inbox}.{token}")
            async with asyncio.timeout(timeout):
                await answer.done
        except TimeoutError as error:
            raise ReadFailed(f"no answer from {stream} within {timeout} s") from error
        finally:
            del self._answers[token]
        if answer.status and answer.status[:3] not in accepted:
            raise ReadFailed(f"{stream}: {answer.status}")
        return answer

    async def _on_message(self, msg: Msg) -> None:
        answer = self._answers.get(msg.subject.rsplit(".", 1)[1])
        if answer is None or answer.done.done():
            return
        header: dict[str, str] = msg.headers or {}
        status = header.get("Status")
        if status is None:
            answer.messages.append(message_of(msg, header))
            if answer.single:
                answer.end()
        else:
            answer.end(f"{status} {header.get('Description', '')}", int(header.get("Nats-Num-Pending", 0)))


async def is_gone(nc: Client, stream: str, seq: int, timeout: float) -> bool:
    """Whether a stream has no message at `seq`, by what its server knows without reading files. Raises ReadFailed."""
    state = (await info(nc, stream, timeout, deleted_details=True))["state"]
    return not state["first_seq"] <= seq <= state["last_seq"] or seq in (state.get("deleted") or ())


async def info(nc: Client, stream: str, timeout: float, **wanted: Any) -> dict[str, Any]:
    """What its server, on a cluster the leader, says of a stream. Raises ReadFailed."""
    try:
        answer = await nc.request(f"$JS.API.STREAM.INFO.{stream}", json.dumps(wanted).encode(), timeout=timeout)
    except (errors.Error, OSError, TimeoutError) as error:
        raise ReadFailed(f"nothing is known of {stream} within {timeout} s ({error!r})") from error
    found: dict[str, Any] = json.loads(answer.data)
    if "error" in found:
        raise ReadFailed(f"{stream}: {found['error'].get('description')}")
    return found


def message_of(msg: Msg, header: dict[str, Any]) -> Message:
    """A direct-get answer, or a message of a republishing subject, as a stored message."""
    stamp = header.get("Nats-Time-Stamp")
    return Message(
        seq=int(header["Nats-Sequence"]),
        at=time_of(header, seconds(stamp) if stamp else 0.0),
        subject=header["Nats-Subject"],
        data=msg.data,
        headers=header,
    )


def time_of(header: Mapping[str, Any], stored: float) -> float:
    """When a message's event happened: elsewhere, as its header says, or when it was `stored`."""
    if (happened := header.get(ORIGINAL_TIME)) is not None:
        with contextlib.suppress(ValueError):
            return float(happened)
    return stored


def seconds(stamp: str) -> float:
    """RFC 3339 with up to nine digits of fraction → seconds since the epoch."""
    return datetime.fromisoformat(stamp[:26].rstrip("Z").ljust(19, "0") + "+00:00").timestamp()
