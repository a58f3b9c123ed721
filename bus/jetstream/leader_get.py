"""Reads of replicated streams. Any replica answers a direct get, also one that has not yet received what was stored a
moment ago. The leader has everything that was acknowledged, and answers for one message at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from nats import errors
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from nats.js.manager import JetStreamManager

from bus.jetstream.direct_get import (
    LIMIT,
    UNREADABLE,
    DirectReader,
    Message,
    ReadFailed,
    info,
    is_gone,
    time_of,
)

_NO_MESSAGE = 10037


class LeaderReader:
    """What `bus.jetstream.direct_get.DirectReader` does, of the leader. Every method raises ReadFailed."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc

    async def last(self, stream: str, subjects: Sequence[str], timeout: float = 5) -> list[Message]:
        """The last message of each subject matching `subjects`, by sequence."""
        found = await asyncio.gather(*(self._all(stream, subject, timeout) for subject in subjects))
        latest = {message.subject: message for messages in found for message in messages}
        return sorted(latest.values(), key=lambda message: message.seq)

    async def at(self, stream: str, seq: int, timeout: float = 5) -> Message | None:
        """The message at a sequence, or None when it is gone."""
        found = await self._one(stream, timeout, seq=seq)
        if found is None and not await is_gone(self._nc, stream, seq, timeout):
            raise ReadFailed(f"{stream}: {UNREADABLE}")
        return found

    async def after(
        self, stream: str, subject: str, seq: int = 0, most: int = LIMIT, timeout: float = 5
    ) -> list[Message]:
        """Up to `most` messages matching `subject` with a sequence above `seq`, in order.

        Of those that the server cannot read just now it says nothing: they are missing at the end, and noticed only
        where `seq` is 0.
        """
        if seq == 0:
            return await self._all(stream, subject, timeout, most)
        return [message async for message in self._from(stream, subject, seq + 1, timeout, most)]

    async def _all(self, stream: str, subject: str, timeout: float, most: int | None = None) -> list[Message]:
        """All messages, or the first `most`: as many as the server knows of without reading its files."""
        found: list[Message] = []
        while most is None or len(found) < most:
            start = found[-1].seq + 1 if found else 1
            left = None if most is None else most - len(found)
            more = [message async for message in self._from(stream, subject, start, timeout, left)]
            found += more
            held = (await info(self._nc, stream, timeout, subjects_filter=subject))["state"].get("subjects") or {}
            if len(found) >= sum(held.values()):
                break
            if not more:
                raise ReadFailed(f"{stream}: {UNREADABLE}")
        return found

    async def _from(
        self, stream: str, subject: str, seq: int, timeout: float, most: int | None = None
    ) -> AsyncIterator[Message]:
        sent = 0
        while sent != most and (message := await self._one(stream, timeout, seq=seq, subject=subject, next=True)):
            yield message
            seq, sent = message.seq + 1, sent + 1

    async def _one(self, stream: str, timeout: float, **wanted: Any) -> Message | None:
        try:
            found = await JetStreamManager(self._nc, timeout=timeout).get_msg(stream, **wanted)
        except NotFoundError as error:
            if error.err_code == _NO_MESSAGE:
                return None
            raise ReadFailed(f"{stream}: {error.description}") from error
        except (errors.Error, OSError, TimeoutError) as error:
            raise ReadFailed(f"no answer of the leader of {stream} within {timeout} s ({error!r})") from error
        header = found.headers or {}
        return Message(found.seq, time_of(header, found.time.timestamp()), found.subject, found.data or b"", header)


class Reader:
    """Reads of stored messages: of replicated streams from their leaders, of all others directly, in one round trip.

    Which of the `replicable` ones are is learnt when they are first read. Every method raises ReadFailed.
    """

    def __init__(self, nc: Client, replicable: frozenset[str]) -> None:
        self._nc = nc
        self._replicable = replicable
        self._direct, self._leader = DirectReader(nc, nc.new_inbox()), LeaderReader(nc)
        self._replicas: dict[str, int] = {}

    async def start(self) -> None:
        await self._direct.start()

    async def last(self, stream: str, subjects: Sequence[str], timeout: float = 5) -> list[Message]:
        """The last message of each subject matching `subjects`, by sequence."""
        return await (await self._of(stream, timeout)).last(stream, subjects, timeout)

    async def at(self, stream: str, seq: int, timeout: float = 5) -> Message | None:
        """The message at a sequence, or None when it is gone."""
        return await (await self._of(stream, timeout)).at(stream, seq, timeout)

    async def after(
        self, stream: str, subject: str, seq: int = 0, most: int = LIMIT, timeout: float = 5
    ) -> list[Message]:
        """Up to `most` messages matching `subject` with a sequence above `seq`, in order; fewer only where there are no
        more. No consumer is made for it."""
        return await (await self._of(stream, timeout)).after(stream, subject, seq, most, timeout)

    async def is_replicated(self, stream: str, timeout: float = 5) -> bool:
        """Whether a stream has more than one replica."""
        if stream in self._replicable and stream not in self._replicas:
            self._replicas[stream] = await self._replicas_of(stream, timeout)
        return self._replicas.get(stream, 1) > 1

    async def _of(self, stream: str, timeout: float) -> DirectReader | LeaderReader:
        return self._leader if await self.is_replicated(stream, timeout) else self._direct

    async def _replicas_of(self, stream: str, timeout: float) -> int:
        return int((await info(self._nc, stream, timeout))["config"].get("num_replicas") or 1)
