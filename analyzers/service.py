"""The analyzers at work: a photo or a finding in, a finding out, whatever happens in between."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import cv2

from analyzers.base import Skip, threads_per_model
from analyzers.floor import Floor, places_here
from analyzers.rosters import load_roster, select, wiring_of
from analyzers.sandbox import Job, analyze_apart
from analyzers.shelf import Shelf
from analyzers.weights import Store, store_of
from bus import topology
from bus.cancellations import Cancellations
from bus.client import Bus, PhotoGone
from bus.dead import Hopeless
from bus.events import Event, Feature, Started, Submitted
from bus.features import Finding
from bus.findings import key
from bus.history import History
from bus.logs import log
from bus.presence import Alive
from bus.serving import serving
from bus.settings import Settings
from bus.worker import Delivery, Worker

SLOW_MS = 5.0
"""An analyzer quicker than this is not cached: two more round trips would cost more than looking again."""
HUNG = 3
"""Threads that may hang before the process starts afresh."""
RESTART = 75
"""Exit code that asks the supervisor for a fresh process (EX_TEMPFAIL)."""


class Runner:
    """One analyzer, its thread, and how long it usually takes."""

    def __init__(self, analyzer: Any, on_hang: Callable[[], None]) -> None:
        self.analyzer = analyzer
        self.wiring = wiring_of(type(analyzer))
        self.name = self.wiring.name
        self._on_hang = on_hang
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.name)
        self._usual_ms: float | None = None

    @property
    def is_slow(self) -> bool:
        """Whether it takes long enough to be announced and cached; unknown counts as slow."""
        return self._usual_ms is None or self._usual_ms > SLOW_MS

    async def run(self, arguments: dict[str, Any], timeout: float) -> tuple[Finding, float]:
        """The finding and the milliseconds it took. Raises Skip, Hopeless when it hangs, and whatever it raises."""
        call = asyncio.get_running_loop().run_in_executor(self._thread, self._timed, arguments)
        try:
            return await asyncio.wait_for(call, timeout)
        except TimeoutError as error:
            # a thread cannot be killed: leave it behind, and let the process start afresh when it is one of many
            self._thread.shutdown(wait=False)
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.name)
            self._on_hang()
            raise Hopeless(f"{self.name} was not done within {timeout:g} s") from error

    def _timed(self, arguments: dict[str, Any]) -> tuple[Finding, float]:
        began = time.perf_counter()
        finding = self.analyzer.analyze(**arguments)
        took = (time.perf_counter() - began) * 1000
        self._usual_ms = took if self._usual_ms is None else 0.8 * self._usual_ms + 0.2 * took
        return finding, took


@dataclass(frozen=True)
class Room:
    """What the analyzers of a process share."""

    shelf: Shelf
    floor: Floor
    cancelled: Cancellations

    @classmethod
    async def open(cls, bus: Bus) -> Room:
        cancelled = Cancellations()
        await cancelled.listen(bus.nc)
        return cls(Shelf(bus), Floor(places_here()), cancelled)


class Analysis:
    """Handles the deliveries of one analyzer."""

    def __init__(self, bus: Bus, runner: Runner, room: Room) -> None:
        self._bus, self._runner = bus, runner
        self._shelf, self._floor, self._cancelled = room.shelf, room.floor, room.cancelled

    async def handle(self, delivery: Delivery) -> AsyncGenerator[Event, None]:
        """Yields `started` and the feature, when this delivery is the one that completes what the analyzer needs."""
        history = await self._history(delivery)
        request, name = history.submitted, self._runner.name
        if request is None or name not in request.expects or request.id in self._cancelled:
            return
        if name in history.features:
            return  # it was done, only the acknowledgement got lost: nobody need look again, nor hear of a new start
        needs = [history.features.get(need) for need in self._runner.wiring.waits_for]
        if any(need is None for need in needs) or delivery.seq < _trigger(history, needs):
            return  # a later event completes the needs, or has: it is the one that triggers
        given = [need for need in needs if need]
        if not self._runner.is_slow:
            queued = _since(delivery.at)
            feature = await self._feature(request, given, delivery.attempt)
        else:
            async with self._floor.place():
                queued = _since(delivery.at)
                yield Started(id=request.id, analyzer=name, attempt=delivery.attempt)
                feature = await self._feature(request, given, delivery.attempt)
        if request.id not in self._cancelled:
            yield feature.model_copy(update={"queue_ms": round(queued, 3), "attempt": delivery.attempt})

    async def _history(self, delivery: Delivery) -> History:
        """What is needed of the request's history: nothing is read when the delivery says it all."""
        if isinstance(delivery.event, Submitted) and delivery.attempt == 1:
            return History((delivery.stored,))
        own = f"feature.{self._runner.name}"
        needs = (f"feature.{need}" for need in self._runner.wiring.waits_for)
        return await self._bus.latest(delivery.event.id, "submitted", own, *needs)

    async def _feature(self, request: Submitted, needs: Sequence[Feature], attempt: int) -> Feature:
        base = Feature(
            id=request.id,
            analyzer=self._runner.name,
            status="skipped",
            model=self._runner.analyzer.model,
            version=self._runner.analyzer.version,
        )
        if reason := unmet(needs, getattr(self._runner.analyzer, "accepts_empty", False)):
            return base.model_copy(update={"reason": reason})
        cache_key = key(request.photo.sha256, base.analyzer, f"{base.version}-{base.model}")
        if self._runner.is_slow and (known := await self._bus.findings.get(cache_key)):
            return base.model_copy(update={**_outcome(known), "cached": True, "at": time.time()})
        feature = await self._analyzed(base, request, needs, attempt)
        if self._runner.is_slow and feature.status == "ok" and request.id not in self._cancelled:
            await self._bus.findings.put(cache_key, feature)
        return feature

    async def _analyzed(self, base: Feature, request: Submitted, needs: Sequence[Feature], attempt: int) -> Feature:
        try:
            finding, took = await self._look(request, needs, attempt)
        except (Skip, PhotoGone) as reason:
            return base.model_copy(update={"reason": str(reason), "at": time.time()})
        found = {"status": "ok", "finding": finding, "compute_ms": round(took, 3), "at": time.time()}
        return base.model_copy(update=found)

    async def _look(self, request: Submitted, needs: Sequence[Feature], attempt: int) -> tuple[Finding, float]:
        wiring = self._runner.wiring
        arguments: dict[str, Any] = dict(zip(wiring.needs, (need.finding for need in needs), strict=True))
        photo = await self._shelf.get(request) if wiring.takes_photo else None
        timeout = self._bus.settings.analyze_s
        if attempt > 1:  # it raised, or its process died: whatever it is, it happens elsewhere this time
            began = time.perf_counter()
            job = Job(wiring.name, photo.data if photo else b"", request.facts, arguments)
            finding = await analyze_apart(job, timeout)
            return finding, (time.perf_counter() - began) * 1000
        if photo is not None:
            arguments["photo"] = photo
        return await self._runner.run(arguments, timeout)


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


