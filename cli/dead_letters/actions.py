"""Dead letters as the commands handle them: found by number, shown, sent back, dropped."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from bus.client import Bus, LogRefused, PhotoUnavailable
from bus.dead_letters.letter import Letter, forget, letters, send_again
from bus.events import Due, Event, Failed, Submitted, new_id
from bus.history import History
from bus.jetstream.codec import Undecodable, decode, unpack
from bus.jetstream.direct_get import Message
from bus.products import product
from bus.subjects import name_of
from bus.topology import ANALYZE, DEAD, PHOTOS
from cli.connect.log_client import CommandError
from gateway.http.problems import Problem
from gateway.upload.options import expected

POLL_S = 0.2
REQUESTS_END_ONCE = "a request ends once: --anew sends its photo in again, as a new request"


class NoLetter(CommandError):
    """There is no such dead letter; the message says what there is."""


@dataclass(frozen=True)
class Retry:
    """What came of sending a letter back; `new` is the number of a new letter, or the id of a new request."""

    letter: int
    outcome: Literal["done", "failed", "waiting", "refused", "anew"]
    detail: str
    new: str = ""

    @property
    def ok(self) -> bool:
        return self.outcome in ("done", "anew")


async def chosen(bus: Bus, numbers: Sequence[int], every: bool) -> list[tuple[int, Letter]]:
    """The letters of these numbers, or every one. Raises NoLetter, ReadFailed."""
    found = {number: letter async for number, letter in letters(bus.reader)}
    if missing := [str(number) for number in numbers if number not in found]:
        there = ", ".join(map(str, list(found)[-10:])) or "none"
        raise NoLetter(f"no dead letter {', '.join(missing)}; there are: {there} (heckler dead list)")
    return [(number, letter) for number, letter in found.items() if every or number in numbers]


def content(letter: Letter) -> dict[str, Any]:
    """The event that it is about; or why it cannot be read."""
    try:
        return decode(letter.subject, letter.data, letter.headers).model_dump(mode="json")
    except Undecodable as error:
        return {"undecodable": str(error), "bytes": len(letter.data)}


def summary(number: int, letter: Letter) -> dict[str, Any]:
    """A letter without its event and its traceback."""
    fields = {"letter": number, "at": letter.at, "durable": letter.durable, "request": letter.request}
    return {**fields, "subject": letter.subject, "seq": letter.seq, "attempts": letter.attempts, "error": letter.error}


async def standing(bus: Bus, letter: Letter) -> str:
    """Where its request stands, in words. Raises ReadFailed."""
    history = await bus.latest(letter.request, "submitted", "end.*", "joined")
    if history.submitted is None:
        return "gone: it was erased, or is older than events are kept"
    return _ended(history.ending) if history.ending else "running"


def _ended(ending: Event) -> str:
    how = name_of(ending.subject)
    code = f" ({ending.code})" if isinstance(ending, Failed) else ""
    return f"ended at {time.strftime('%H:%M:%S', time.localtime(ending.at))}: {how}{code}"


class Retrying:
    """Sends letters back, and waits for what comes of it, as long as something comes every `patience` seconds."""

    def __init__(self, bus: Bus, patience: float) -> None:
        self._bus, self._patience = bus, patience

    async def retry(self, found: Sequence[tuple[int, Letter]], anew: bool) -> AsyncIterator[Retry]:
        """What came of each; all are sent before the first is waited for. Raises BusDown, LogFull, ReadFailed."""
        if anew:
            await self._bus.discover()
            for number, letter in found:
                yield await self._anew(number, letter)
            return
        sent: list[tuple[int, Letter, int]] = []
        for number, letter in found:
            if why_not := await self._why_not(letter):
                yield Retry(number, "refused", why_not)
            else:
                seq = await send_again(self._bus, letter)
                await forget(self._bus, letter)  # from here on it is the message that went back, or a new letter
                sent.append((number, letter, seq))
        until = time.monotonic() + self._patience
        for number, letter, seq in sent:
            yield (one := await self._outcome(number, letter, seq, until))
            if one.outcome != "waiting":  # a service is at work on them
                until = time.monotonic() + self._patience

    async def _why_not(self, letter: Letter) -> str:
        """Why sending it back would be in vain; empty when it would not."""
        if not letter.data:
            return "it is kept without its event, which was too large for this NATS server: drop it"
        try:
            event = decode(letter.subject, letter.data, letter.headers)
        except Undecodable as error:
            return f"its event cannot be read ({error}): drop it, or install the version that wrote it"
        if not await self._has_durable(letter.durable):
            return f"no service works as {letter.durable} any more: drop it"
        if isinstance(event, Due):
            return ""  # a timer: the aggregator finds out which request it belongs to
        history = await self._bus.latest(letter.request)
        if history.submitted is None:
            return "its request is gone, erased or older than events are kept: drop it"
        if history.ending and not letter.durable.startswith(ANALYZE):
            return f"its request {_ended(history.ending)}, and {REQUESTS_END_ONCE}"
        return await self._without_photo(letter, history.submitted)

    async def _without_photo(self, letter: Letter, submitted: Submitted) -> str:
        if letter.durable.startswith(ANALYZE):
            try:
                await self._bus.photos.get(submitted.photo.key, submitted.photo.sha256)
            except PhotoUnavailable as gone:
                return f"{gone}: drop the letter"
        return ""

    async def _has_durable(self, name: str) -> bool:
        with contextlib.suppress(LogRefused):
            await self._bus.api(f"CONSUMER.INFO.{PHOTOS}.{name}")
            return True
        return False

    async def _outcome(self, number: int, letter: Letter, seq: int, until: float) -> Retry:
        while True:
            if found := await self._newer(letter, seq):
                error = Letter(**unpack(found.data)).error
                return Retry(number, "failed", f"it failed again: {error}", str(found.seq))
            history = await self._bus.latest(letter.request)
            if result := _result(letter, history, seq):
                return Retry(number, "done", result)
            if await self._is_handled(letter, seq):
                return Retry(number, "done", "it was worked on, and there was nothing left to do")
            if time.monotonic() > until:
                detail = f"sent, and not worked on yet: is {letter.durable} at work (heckler watch)?"
                return Retry(number, "waiting", detail)
            await asyncio.sleep(POLL_S)

    async def _is_handled(self, letter: Letter, seq: int) -> bool:
        """Whether the durable has acknowledged it. What it wrote was stored before that, so it is looked for again."""
        info = await self._bus.api(f"CONSUMER.INFO.{PHOTOS}.{letter.durable}")
        if info["ack_floor"]["stream_seq"] < seq:
            return False
        history = await self._bus.latest(letter.request)
        return not await self._newer(letter, seq) and not _result(letter, history, seq)

    async def _newer(self, letter: Letter, seq: int) -> Message | None:
        """The letter that tells that it failed again."""
        found = await self._bus.reader.last(DEAD, [replace(letter, again=seq).letter_subject])
        return found[0] if found else None

    async def _anew(self, number: int, letter: Letter) -> Retry:
        parent = (await self._bus.latest(letter.request, "submitted")).submitted
        if parent is None:
            return Retry(number, "refused", "its request is gone, erased or older than events are kept: drop it")
        try:
            await self._bus.photos.get(parent.photo.key, parent.photo.sha256)
            expects = expected(await self._bus.analyzers(), None, product(parent.product).groups)
        except (PhotoUnavailable, Problem) as problem:
            return Retry(number, "refused", f"{problem}")
        now, settings = time.time(), self._bus.settings
        terms = {"expects": expects, "join_by": now + settings.join_s, "expire_by": now + settings.expiry_s}
        same = {"photo": parent.photo, "facts": parent.facts, "product": parent.product, "options": parent.options}
        request = Submitted(id=new_id(), parent=parent.id, **same, **terms)
        await self._bus.submit(request)
        await forget(self._bus, letter)
        return Retry(number, "anew", f"its photo was sent in again, as request {request.id}", request.id)


def _result(letter: Letter, history: History, seq: int) -> str:
    """What the request has got since `seq`, in words; empty for nothing."""
    name = letter.durable.removeprefix(ANALYZE)
    feature = history.features.get(name) if letter.durable.startswith(ANALYZE) else None
    if feature is None:
        later = [stored.event.type for stored in history.events if stored.seq > seq]
        return f"the request goes on: {', '.join(later)}" if later else ""
    if history.seq_of(feature) < seq and feature.status != "ok":
        return ""
    reason = f" ({feature.reason})" if feature.reason else ""
    ending = history.ending
    late = ending is not None and history.seq_of(ending) < history.seq_of(feature)
    late_for = f"; its request had {_ended(ending)}, which stays as it is" if late and ending else ""
    return f"{name}: {feature.status}{reason}, and it is in the request's record{late_for}"
