"""The analyzers at work: a photo or a finding in, a finding out, whatever happens in between."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from analyzers.base import Skip
from analyzers.inference.sessions import configure, give_way
from analyzers.runtime.event_cache import EventCache
from analyzers.runtime.executor import Executor
from analyzers.runtime.loading import load_analyzers
from analyzers.runtime.malloc import keep_memory
from analyzers.runtime.photo_cache import PhotoCache
from analyzers.runtime.registry import load_roster, wiring_of
from analyzers.runtime.resting import Resting, now, to_rest
from analyzers.runtime.scheduler import Priority, Scheduler, concurrency_here, remaining_ms
from analyzers.runtime.subprocess_run import Job, analyze_apart
from analyzers.runtime.worker_pool import WorkerPool
from bus import topology
from bus.client import Bus, PhotoDamaged, PhotoGone, PhotoUnavailable
from bus.events import Event, Feature, Started, Submitted
from bus.findings import Finding
from bus.history import History
from bus.jetstream.finding_cache import key
from bus.lifecycle import serving
from bus.observability.logs import log
from bus.service.cancellations import SETTLED, Cancellations
from bus.service.restart import StartAfresh
from bus.service.tasks import end
from bus.settings import Settings
from bus.worker import Delivery, Worker

HUNG = 3
"""Threads that may hang before the process starts afresh."""
LOOK_S = 5.0
"""Seconds at most between two looks for models that nobody has used for long."""
RESTART = 75
"""Exit code that asks the supervisor for a fresh process (EX_TEMPFAIL)."""


@dataclass(frozen=True)
class ProcessContext:
    """What the analyzers of a process share."""

    photo_cache: PhotoCache
    event_cache: EventCache
    scheduler: Scheduler
    cancelled: Cancellations
    settled: Cancellations
    """Requests that are joined or over: whatever is found in their photos now comes too late."""
    needs_of: Mapping[str, Sequence[str]]
    subprocess_slots: asyncio.Semaphore
    """For second attempts. A place on the floor lapses; a child process takes its memory to its end."""
    usual_ms: dict[str, float] = field(default_factory=dict)

    @classmethod
    async def open(cls, bus: Bus) -> ProcessContext:
        event_cache = EventCache()
        cancelled = Cancellations(event_cache.forget)
        settled = Cancellations(subjects=SETTLED)
        await cancelled.listen(bus.nc)
        await settled.listen(bus.nc)
        wirings = [wiring_of(analyzer) for analyzer in load_roster(bus.settings)]
        needs_of = {wiring.name: wiring.needs for wiring in wirings}
        places = concurrency_here(bus.settings.max_concurrency)
        return cls(
            PhotoCache(bus), event_cache, Scheduler(places), cancelled, settled, needs_of, asyncio.Semaphore(places)
        )

    def priority(self, executor: Executor, asked: float) -> Priority:
        """Whose turn it is: the oldest photo's, and of its analyzers that with the most still to come behind it."""
        if executor.usual_ms is not None:
            self.usual_ms[executor.name] = executor.usual_ms
        return asked, -remaining_ms(executor.name, self.needs_of, self.usual_ms)


@dataclass(frozen=True)
class AnalysisJob:
    """One look at one photo: the request, who looks (a better one may replace it meanwhile), and what it was given."""

    request: Submitted
    analyzer: Any
    given: Sequence[Feature]
    attempt: int
    supersedes: int | None = None
    """Sequence of the feature whose place is taken (see `is_outdated`)."""
    for_record: bool = False
    """It is wanted though the request may be joined or over: the record is to be put right."""

    def skipped(self, name: str) -> Feature:
        """The feature to fill in."""
        return Feature(
            id=self.request.id,
            analyzer=name,
            status="skipped",
            model=self.analyzer.model,
            version=self.analyzer.version,
            supersedes=self.supersedes,
        )


