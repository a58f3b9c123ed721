"""The writer at work: cues in, a roast out, joke by joke, as long as nobody cancels."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

from bus.client import Bus
from bus.events import Event, Failed, Joined
from bus.lifecycle import serving
from bus.observability.logs import log
from bus.roast.events import Cued, JoinedWithCues, Joke, Line, Roast
from bus.roast.history import lines_of
from bus.roast.policy import Policy
from bus.roast.product import WRITER
from bus.roast.style import seeded
from bus.service.cancellations import STOPPED, Cancellations
from bus.service.presence import ServiceInfo
from bus.service.restart import RESTING, StartAfresh
from bus.service.tasks import end
from bus.settings import Settings
from bus.worker import Delivery, Worker
from llm.brief import Brief
from llm.personas.loader import available
from llm.prompting.stream_jokes import stream_jokes
from llm.writers import choose
from llm.writers.backend import BackendFailed
from llm.writers.base import Writer
from llm.writers.house.writer import HouseWriter
from llm.writers.model.writer import ModelWriter

SLOTS = 16
LOOK_S = 5.0
"""Seconds at most between two looks whether the model has been of use lately."""
SHOWN = 5
"""Missing analyzers that an error names."""


@dataclass
class Draft:
    """A roast in the making."""

    attempt: int
    began: float
    jokes: list[Joke] = field(default_factory=list)
    first_word_ms: float = 0
    note: str | None = None

    def again(self, note: str) -> Draft:
        """The next draft, for another writer: a new attempt, which replaces whatever the page shows of this one."""
        return Draft(self.attempt + 1 if self.jokes else self.attempt, self.began, note=note)

    def add(self, id: str, joke: Joke) -> Line:
        now = time.perf_counter()
        if not self.jokes:
            self.first_word_ms = (now - self.began) * 1000
        number = len(self.jokes)
        line = Line(id=id, attempt=self.attempt, n=number, joke=number, text=joke.text, cues=joke.cues)
        self.jokes.append(joke)
        return line


class Writing:
    """Handles `cued`."""

    def __init__(self, bus: Bus, writer: Writer, fallback: Writer) -> None:
        self._bus, self._writer, self._fallback = bus, writer, fallback
        self._policy = Policy(age_jokes=bus.settings.age_jokes, body_jokes=bus.settings.body_jokes)
        self._running: dict[str, asyncio.Event] = {}
        self._used_at: float | None = None
        self._cancelled = Cancellations(self._on_cancelled, subjects=STOPPED)

    async def listen(self) -> None:
        """Hears what is cancelled or fails: a roast in the making then stops, and one still waiting never begins."""
        await self._cancelled.listen(self._bus.nc)

    def _on_cancelled(self, id: str) -> None:
        if event := self._running.get(id):
            event.set()

    async def handle(self, delivery: Delivery) -> AsyncGenerator[Event, None]:
        """Yields the roast's lines as they are written, then the roast."""
        cued = delivery.event.cued if isinstance(delivery.event, JoinedWithCues) else delivery.event
        if not isinstance(cued, Cued) or cued.id in self._cancelled:
            return
        cancelled = self._running.setdefault(cued.id, asyncio.Event())
        try:
            number = await self._attempt(delivery)
            if number is None:
                return
            brief = brief_of(cued, self._policy)
            draft = Draft(number, time.perf_counter())
            async for event in self._write(cued, brief, draft, cancelled):
                yield event
        finally:
            self._running.pop(cued.id, None)
            self.used()

    def used(self) -> None:
        """The model has been used, or loaded, until now."""
        self._used_at = time.monotonic()

    @property
    def idle_s(self) -> float:
        """Seconds since the model was used or loaded; 0 while it writes, or when neither has happened yet."""
        return 0 if self._running or self._used_at is None else time.monotonic() - self._used_at

    async def _attempt(self, delivery: Delivery) -> int | None:
        """The number of this attempt, None when the request is over. The first one knows without reading the log, as
        long as this process was there to hear of an end."""
        if delivery.attempt == 1 and self._cancelled.complete_since(delivery.at):
            return 1
        history = await self._bus.latest(delivery.event.id, "line.>", "end.*")
        return None if history.ending else 1 + max((line.attempt for line in lines_of(history)), default=0)

    async def _write(
        self, cued: Cued, brief: Brief, draft: Draft, cancelled: asyncio.Event
    ) -> AsyncGenerator[Event, None]:
        """The chosen writer's roast; if that one fails or has too little fit to print, the fallback's instead."""
        writer = self._writer
        for writer in (self._writer, self._fallback):
            failure = "nothing that it wrote was fit to print"
            try:
                async with aclosing(stream_jokes(writer, brief, cancelled)) as jokes:
                    async for joke in jokes:
                        yield draft.add(cued.id, joke)
            except BackendFailed as failed:
                failure = str(failed)
            else:
                if draft.jokes:
                    break
            if cancelled.is_set():
                return
            log.warning("another writer takes over", writer=writer.name, attempt=draft.attempt, reason=str(failure))
            draft = draft.again(f"{writer.name} could not write this: {failure}.")
        if not cancelled.is_set():
            yield finished(cued.id, brief, writer, draft) if draft.jokes else await self._wordless(cued.id)

    async def _wordless(self, id: str) -> Failed:
        """What to say of a photo over which no joke can be made: the join tells why."""
        return wordless(id, (await self._bus.latest(id, Joined.KIND)).joined)


