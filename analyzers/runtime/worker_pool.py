"""The analyzers of a process: those that can work do, those that lack weights join when these come, all register."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from analyzers.runtime.executor import Executor
from analyzers.runtime.loading import LoadedAnalyzer, load_analyzer
from analyzers.runtime.resting import handed_over
from analyzers.runtime.weight_fetcher import Fetcher, arrival_for, lacking, may_come
from analyzers.weights.store import Store, WeightsError, store_of
from bus import topology
from bus.client import Bus
from bus.observability.logs import log
from bus.service.presence import Registration, register
from bus.service.tasks import end
from bus.worker import Worker

LOOK_AGAIN_S = 3.0
"""Seconds between two looks at the store while weights are lacking: `heckler models pull` may have brought some."""


class WorkerPool:
    """Runs each analyzer in a worker of its own, also those that become able to only while the others work."""

    def __init__(
        self, bus: Bus, stop: asyncio.Event, worker_for: Callable[[Executor], Worker], on_hang: Callable[[], None]
    ) -> None:
        self._bus, self._stop, self._worker_for, self._on_hang = bus, stop, worker_for, on_hang
        self._loaded: dict[str, LoadedAnalyzer] = {}
        self._registrations: dict[str, Registration] = {}
        self.executors: dict[str, Executor] = {}
        """The analyzers that can work, by name."""
        self._store: Store | None = None
        self.left_cold: list[str] = []
        """The analyzers that were still warming up when the process had to stop. Their threads may go on for ever."""
        self.resting: set[str] = set()
        """The analyzers that are to rest in the fresh process that takes over: no service says then that it leaves."""

    async def work(self, loaded: Sequence[LoadedAnalyzer]) -> None:
        """Works until the process has to stop. Raises the first bug of a worker."""
        self._loaded = {one.name: one for one in loaded}
        fetcher, news = self._fetcher()
        try:
            async with asyncio.TaskGroup() as group:
                for one in loaded:
                    await self._present(one)
                log.info("serving", names=[one.name for one in loaded])
                for one in loaded:
                    if one.analyzer:
                        group.create_task(self._start(one))
                group.create_task(self._watch_weights(fetcher, news, group))
                group.create_task(self._stop.wait())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        finally:
            fetcher.stop()
            for registration in () if self.resting else self._registrations.values():
                with contextlib.suppress(Exception):
                    await registration.stop()

    def rest(self, names: set[str]) -> None:
        """Ends the work, for a fresh process to take over in which these analyzers rest."""
        self.resting = names
        self._stop.set()

    def handed_over(self) -> dict[str, str]:
        """The environment of the fresh process."""
        return handed_over((self._loaded[name].info, self._loaded[name].weights) for name in self.resting)

    async def _present(self, one: LoadedAnalyzer) -> None:
        """Registers an analyzer. Its consumer is made first, so that no photo is missed once the analyzer is known."""
        if one.analyzer:
            await self._bus.ensure_consumer(topology.analyzer(one.name, one.info.needs))
        elif not one.info.note and not self._will_come(one):
            log.warning("weights missing", analyzer=one.name, models=one.info.missing, command=one.info.fix)
        self._registrations[one.name] = await register(self._bus.nc, one.info)

    def _will_come(self, one: LoadedAnalyzer) -> bool:
        if self._bus.settings.models_pull == "off":
            return False
        store = store_of(self._bus.settings)
        return all(may_come(store, name) for name in one.info.missing)

    async def _start(self, one: LoadedAnalyzer) -> None:
        """Photos wait in the consumer while the analyzer warms up; the start of the whole system does not."""
        executor = self.executors[one.name] = Executor(one.analyzer, self._on_hang)
        if await self._warmed(executor, executor.warm_up()):
            await self._worker_for(executor).run(self._stop)

    async def _warmed(self, executor: Executor, warming: Coroutine[Any, Any, None]) -> bool:
        """Whether that came to its end before the process had to stop."""
        warm, stop = asyncio.create_task(warming), asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({warm, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not warm.done():
                log.warning("still warming up", analyzer=executor.name)
                self.left_cold.append(executor.name)
                return False
            warm.result()
            return True
        finally:
            await end(warm, stop)

    def _fetcher(self) -> tuple[Fetcher, asyncio.Event]:
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def changed() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and the thread is about to
                loop.call_soon_threadsafe(news.set)

        return Fetcher(self._bus.settings, [one.cls for one in self._loaded.values()], changed), news

    async def _watch_weights(self, fetcher: Fetcher, news: asyncio.Event, group: asyncio.TaskGroup) -> None:
        """Loads analyzers when their weights arrive, for as long as any are lacking."""
        if any(self._lacking(one) for one in self._loaded.values()):
            fetcher.start()
        while not self._stop.is_set() and any(self._lacking(one) for one in self._loaded.values()):
            news.clear()
            await self._check_weights(fetcher, group)
            waiting = [asyncio.create_task(event.wait()) for event in (news, self._stop)]
            await asyncio.wait(waiting, timeout=LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()

    def _lacking(self, one: LoadedAnalyzer) -> tuple[str, ...]:
        return lacking(one.cls, one.weights)

    async def _check_weights(self, fetcher: Fetcher, group: asyncio.TaskGroup) -> None:
        for name, known in list(self._loaded.items()):
            if not self._lacking(known):
                continue
            if (now := await asyncio.to_thread(self._again, known)) is not known:
                await self._receive(now, group)
            one = self._loaded[name]
            arrival = arrival_for(self._lacking(one), fetcher.coming)
            await self._registrations[name].update(replace(one.info, arrival=arrival))

    def _again(self, known: LoadedAnalyzer) -> LoadedAnalyzer:
        """Loaded anew when weights are here that were not, else as it was."""
        try:
            self._store = self._store or store_of(self._bus.settings)
            here = self._store.available(known.cls).weights
            if not here.keys() - known.weights.keys():
                return known
            return load_analyzer(known.cls, self._store)
        except WeightsError as error:  # a mirror folder that went away; with a new store it is asked again
            log.debug("the store cannot be read", error=str(error))
            self._store = None
            return known

    async def _receive(self, one: LoadedAnalyzer, group: asyncio.TaskGroup) -> None:
        """Lets an analyzer begin, or go on with better weights."""
        executor, before = self.executors.get(one.name), self._loaded[one.name]
        if one.analyzer is None and executor is not None:
            # the better weights are of no use: the old ones go on, and these are not tried again
            one = replace(before, weights=one.weights)
        elif one.analyzer is not None and executor is not None:
            if not await self._warmed(executor, executor.replace(one.analyzer)):
                return
            log.info("analyzer improved", analyzer=one.name, model=one.info.model, before=before.info.model)
        elif one.analyzer is not None:
            await self._join(one.analyzer, one, group)
        self._loaded[one.name] = one

    async def _join(self, analyzer: Any, one: LoadedAnalyzer, group: asyncio.TaskGroup) -> None:
        await self._bus.ensure_consumer(topology.analyzer(one.name, one.info.needs))
        executor = self.executors[one.name] = Executor(analyzer, self._on_hang)
        if await self._warmed(executor, executor.warm_up()):
            group.create_task(self._worker_for(executor).run(self._stop))
            log.info("analyzer joined", analyzer=one.name, model=one.info.model)