class Analysis:
    """Handles the deliveries of one analyzer."""

    def __init__(self, bus: Bus, executor: Executor, context: ProcessContext) -> None:
        self._bus, self._executor = bus, executor
        self._at_work: dict[int, asyncio.Event] = {}
        """Sequences of the deliveries in hand, and what is set when that is over."""
        self._context, self._photo_cache = context, context.photo_cache
        self._cancelled, self._settled = context.cancelled, context.settled

    async def handle(self, delivery: Delivery) -> AsyncGenerator[Event, None]:
        """Yields `started` and the feature, when this delivery is the one that completes what the analyzer needs."""
        while earlier := self._at_work.get(delivery.seq):  # the process was frozen so long that it came again
            await earlier.wait()
        over = self._at_work[delivery.seq] = asyncio.Event()
        try:
            async with aclosing(self._handled(delivery)) as events:
                async for event in events:
                    yield event
        finally:
            del self._at_work[delivery.seq]
            over.set()

    async def _handled(self, delivery: Delivery) -> AsyncGenerator[Event, None]:
        history = await self._history(delivery)
        request, name = history.submitted, self._executor.name
        if request is None or name not in request.expects or request.id in self._cancelled:
            return
        if request.rerun and name in request.rerun.reused:
            return  # what it found is copied from the parent
        own, needs = history.features.get(name), [history.features.get(need) for need in self._executor.wiring.needs]
        trigger = _trigger(history, needs)
        if own and not is_outdated(own, history.seq_of(own) < trigger, delivery.again):
            return  # it was done, only the acknowledgement got lost: nobody need look again, nor hear of a new start
        if any(need is None for need in needs) or (delivery.seq < trigger and not delivery.again):
            return  # a later event completes the needs, or has: it is the one that triggers
        for_record = delivery.again or _supersedes(delivery)
        if not for_record and await self._comes_too_late(request, delivery):
            return
        given = [need for need in needs if need]
        supersedes = history.seq_of(own) if own else None
        look = AnalysisJob(request, self._executor.analyzer, given, delivery.attempt, supersedes, for_record)
        async with aclosing(self._looked(look, delivery.at, history.seq_of(request))) as events:
            async for event in events:
                if request.id in self._cancelled:
                    return
                yield event

    async def _looked(self, look: AnalysisJob, since: float, seq: int) -> AsyncGenerator[Event, None]:
        """The events of one look. A place on the floor is taken for the looking alone, not for reading and writing, and
        only when it is this photo's turn: nobody waits in a place that others could use."""
        executor, base = self._executor, look.skipped(self._executor.name)
        wiring = executor.wiring
        cache_key = key(look.request.photo.sha256, base.analyzer, f"{base.version}-{base.model}", look.given)
        own = {"queue_ms": round(_since(since), 3), "attempt": look.attempt}
        if reason := unmet(look.given, wiring.accepts_empty):
            yield base.model_copy(update={**own, "reason": reason})
        elif known := await self._known(look, cache_key):
            yield base.model_copy(update={**own, **_outcome(known), "cached": True, "at": time.time()})
        else:
            async with self._slot(look, seq):
                if self._is_needless(look):
                    return
                look = await self._awake(look)
                own["queue_ms"] = round(_since(since), 3)
                if wiring.announces:
                    yield Started(id=base.id, analyzer=base.analyzer, attempt=look.attempt)
                feature = await self._analyzed(base, look)
            yield feature.model_copy(update=own)
            if wiring.cached and feature.status == "ok":
                await self._photo_cache.keep(cache_key, feature)

    async def _known(self, look: AnalysisJob, cache_key: str) -> Feature | None:
        """What was found in the same photo before. A rerun computes: that is the point of it."""
        if look.request.rerun or not self._executor.wiring.cached:
            return None
        return await self._photo_cache.found(look.request, cache_key)

    @contextlib.asynccontextmanager
    async def _slot(self, look: AnalysisJob, seq: int) -> AsyncGenerator[None, None]:
        """Returns when it is this photo's turn; at once for an analyzer that takes no slot."""
        if not self._executor.wiring.takes_slot:
            async with self._apart(look):
                yield
            return
        await self._first_of_all(look)
        async with self._turn(look), self._context.scheduler.slot(self._context.priority(self._executor, seq)):
            yield

    async def _awake(self, look: AnalysisJob) -> AnalysisJob:
        """The look with an analyzer whose models are loaded. Second attempts load them elsewhere."""
        if look.attempt > 1 or not isinstance(look.analyzer, Resting):
            return look
        await self._executor.wake_up(self._bus.settings.analyze_s)
        return replace(look, analyzer=self._executor.analyzer)

    def _is_needless(self, look: AnalysisJob) -> bool:
        """Whether the request has been joined or has ended while this look waited for its turn."""
        return look.request.id in self._settled and not look.for_record

    async def _comes_too_late(self, request: Submitted, delivery: Delivery) -> bool:
        """Whether the request is joined or over. The log is only asked about what may have happened before this process
        listened."""
        if request.id in self._settled:
            return True
        if self._settled.complete_since(min(request.at, delivery.at)):
            return False
        history = await self._bus.latest(request.id, "joined", "end.*")
        if history.joined or history.ending:
            self._settled.add(request.id)
        return request.id in self._settled

    def _apart(self, look: AnalysisJob) -> AbstractAsyncContextManager[None]:
        """Second attempts are all alike, each a child process, and never too many at once."""
        return self._context.subprocess_slots if look.attempt > 1 else contextlib.nullcontext()

    def _turn(self, look: AnalysisJob) -> AbstractAsyncContextManager[None]:
        """First attempts that take a place look one after the other."""
        return self._executor.turn if look.attempt == 1 else self._apart(look)

    async def _first_of_all(self, look: AnalysisJob) -> None:
        """With nobody at work, the photo is fetched before places are taken: whoever was told of it first would take
        them, and not those on whom most others wait."""
        if self._context.scheduler.is_empty and self._executor.wiring.takes_photo:
            with contextlib.suppress(PhotoUnavailable):  # found out again, with a place
                await self._photo_cache.get(look.request)

    async def _history(self, delivery: Delivery) -> History:
        """What is needed of the request's history. Only what this process has not seen is read.

        What the analyzer itself has stored matters when a delivery repeats an earlier one, or takes its place.
        """
        seen = dict(self._context.event_cache.note(delivery.stored))
        event = delivery.event
        wanted = ["submitted", *(f"feature.{need}" for need in self._executor.wiring.needs)]
        is_first = delivery.attempt == 1 and not _supersedes(delivery)
        if isinstance(event, Submitted) and is_first:
            return History((delivery.stored,))
        missing = [part for part in wanted if part not in seen] if is_first else wanted
        if not missing:
            return History.of(seen[part] for part in wanted)
        read = await self._bus.latest(event.id, *missing, f"feature.{self._executor.name}")
        return read.merged(stored for part, stored in seen.items() if part in wanted)

    async def _analyzed(self, base: Feature, look: AnalysisJob) -> Feature:
        try:
            finding, took = await self._finding(look)
        except (Skip, PhotoGone) as reason:
            return base.model_copy(update={"reason": str(reason), "at": time.time()})
        except PhotoDamaged as damage:  # trying again would find the same
            return base.model_copy(update={"status": "failed", "reason": str(damage), "at": time.time()})
        found = {"status": "ok", "finding": finding, "compute_ms": round(took, 3), "at": time.time()}
        return base.model_copy(update=found)

    async def _finding(self, look: AnalysisJob) -> tuple[Finding, float]:
        wiring, request = self._executor.wiring, look.request
        findings = (need.finding for need in look.given)
        arguments: dict[str, Any] = dict(zip(wiring.parameters, findings, strict=True))
        photo = await self._photo_cache.get(request) if wiring.takes_photo else None
        timeout = self._bus.settings.analyze_s
        if look.attempt > 1:  # it raised, or its process died: whatever it is, it happens elsewhere this time
            began = time.perf_counter()
            job = Job(wiring.name, photo.data if photo else b"", request.facts, arguments, self._bus.settings)
            finding = await analyze_apart(job, timeout)
            return finding, (time.perf_counter() - began) * 1000
        if photo is not None:
            arguments["photo"] = photo
        return await self._executor.run(look.analyzer, arguments, timeout)


