"""One photo of a batch as a request in the log: submitted by hand, followed to its end, through any lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bus.client import Bus, BusDown, LogFull, LogRefused
from bus.events import Cancelled, Event, Joined, PhotoRef, Submitted, is_ending
from bus.history import History, Stored
from bus.jetstream.direct_get import ReadFailed
from bus.jetstream.publish import DiskFull, LogUnwritable
from bus.roast.events import Roast
from bus.roast.product import ROAST
from bus.roast.style import Style, style_of
from bus.settings import Settings
from cli.batch.results import Result
from gateway.http.problems import KINDS
from gateway.upload.photo import Normalised

AWAY = "waiting for the event log, which cannot be reached"
AGAIN_S = 1.0
"""Between two tries while the log is away."""
FULL_S = 15.0
"""Between two looks whether a full log has made room."""


@dataclass(frozen=True)
class Terms:
    """What all requests of a batch have in common. Nobody sits and waits for a batch: its photos may take their time,
    and one that waits for an analyzer that is just being started again gets it."""

    style: Style
    join_s: float
    expiry_s: float

    @classmethod
    def of(cls, style: Style, settings: Settings, in_flight: int) -> Terms:
        """Time for everything in flight to be written one after the other, by a slow language model."""
        join_s = max(settings.join_s, settings.expiry_s)
        return cls(style, join_s, join_s + settings.expiry_s + in_flight * settings.write_s)


class Requests:
    """Puts requests into the log and waits for what becomes of them. `note` is told what holds things up."""

    def __init__(self, bus: Bus, terms: Terms, note: Callable[[str], None]) -> None:
        self._bus, self._terms, self._note = bus, terms, note

    async def submit(self, id: str, photo: Normalised, expects: tuple[str, ...]) -> bool:
        """Whether request `id` is in the log now. If not, it never will be, and may be tried under another id.

        Raises LogRefused.
        """
        try:
            await self._bus.health.during(self._put(id, photo, expects))
        except DiskFull as error:
            self._note(f"waiting for room on the disk. {error}")
            await asyncio.sleep(FULL_S)
        except LogFull as error:
            self._note(f"waiting for room in the log: old photos and events make room by themselves. {error}")
            await asyncio.sleep(FULL_S)
        except LogUnwritable as error:
            self._note(f"waiting for the event log. {error}")
            await asyncio.sleep(AGAIN_S)
        except BusDown:
            self._note(AWAY)
        else:
            return True
        if came_to_be := await self.is_in(id):
            return came_to_be
        self._bus.drop_photo_later(id)  # the next try is under another id
        return False

    async def _put(self, id: str, photo: Normalised, expects: tuple[str, ...]) -> None:
        ref = PhotoRef(key=id, sha256=photo.sha256, width=photo.width, height=photo.height, bytes=len(photo.data))
        await self._bus.capacity.for_request()  # before the photo: it would stay behind
        await self._bus.photos.put(id, photo.data)
        now, terms = await self._bus.clock.now(), self._terms
        limits = {"join_by": now + terms.join_s, "expire_by": now + terms.expiry_s}
        await self._bus.submit(
            Submitted(
                id=id,
                at=now,
                photo=ref,
                facts=photo.facts,
                product=ROAST.name,
                options=terms.style.model_dump(),
                expects=expects,
                **limits,
            )
        )

    async def is_in(self, id: str) -> bool:
        """Whether request `id` came to be. One that did not is called off for good: an event that was sent and not
        acknowledged may still arrive. (Timers that were set for it may have run out; the id is of no more use.)"""
        while True:
            try:
                history = await self._bus.latest(id, "submitted", "end.*")
                if history.submitted is None:
                    await self._bus.publish(Cancelled(id=id))
                    history = await self._bus.latest(id, "submitted", "end.*")
                return _came_to_be(history)
            except (BusDown, LogFull, ReadFailed):
                await asyncio.sleep(AGAIN_S)

    async def outcome(self, id: str, watch: Callable[[Event], None]) -> History:
        """Its events until its end, each of which `watch` is told; without an ending when somebody erased it."""
        events: dict[int, Stored] = {}
        while True:
            try:
                async for stored in self._bus.follow(id, max(events, default=0)):
                    watch(stored.event)
                    if isinstance(stored.event, Submitted) or _matters(stored.event):
                        events[stored.seq] = stored
                return History.of(events.values())
            except (BusDown, ReadFailed):
                self._note(AWAY)
                await asyncio.sleep(AGAIN_S)


def _matters(event: Event) -> bool:
    return is_ending(event) or isinstance(event, Joined)


def _came_to_be(history: History) -> bool:
    """Submitted, and not only after it had been called off."""
    submitted, ending = history.submitted, history.ending
    if submitted is None:
        return False
    return not isinstance(ending, Cancelled) or history.seq_of(ending) > history.seq_of(submitted)


def result_of(path: str, id: str, sha256: str, history: History) -> Result:
    """What a request's end means for the photo at `path`."""
    ending, submitted = history.ending, history.submitted
    known = {"path": path, "id": id, "sha256": sha256, "ms": _ms(history)}
    if isinstance(ending, Roast):
        return Result(
            **known, status="done", text=ending.text, jokes=tuple(joke.model_dump() for joke in ending.jokes),
            persona=ending.persona, heat=ending.heat, writer=ending.writer, note=ending.note,
            missing=history.joined.missing if history.joined else {},
        )  # fmt: skip
    style = style_of(submitted) if submitted else Style()
    known |= {"status": "failed", "persona": style.persona, "heat": style.heat}
    if ending is None:
        return Result(**known, code="erased", detail="Somebody erased it.", hint="Send it again.")
    if isinstance(ending, Cancelled):
        return Result(**known, code="cancelled", detail="Somebody cancelled it.", hint="Send it again.")
    why = {name: getattr(ending, name, "") for name in ("code", "detail", "hint")}
    return Result(**known, **why)


def _ms(history: History) -> float | None:
    stored = [each.at for each in history.events if isinstance(each.event, Submitted) or is_ending(each.event)]
    return round((stored[-1] - stored[0]) * 1000, 1) if len(stored) > 1 else None


def refused(path: str, code: str, detail: str, sha256: str | None = None) -> Result:
    """A file of which no request was made; `code` as the gateway's, or `unreadable`, `refused`."""
    hints = {"unreadable": "Check that it is there and may be read.", "refused": "See `heckler doctor`."}
    hint = KINDS[code].hint if code in KINDS else hints.get(code, "")
    return Result(path=path, status="bad", code=code, detail=detail, hint=hint, sha256=sha256)


__all__ = ["LogRefused", "Requests", "Terms", "refused", "result_of"]
