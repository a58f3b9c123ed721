"""Hearing a writer out: pieces become whole jokes, the guard reads each, and a cancellation ends it all at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from bus.observability.logs import log
from bus.roast.events import Joke
from llm.brief import Brief
from llm.prompting.guard import check
from llm.writers.backend import BackendFailed
from llm.writers.base import Piece, Writer


async def stream_jokes(writer: Writer, brief: Brief, cancelled: asyncio.Event) -> AsyncGenerator[Joke, None]:
    """The writer's jokes, each as soon as it is whole, without those that the guard rejects."""
    cues = {cue.id: cue for cue in brief.cues}
    async with aclosing(until(writer.write(brief), cancelled)) as written, aclosing(by_joke(written)) as whole:
        async for number, pieces in whole:
            if cancelled.is_set():
                return
            text = "".join(piece.text for piece in pieces).strip()
            ids = tuple(dict.fromkeys(id for piece in pieces for id in piece.cues if id in cues))
            reason = check(text, [cues[id] for id in ids], brief)
            if reason is None:
                yield Joke(text=text, cues=ids)
            else:
                log.warning("guard", writer=writer.name, joke=number, reason=reason)


async def by_joke(pieces: AsyncIterator[Piece]) -> AsyncGenerator[tuple[int, Sequence[Piece]], None]:
    """Groups consecutive pieces of the same joke: a joke is checked as a whole before it is shown."""
    current: list[Piece] = []
    async for piece in pieces:
        if current and piece.joke != current[0].joke:
            yield current[0].joke, current
            current = []
        current.append(piece)
        if piece.ends:
            yield piece.joke, current
            current = []
    if current:
        yield current[0].joke, current


async def until(pieces: AsyncIterator[Piece], cancelled: asyncio.Event) -> AsyncGenerator[Piece, None]:
    """The pieces until `cancelled` is set, even when the next one never comes."""
    stop = asyncio.ensure_future(cancelled.wait())
    piece: asyncio.Future[Piece] | None = None
    try:
        while not cancelled.is_set():
            piece = asyncio.ensure_future(anext(pieces))
            await asyncio.wait({piece, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not piece.done():
                return
            try:
                yield piece.result()
            except StopAsyncIteration:
                return
    finally:
        stop.cancel()
        await _silenced(pieces, piece)


async def _silenced(pieces: AsyncIterator[Piece], pending: asyncio.Future[Piece] | None) -> None:
    """Ends `pieces` now: else a model would go on until Python collects the garbage."""
    if pending is not None and not pending.done():
        pending.cancel()
        with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration, BackendFailed):
            await pending
    if isinstance(pieces, AsyncGenerator):
        await pieces.aclose()