def staff(settings: Settings, names: Sequence[str]) -> tuple[list[Any], list[Alive]]:
    """The analyzers of `names` that can work here, made; and how each of `names` presents itself. Raises BadRoster."""
    store = store_of(settings)
    hired = [_hire(cls, store) for cls in select(load_roster(settings), names)]
    return [analyzer for analyzer, _ in hired if analyzer is not None], [alive for _, alive in hired]


def _hire(cls: type[Any], store: Store) -> tuple[Any | None, Alive]:
    """An analyzer, if its weights and its libraries are here. One that lacks them does not take the others down."""
    weights, missing = store.available(cls)
    wiring = wiring_of(cls)
    alive = Alive(wiring.name, cls.group, cls.version, needs=wiring.waits_for, missing=tuple(missing))
    if missing:
        return None, alive
    try:
        analyzer = cls(weights)
    except (ImportError, OSError) as error:
        log.error("analyzer cannot start", analyzer=wiring.name, error=repr(error))
        return None, replace(alive, missing=("a library or a file of its package",), note=str(error)[:300])
    return analyzer, replace(alive, model=str(analyzer.model))


async def serve(settings: Settings, names: Sequence[str]) -> None:
    """Runs the analyzers of these groups or names until the process is told to stop. Raises BadRoster."""
    cv2.setNumThreads(threads_per_model())
    analyzers, present = staff(settings, names)
    durables = [topology.analyzer(alive.name, alive.needs) for alive in present if not alive.missing]
    async with serving(settings, "analyzer", present, durables) as (bus, stop):
        for alive in present:
            if alive.missing and not alive.note:
                log.warning("weights missing", analyzer=alive.name, models=alive.missing, command="heckler models pull")
        room = await Room.open(bus)
        hung: list[str] = []

        def on_hang() -> None:
            hung.append("")
            if len(hung) >= HUNG:
                log.error("too many hanging analyzers: starting afresh")
                stop.set()

        runners = [Runner(analyzer, on_hang) for analyzer in analyzers]
        workers = [
            Worker(
                bus,
                topology.analyzer(runner.name, runner.wiring.waits_for),
                Analysis(bus, runner, room),
                slots=getattr(runner.analyzer, "slots", 1),
            ).run(stop)
            for runner in runners
        ]
        with contextlib.suppress(asyncio.CancelledError):
            await (asyncio.gather(*workers) if workers else stop.wait())
    if hung:
        os._exit(RESTART)  # a hanging thread would hold up an orderly exit for ever
