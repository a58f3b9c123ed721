"""Dead letters: what could not be handled, with everything needed to see why and to send it again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import traceback
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from nats.aio.msg import Msg

from bus.dead_letters.letter import Letter, enclosed
from bus.events import Due, Erase, Event, Failed, Feature
from bus.jetstream.codec import Undecodable, decode, headers, pack
from bus.jetstream.direct_get import Message
from bus.jetstream.message_loop import ACK, MessageLoop, nak
from bus.jetstream.publish import ABSENT, LogRefused, store
from bus.jetstream.pull import Meta, meta_of
from bus.observability.logs import log
from bus.products import work_of
from bus.topology import ANALYZE, DEAD, MAX_DELIVERIES, PHOTOS

if TYPE_CHECKING:
    from bus.client import Bus


_RETRY_S = 1.0


class PermanentError(Exception):
    """Trying again cannot help: straight to the dead letters."""


async def send_to_dead_letters(bus: Bus, durable: str, msg: Msg, meta: Meta, error: BaseException) -> None:
    """Stores a dead letter for a delivery that raised `error`. Raises BusDown."""
    trace = "".join(traceback.format_exception(error))[-8000:]
    letter = _letter(durable, msg, meta.seq, meta.attempt)
    await keep(bus, replace(letter, error=repr(error)[:2000], traceback=trace))


def _letter(durable: str, msg: Msg | Message, seq: int, attempts: int) -> Letter:
    """A letter about a message, but for the error; of one that had been sent again, the same letter with new facts."""
    with contextlib.suppress(Undecodable):
        if earlier := enclosed(msg.subject, msg.data):
            return replace(earlier, again=seq, attempts=earlier.attempts + attempts, at=time.time())
    header = {str(key): str(value) for key, value in (msg.headers or {}).items()}
    return Letter(durable, msg.subject, seq, attempts, "", "", msg.data, header)


async def keep(bus: Bus, letter: Letter) -> None:
    """Stores a dead letter, once for each event and durable. Raises BusDown, LogRefused.

    One that NATS refuses, because it is larger than the server takes, is kept without the event that it is about.
    """
    try:
        await _send(bus, letter)
    except LogRefused as refusal:
        why = f"{letter.error[:1000]} (without its event, which was refused: {refusal})"[:2000]
        await _send(bus, replace(letter, error=why, data=b"", headers={}))


async def _send(bus: Bus, letter: Letter) -> None:
    await store(bus.nc, letter.letter_subject, pack(asdict(letter)), headers(**ABSENT), patience=30)


def instead_of(durable: str, event: Event, reason: str) -> Event | None:
    """What takes the place of a result that will never come, so that nothing waits for it.

    None where nothing does: a timer that has fired is of a request whose other events tell of it.
    """
    if isinstance(event, Due | Erase):
        return None
    if durable.startswith(ANALYZE):
        return Feature(id=event.id, analyzer=durable.removeprefix(ANALYZE), status="failed", reason=reason[:500])
    return Failed(
        id=event.id,
        code="broken",
        detail=f"Something broke while {work_of(durable)}: {reason}"[:500],
        hint="The event is kept as a dead letter with its traceback. Trying again may help; telling us surely does.",
    )


class MaxDeliveriesHandler:
    """Writes dead letters for deliveries whose workers died under them, time after time, and could not say so.

    JetStream notes them in an advisory; a stream keeps the advisories, so none is missed.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._loop = MessageLoop(bus, MAX_DELIVERIES, self._answer)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set."""
        await self._loop.run(stop)

    async def _answer(self, msg: Msg) -> bytes:
        try:
            await self._handle(json.loads(msg.data))
            return ACK
        except Exception:
            log.exception("not sent to the dead letters", attempt=meta_of(msg.reply).attempt)
            return nak(_RETRY_S)

    async def _handle(self, advisory: dict[str, Any]) -> None:
        durable, seq = advisory["consumer"], int(advisory["stream_seq"])
        found = await self._bus.reader.at(PHOTOS, seq)
        if found is None:
            return  # deleted meanwhile: nothing waits for it
        reason = "its process died or stood still every time it was tried"
        letter = _letter(durable, found, seq, advisory["deliveries"])
        letter = replace(letter, error=reason, traceback="")
        try:
            await keep(self._bus, letter)
        except LogRefused:  # trying again would not mend it, and a join or a page waits for the result
            log.exception("no dead letter", durable=durable, seq=seq)
        try:
            event = decode(letter.subject, letter.data, letter.headers)
        except Undecodable:
            return
        if (instead := instead_of(durable, event, reason)) is not None:
            await self._bus.publish(instead)


__all__ = ["DEAD", "Letter", "MaxDeliveriesHandler", "PermanentError", "instead_of", "keep", "send_to_dead_letters"]