def _supersedes(delivery: Delivery) -> bool:
    """Whether the delivery is a finding that takes the place of an earlier one: what was skipped for it is due."""
    return isinstance(delivery.event, Feature) and bool(delivery.event.supersedes)


def is_outdated(own: Feature, precedes_needs: bool, again: bool) -> bool:
    """Whether another look may take the place of what is in the record (decision 0014).

    A failure may be superseded when its letter comes back, and a skip when what it was skipped for has been: of the
    events that it stands on, one is later than itself.
    """
    return (own.status == "failed" and again) or (own.status == "skipped" and precedes_needs)


def unmet(needs: Sequence[Feature], accepts_empty: bool) -> str | None:
    """Why an analyzer with these needs cannot look, or None when it can."""
    for need in needs:
        if need.status != "ok" or need.finding is None:
            return f"needs {need.analyzer}, which {need.status}: {need.reason or 'no reason given'}"[:500]
        if need.finding.is_empty() and not accepts_empty:
            return f"no {need.analyzer} in the photo"
    return None


def _since(at: float) -> float:
    """Milliseconds from `at` (seconds since the epoch) to now."""
    return max(0.0, (time.time() - at) * 1000)


def _trigger(history: History, needs: Sequence[Feature | None]) -> int:
    """Of the events that a step waits for, the one with the highest sequence triggers it."""
    return max((history.seq_of(need) for need in needs if need), default=0)


