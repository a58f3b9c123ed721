"""Following one request: its history, then what happens next, each event once, in order, over any lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.events import Erase, Started, is_ending
from bus.history import History, Stored
from bus.jetstream.codec import Undecodable, decode
from bus.jetstream.direct_get import Message, ReadFailed, message_of
from bus.jetstream.leader_get import Reader
from bus.subjects import REST, event, family_of, live
from bus.topology import PHOTOS

RESYNC_S = 15.0


def tells(subject: str) -> bool:
    """Whether a message of this subject tells of its request; schedules, and orders to erase, are the log's own."""
    return family_of(subject) not in ("timer", "erase")


async def read_history(reader: Reader, id: str, patterns: tuple[str, ...] = (">",)) -> History:
    """The stored events of a request whose subjects match `photo.<id>.<pattern>`; none of one that is to be erased,
    whatever is still there. Raises ReadFailed."""
    order = Erase(id=id).subject
    subjects = [event(id, pattern) for pattern in patterns]
    messages = await _patiently(reader, subjects if ">" in patterns else [*subjects, order])
    if any(message.subject == order for message in messages):
        return History()
    return History.of(_events(messages))


def _events(messages: Iterable[Message]) -> list[Stored]:
    """Those messages that tell of their request."""
    stored = []
    for message in messages:
        if not tells(message.subject):
            continue
        try:
            stored.append(Stored(message.seq, message.at, decode(message.subject, message.data, message.headers)))
        except Undecodable:
            continue  # written by a newer version; what this one does not know, it does not show
    return stored


async def _patiently(reader: Reader, subjects: list[str]) -> list[Message]:
    """A server that restarts drops what it was asked: ask again, a few times."""
    for timeout in (1, 2, 4):
        try:
            return await reader.last(PHOTOS, subjects, timeout)
        except ReadFailed:
            await asyncio.sleep(0.1)
    return await reader.last(PHOTOS, subjects)


def _live(msg: Msg) -> Stored | None:
    """A republished message as a stored event (sequence 0 for what is not stored), or None if it is no event."""
    header: dict[str, str] = msg.headers or {}
    try:
        if "Nats-Sequence" in header:
            message = message_of(msg, header)
            if not tells(message.subject):
                return None
            return Stored(message.seq, message.at, decode(message.subject, message.data, header))
        event = decode(msg.subject, msg.data, header)
        return Stored(0, event.at, event)
    except Undecodable:
        return None


class Follower:
    """One reader of one request. Live messages come from a plain subscription: no consumer, nothing to clean up.

    On a cluster a live message may get lost between two servers while the next ones arrive. There each of them says no
    more than that something is new, and what was stored before it is read from the leader.
    """

    def __init__(self, nc: Client, reader: Reader, id: str, after: int) -> None:
        self._nc, self._reader, self._id = nc, reader, id
        self._last = after
        self._inbox: asyncio.Queue[Stored | None] = asyncio.Queue()
        self._cut_off = False
        self._may_miss = False

    async def events(self) -> AsyncIterator[Stored]:
        """Events after `after` until the request's ending, which is the last one. Raises ReadFailed at the start."""
        subscription = await self._nc.subscribe(live(self._id, REST), cb=self._on_message)
        try:
            self._may_miss = await self._reader.is_replicated(PHOTOS)
            history = await read_history(self._reader, self._id)
            while True:
                for stored in history.events:
                    if stored.seq > self._last:
                        self._last = stored.seq
                        yield stored
                    if is_ending(stored.event):
                        return  # what came too late is in the log behind it
                async for stored in self._until_resync():
                    yield stored
                    if is_ending(stored.event):
                        return
                again = await self._again(history)
                if history.events and not again.events:
                    return  # it was erased between two looks
                history = again
        finally:
            if not self._nc.is_closed:
                await subscription.unsubscribe()

    def cut_off(self) -> None:
        """The connection is away. A live event that came before the history is read again would hide missed ones."""
        self._cut_off = True

    def resync(self) -> None:
        """Reads the history again: live messages may have been missed."""
        self._cut_off = False
        self._inbox.put_nowait(None)

    async def _until_resync(self) -> AsyncIterator[Stored]:
        while True:
            try:
                async with asyncio.timeout(RESYNC_S):
                    stored = await self._inbox.get()
            except TimeoutError:
                return  # quiet for long: look whether something slipped by
            if stored is None:
                return
            if stored.seq == 0 and isinstance(stored.event, Started):
                yield stored
            elif stored.seq > self._last:
                try:
                    before = await self._before(stored) if self._may_miss else []
                except ReadFailed:
                    return  # the whole history is read, as often as it takes
                for each in (*before, stored):
                    self._last = each.seq
                    yield each

    async def _before(self, stored: Stored) -> list[Stored]:
        """What lies between the last event and a live one. Raises ReadFailed."""
        messages = await self._reader.after(PHOTOS, event(self._id, REST), self._last)
        return _events(message for message in messages if message.seq < stored.seq)

    async def _again(self, known: History) -> History:
        try:
            return await read_history(self._reader, self._id)
        except (ReadFailed, OSError):
            return known  # the server is away; its return triggers the next resync

    async def _on_message(self, msg: Msg) -> None:
        stored = None if self._cut_off else _live(msg)
        if stored is not None:
            self._inbox.put_nowait(stored)