def brief_of(cued: Cued, policy: Policy) -> Brief:
    """What the writer is given: the cues and the style, how many people there are, and whether to spare them."""
    return Brief(
        cues=cued.cues,
        style=cued.style,
        seed=seeded(cued.style, cued.id).seed or 0,
        gentle=cued.gentle,
        faces=cued.faces,
        policy=policy,
        photo=cued.sha256,
    )


def finished(id: str, brief: Brief, writer: Writer, draft: Draft) -> Roast:
    """The roast that the draft has become."""
    return Roast(
        id=id,
        text="\n\n".join(joke.text for joke in draft.jokes),
        jokes=tuple(draft.jokes),
        writer=writer.name,
        persona=brief.style.persona,
        heat=brief.style.heat,
        attempt=draft.attempt,
        write_ms=round((time.perf_counter() - draft.began) * 1000, 3),
        first_word_ms=round(draft.first_word_ms, 3),
        note=" ".join(filter(None, (draft.note, writer.note(brief)))) or None,
    )


def wordless(id: str, joined: Joined | None) -> Failed:
    """Why there is nothing to say of a photo."""
    return unseen(joined) if joined and joined.missing else unremarkable(id)


def unremarkable(id: str) -> Failed:
    """Every analyzer has looked, and there is truly nothing in it."""
    return Failed(
        id=id,
        code="nothing_to_say",
        detail="For once the heckler has nothing to say about a photo.",
        hint="Try another photo, or look at /api/analyzers: with few of them at work there is little to see.",
    )


def unseen(joined: Joined) -> Failed:
    """There is nothing to tell because analyzers did not answer: not the photo's fault."""
    names = list(joined.missing)
    shown = ", ".join(names[:SHOWN]) + (" and others" if len(names) > SHOWN else "")
    return Failed(
        id=joined.id,
        code="not_looked_at",
        detail=f"Nothing was found to talk about: {len(names)} analyzers did not answer ({shown}).",
        hint="Nothing is wrong with the photo. `heckler doctor` says what does not run; then send it again.",
    )


async def serve(settings: Settings, writer: Writer | None = None) -> None:
    """Runs the writer (the one that the settings choose, unless given) until the process is told to stop.

    Raises StartAfresh when a fresh process is to go on without a model that nobody has used for long.
    """
    writer, is_resting = writer or choose(settings), bool(os.environ.pop(RESTING, ""))
    present = (ServiceInfo("writer", model=writer.name),)
    async with serving(settings, "writer", present, (WRITER,)) as (bus, stop):
        writing, halt = Writing(bus, writer, HouseWriter(available(settings.data))), asyncio.Event()
        await writing.listen()
        if not is_resting:
            writing.used()
        async with warm(writer, is_resting):
            ttl_s = settings.model_ttl if isinstance(writer, ModelWriter) and writer.holds_model else 0
            watching = [asyncio.create_task(job) for job in (_halt_with(stop, halt), _rest(writing, ttl_s, halt))]
            await Worker(bus, WRITER, writing, slots=SLOTS).run(halt)
            await end(*watching)
        if not stop.is_set():
            raise StartAfresh({RESTING: writer.name})


async def _halt_with(stop: asyncio.Event, halt: asyncio.Event) -> None:
    await stop.wait()
    halt.set()


async def _rest(writing: Writing, ttl_s: float, halt: asyncio.Event) -> None:
    """Ends the work when the model has not been used for so long; 0 is never."""
    if not ttl_s:
        return
    while writing.idle_s < ttl_s:  # noqa: ASYNC110 - what passes is time
        await asyncio.sleep(min(ttl_s / 4, LOOK_S))
    log.info("giving memory back", unused_for_s=ttl_s)
    halt.set()


@asynccontextmanager
async def warm(writer: Writer, is_resting: bool = False) -> AsyncIterator[None]:
    """Loads a model in the background: whoever asks meanwhile waits for it as long as for a first word. Closes it.

    One that rests is loaded when somebody asks.
    """
    if not isinstance(writer, ModelWriter):
        yield
        return
    warming = asyncio.create_task(asyncio.sleep(0) if is_resting else _warm_up(writer))
    try:
        yield
    finally:
        warming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await warming
        await writer.close()


async def _warm_up(writer: ModelWriter) -> None:
    try:
        await writer.warm_up()
    except BackendFailed as failure:
        log.warning(
            "the model did not get ready: until it does, the house writes", model=writer.name, reason=str(failure)
        )
    except Exception:  # its first request tries again, and says what is wrong with it
        log.exception("the model did not get ready", model=writer.name)