def _outcome(known: Feature) -> dict[str, Any]:
    return {field: getattr(known, field) for field in ("status", "finding", "reason", "compute_ms")}


class Hangs:
    """Counts the analyzers that hang: their threads cannot be killed, and after some the process starts afresh."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.count = 0
        self._stop = stop

    def one_more(self) -> None:
        self.count += 1
        if self.count >= HUNG:
            log.error("too many hanging analyzers: starting afresh")
            self._stop.set()


async def serve(settings: Settings, names: Sequence[str]) -> None:
    """Runs the analyzers of these groups or names until the process is told to stop.

    Raises BadRoster; and StartAfresh, when a fresh process is to go on without models that nobody has used for long.
    """
    give_way()
    configure(settings)
    keep_memory()
    loaded = load_analyzers(settings, names)
    async with serving(settings, "analyzer") as (bus, stop):
        context, halt = await ProcessContext.open(bus), asyncio.Event()
        hangs = Hangs(halt)

        def worker_for(executor: Executor) -> Worker:
            durable = topology.analyzer(executor.name, executor.wiring.needs)
            return Worker(bus, durable, Analysis(bus, executor, context), slots=executor.wiring.slots)

        pool = WorkerPool(bus, halt, worker_for, hangs.one_more)
        watching = [
            asyncio.create_task(job) for job in (_halt_with(stop, halt), _rest(pool, context, settings.model_ttl))
        ]
        with contextlib.suppress(asyncio.CancelledError):
            await pool.work(loaded)
        await end(*watching)
        comes_back = bool(pool.resting) and not stop.is_set()
    if hangs.count or pool.left_cold:
        os._exit(RESTART if hangs.count else 0)  # a hanging thread would hold up an orderly exit for ever
    if comes_back:
        raise StartAfresh(pool.handed_over())


async def _halt_with(stop: asyncio.Event, halt: asyncio.Event) -> None:
    await stop.wait()
    halt.set()


async def _rest(pool: WorkerPool, context: ProcessContext, ttl_s: float) -> None:
    """Has the process start afresh, without the models that nobody has used for so long, while nobody waits."""
    while ttl_s and not pool.resting:
        await asyncio.sleep(min(ttl_s / 4, LOOK_S))
        if context.scheduler.is_empty and (names := to_rest(pool.executors, ttl_s, now())):
            log.info("giving memory back", unused_for_s=ttl_s, analyzers=sorted(names))
            pool.rest(names)
