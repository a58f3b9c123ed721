"""Reads of stored messages in one round trip: JetStream's direct get of the last message of many subjects."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

HAPPENED = "Heckler-Happened"
"""Header of an imported event: when it was stored in the log that it comes from, in seconds since the epoch. It tells
of work done elsewhere: nobody here works on it again (`bus.worker`)."""
LIMIT = 1024
"""Subjects that one answer can hold (the server's limit)."""


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
    done: asyncio.Future[list[Message]]
    single: bool
    messages: list[Message] = field(default_factory=list)


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
        """The last message of each subject matching `subjects`, by sequence; ReadFailed when no answer comes."""
        return await self._ask(stream, {"multi_last": list(subjects)}, timeout)

    async def at(self, stream: str, seq: int, timeout: float = 5) -> Message | None:
        """The message at a sequence, or None when it is gone. Raises ReadFailed."""
        found = await self._ask(stream, {"seq": seq}, timeout)
        return found[0] if found else None

    async def after(
        self, stream: str, subject: str, seq: int = 0, most: int = LIMIT, timeout: float = 5
    ) -> list[Message]:
        """Up to `most` messages matching `subject` with a sequence above `seq`, in order; fewer only where there are no
        more. No consumer is made for it. Raises ReadFailed."""
        return await self._ask(stream, {"seq": seq + 1, "next_by_subj": subject, "batch": most}, timeout)

    async def _ask(self, stream: str, body: dict[str, Any], timeout: float) -> list[Message]:
        token = str(next(self._tokens))
        answer = _Answer(asyncio.get_running_loop().create_future(), single="seq" in body and "batch" not in body)
        self._answers[token] = answer
        try:
            request = json.dumps(body).encode()
            await self._nc.publish(f"$JS.API.DIRECT.GET.{stream}", request, reply=f"{self._inbox}.{token}")
            async with asyncio.timeout(timeout):
                return await answer.done
        except TimeoutError as error:
            raise ReadFailed(f"no answer from {stream} within {timeout} s") from error
        finally:
            del self._answers[token]

    async def _on_message(self, msg: Msg) -> None:
        answer = self._answers.get(msg.subject.rsplit(".", 1)[1])
        if answer is None or answer.done.done():
            return
        header: dict[str, str] = msg.headers or {}
        status = header.get("Status")
        if status is None:
            answer.messages.append(message_of(msg, header))
            if answer.single:
                answer.done.set_result(answer.messages)
        elif status in ("204", "404"):
            answer.done.set_result(answer.messages)
        else:
            answer.done.set_exception(ReadFailed(f"{status} {header.get('Description', '')}"))


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
    if (happened := header.get(HAPPENED)) is not None:
        with contextlib.suppress(ValueError):
            return float(happened)
    return stored


def seconds(stamp: str) -> float:
    """RFC 3339 with up to nine digits of fraction → seconds since the epoch."""
    return datetime.fromisoformat(stamp[:26].rstrip("Z").ljust(19, "0") + "+00:00").timestamp()
