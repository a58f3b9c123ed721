"""Server-sent events (WHATWG HTML §9.2): a request's events as they happen, resumable at any of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from bus.earlier_events import as_today
from bus.events import Event, Joined, Started, is_ending
from bus.history import Stored
from bus.jetstream.direct_get import ReadFailed
from gateway.events.queue_math import QueuePosition
from gateway.metrics import WATCHING

HEARTBEAT_S = 15.0
RETRY_MS = 1000
OPENING = f"retry: {RETRY_MS}\n\n".encode()
"""Sent at once: it makes proxies pass the headers on, and tells the browser how soon to come back."""
HEARTBEAT = b": still here\n\n"


class EventStream(StreamingResponse):
    """An answer that no proxy may cache or hold back. Closes its frames, however it ends."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[bytes, None], status_code: int = 200, **headers: str) -> None:
        super().__init__(frames, status_code, {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **headers})
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with WATCHING.track_inprogress():
            try:
                await super().__call__(scope, receive, send)
            finally:
                await self._frames.aclose()


def frame(seq: int, event: Event | QueuePosition) -> bytes:
    """One event on the wire; of an earlier version perhaps two, under one `id:`. What is not stored has sequence 0 and
    gets no `id:`: a client cannot resume after it."""
    events = (event,) if isinstance(event, QueuePosition) else as_today(event)
    return b"".join(_frame(seq, each) for each in events)


def _frame(seq: int, event: Event | QueuePosition) -> bytes:
    name = f"id: {seq}\n" if seq else ""
    return f"{name}event: {event.type}\ndata: {event.model_dump_json()}\n\n".encode()


def resume_point(last_event_id: str | None, after: str | None) -> int:
    """The sequence that the client has seen, 0 for nothing. Raises ValueError when either is no number.

    A reconnecting browser repeats its first URL and adds the header, so the later of the two is right.
    """
    seen = [text.strip() for text in (last_event_id, after) if text and text.strip()]
    if not all(text.isascii() and text.isdigit() and len(text) < 20 for text in seen):
        raise ValueError("the number of an event, as in its `id:`, is wanted")
    return max(map(int, seen), default=0)


async def frames(
    events: AsyncIterator[Stored | QueuePosition], leaving: asyncio.Event, heartbeat_s: float = HEARTBEAT_S
) -> AsyncGenerator[bytes, None]:
    """`events` as frames, a heartbeat whenever it is quiet for long; ends with them, or when `leaving` is set.

    A stream that ends before the request does is no loss: the client resumes, here or at another gateway.
    """
    yield OPENING
    left: asyncio.Future[Any] = asyncio.ensure_future(leaving.wait())
    coming: asyncio.Future[Any] | None = None
    try:
        while not leaving.is_set():
            coming = coming or asyncio.ensure_future(anext(events))
            await asyncio.wait({coming, left}, timeout=heartbeat_s, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                latest, coming = coming.result(), None
                yield frame(0, latest) if isinstance(latest, QueuePosition) else frame(latest.seq, latest.event)
            elif not left.done():
                yield HEARTBEAT
    except (StopAsyncIteration, ReadFailed):
        return
    finally:
        # a task of its own: what cancels this one, the client that left for instance, must not cancel the tidying
        await asyncio.shield(asyncio.create_task(_stop(events, left, coming)))


async def with_positions(
    events: AsyncIterator[Stored], positions: AsyncGenerator[QueuePosition, None]
) -> AsyncGenerator[Stored | QueuePosition, None]:
    """`events` until they end, and among them the request's `positions` as long as its turn has not come.

    A client that was sent a position is sent 0 when its turn comes, also when an event shows that first.
    Raises ReadFailed.
    """
    coming: asyncio.Future[Stored] | None = None
    position: asyncio.Future[QueuePosition | None] | None = asyncio.ensure_future(_next(positions))
    ahead = 0
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(events))
            await asyncio.wait([wait for wait in (coming, position) if wait], return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                stored, coming = coming.result(), None
                if position and _is_turn(stored.event):
                    await _stop(positions, position)
                    position = None
                    if ahead:
                        yield QueuePosition(id=stored.event.id, ahead=0)
                yield stored
            elif position and (found := position.result()):
                ahead, position = found.ahead, asyncio.ensure_future(_next(positions))
                yield found
            else:
                position = None
    except StopAsyncIteration:
        return
    finally:
        await _stop(positions, position)
        await _stop(events, coming)


async def _next(positions: AsyncGenerator[QueuePosition, None]) -> QueuePosition | None:
    return await anext(positions, None)


def _is_turn(event: Event) -> bool:
    """Whether this event shows that the request waits no more. A finding alone does not: one analyzer may have it in
    the cache, or take no time at all, while all others are busy with the photos before it."""
    return isinstance(event, Started | Joined) or is_ending(event)


async def _stop(events: AsyncIterator[Any], *waits: asyncio.Future[Any] | None) -> None:
    waiting = [wait for wait in waits if wait]
    for wait in waiting:
        wait.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    if isinstance(events, AsyncGenerator):
        await events.aclose()
