"""Weights that come while others work: an analyzer that lacked them joins, one that worked without them gets better."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from asking import found, request
from origin import Origin

from analyzers.base import Photo
from analyzers.runtime.executor import Executor
from analyzers.runtime.loading import load_analyzers
from analyzers.runtime.registry import wiring_of
from analyzers.runtime.weight_fetcher import Fetcher, arrival_for, lacking, plan
from analyzers.runtime.worker_pool import WorkerPool
from analyzers.service import Analysis, ProcessContext
from analyzers.weights.manifest import Entry
from analyzers.weights.store import store_of
from bus import topology
from bus.client import Bus
from bus.findings import Facts
from bus.service.presence import Download, ServiceInfo
from bus.settings import Settings
from bus.worker import Worker
from cli.flags import environment

Run = Callable[..., Any]
FILES = {"plain": b"1111", "fancy": b"2222", "shut": b"3333", "sold": b"4444"}


class Reads:
    """Finds the number that stands in its weights; `fancy` beats `plain`."""

    name, group, version = "reads", "scene", "1"
    weights: ClassVar[tuple[str, ...]] = ("plain",)
    optional_weights: ClassVar[tuple[str, ...]] = ("fancy",)

    def __init__(self, weights: Any) -> None:
        self.model = "fancy" if "fancy" in weights else "plain"
        self._number = int(weights[self.model].read_text())
        self._warm = False

    def warm_up(self) -> None:
        self._warm = True

    def analyze(self, photo: Photo) -> Facts:
        assert self._warm
        return Facts(original_width=self._number)


class Needs(Reads):
    """Works without any weights."""

    name, weights, optional_weights = "needs", (), ()

    def __init__(self, weights: Any) -> None:
        self.model, self._number, self._warm = "none", 7, False


@pytest.fixture
def origin(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> Origin:
    """Serves the weights, each as soon as its gate is open, to a crew that is in a hurry."""
    origin.files = {f"/{name}.bin": body for name, body in FILES.items()}
    monkeypatch.setattr("analyzers.weights.inventory.load_manifest", lambda: manifest(origin.url))
    monkeypatch.setattr("analyzers.runtime.weight_fetcher.FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr("analyzers.runtime.worker_pool.LOOK_AGAIN_S", 0.05)
    return origin


def manifest(url: str) -> dict[str, Entry]:
    """`shut` may not be used commercially, `sold` is not published."""
    return {
        name: Entry(
            task="a test",
            analyzers=("reads",),
            file=f"{name}.bin",
            urls=() if name == "sold" else (f"{url}/{name}.bin",),
            convert="by magic" if name == "sold" else None,
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            licence="MIT",
            commercial=name != "shut",
            source="here",
        )
        for name, body in FILES.items()
    }


@asynccontextmanager
async def at_work(server: Any, *roster: type[Any], **changes: Any) -> AsyncIterator[Bus]:
    """A crew with these analyzers; yields an admin's bus."""
    settings = server.settings_for("analyzer").model_copy(update=changes)
    durables = [topology.analyzer(wiring_of(each).name, wiring_of(each).needs) for each in roster]
    async with server.registrar(*durables), server.bus() as admin, server.bus("analyzer") as bus:
        bus.settings = settings
        context, stop = await ProcessContext.open(bus), asyncio.Event()

        def worker_for(executor: Executor) -> Worker:
            return Worker(
                bus, topology.analyzer(executor.name, executor.wiring.needs), Analysis(bus, executor, context)
            )

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("analyzers.runtime.loading.load_roster", lambda _: roster)
            loaded = load_analyzers(settings, [])
        work = asyncio.create_task(WorkerPool(bus, stop, worker_for, lambda: None).work(loaded))
        try:
            yield admin
        finally:
            stop.set()
            await work


async def seen(bus: Bus, name: str, condition: Callable[[ServiceInfo], Any]) -> ServiceInfo:
    """Waits until `name` presents itself so."""
    while not ((alive := (await bus.analyzers()).get(name)) and condition(alive)):
        await bus.presence.changed(timeout=0.5)
    return alive


def test_an_analyzer_whose_weights_come_joins_and_what_was_under_way_stays_as_it_was(
    server: Any, origin: Origin, run: Run
) -> None:
    async def scenario() -> None:
        gate = origin.hold("/plain.bin")
        async with at_work(server, Reads, Needs) as bus:
            waiting = await seen(bus, "reads", lambda alive: alive.arrival)
            assert waiting.missing == ("plain",)
            assert waiting.arrival
            assert waiting.arrival.weights == "plain"
            before = await request(bus, "needs")
            assert (await found(bus, before.id, "needs")).finding == Facts(original_width=7)
            gate.set()
            await seen(bus, "reads", lambda alive: not alive.missing)
            after = await request(bus, "needs", "reads")
            assert (await found(bus, after.id, "reads")).status == "ok"
            assert set((await bus.latest(before.id)).features) == {"needs"}

    run(scenario())


def test_better_weights_replace_the_fallback_and_its_findings_are_not_passed_off_as_theirs(
    server: Any, origin: Origin, run: Run
) -> None:
    async def scenario() -> None:
        gate = origin.hold("/fancy.bin")
        async with at_work(server, Reads) as bus:
            await seen(bus, "reads", lambda alive: alive.model == "plain")
            first = await found(bus, (await request(bus, "reads", name="same")).id, "reads")
            assert (first.model, first.finding) == ("plain", Facts(original_width=1111))
            gate.set()
            better = await seen(bus, "reads", lambda alive: alive.model == "fancy")
            assert (better.fix, better.arrival) == ("", None)
            second = await found(bus, (await request(bus, "reads", name="same")).id, "reads")
            assert (second.model, second.finding, second.cached) == ("fancy", Facts(original_width=2222), False)

    run(scenario())


def test_a_file_with_the_wrong_hash_is_never_used_and_the_right_one_is_when_it_comes(
    server: Any, origin: Origin, run: Run
) -> None:
    async def scenario() -> None:
        origin.files["/plain.bin"] = b"6666"
        async with at_work(server, Reads) as bus:
            failed = await seen(bus, "reads", lambda alive: alive.arrival and alive.arrival.state == "failed")
            assert failed.missing == ("plain",)
            assert failed.arrival
            assert "wrong hash" in failed.arrival.reason
            assert failed.fix == "heckler models pull plain"
            assert not (bus.settings.models / "plain.bin").exists()
            origin.files["/plain.bin"] = FILES["plain"]
            await seen(bus, "reads", lambda alive: not alive.missing)

    run(scenario())


def test_where_nothing_is_to_be_fetched_nothing_is_and_what_a_person_brings_is_noticed(
    server: Any, origin: Origin, run: Run
) -> None:
    async def scenario() -> None:
        async with at_work(server, Reads, models_pull="off") as bus:
            alive = await seen(bus, "reads", lambda alive: alive.missing)
            assert (alive.arrival, alive.fix) == (None, "heckler models pull plain")
            assert origin.asked == []
            await asyncio.to_thread(store_of(bus.settings).pull, ["plain"])
            await seen(bus, "reads", lambda alive: not alive.missing)
            assert (await found(bus, (await request(bus, "reads")).id, "reads")).model == "plain"

    run(scenario())


class Fussy(Reads):
    name = "fussy"

    def __init__(self, weights: Any) -> None:
        super().__init__(weights)
        if self.model == "fancy":
            raise RuntimeError("this is no network")

    def warm_up(self) -> None:
        super().warm_up()
        raise RuntimeError("a cold start")


def test_better_weights_that_are_of_no_use_leave_the_fallback_at_work_and_so_does_a_failing_warm_up(
    server: Any, origin: Origin, run: Run
) -> None:
    async def scenario() -> None:
        async with at_work(server, Fussy) as bus:
            await seen(bus, "fussy", lambda alive: alive.model == "plain")
            while not (bus.settings.models / "fancy.bin").exists():  # noqa: ASYNC110 - written by a thread
                await asyncio.sleep(0.01)
            await seen(bus, "fussy", lambda alive: alive.arrival is None)
            assert (await found(bus, (await request(bus, "fussy")).id, "fussy")).model == "plain"

    run(scenario())


class Frozen(Reads):
    """Its first warm-up, or the one with better weights, never comes to an end."""

    name = "frozen"
    thaw, freezes = threading.Event(), threading.Event()

    def warm_up(self) -> None:
        super().warm_up()
        if self.model == "fancy":
            self.freezes.set()
            self.thaw.wait()


class Arctic(Frozen):
    name, weights, optional_weights = "arctic", ("fancy",), ()


class Polar(Frozen):
    name, weights, optional_weights = "polar", (), ()

    def __init__(self, weights: Any) -> None:
        self.model, self._number, self._warm = "fancy", 7, False


@pytest.mark.parametrize("frozen", [Polar, Arctic, Frozen])
def test_an_analyzer_that_never_gets_warm_at_the_start_on_joining_or_with_better_weights_holds_up_no_end(
    server: Any, origin: Origin, frozen: type[Frozen], run: Run
) -> None:
    async def scenario() -> None:
        async with at_work(server, frozen):
            await asyncio.to_thread(frozen.freezes.wait, 60)

    frozen.freezes.clear()
    frozen.thaw.clear()
    try:
        run(scenario())
    finally:
        frozen.thaw.set()


def test_a_process_that_has_to_stop_ends_also_when_an_analyzer_never_gets_warm(server: Any, run: Run) -> None:
    variables = {
        **os.environ,
        **environment(server.settings_for("analyzer")),
        "HECKLER_ROSTER": "frozen:ROSTER",
        "PYTHONPATH": str(Path(__file__).parents[2] / "rosters"),
    }
    command = [sys.executable, "-m", "cli.up.serve", "analyzers"]

    async def scenario() -> None:
        process = await asyncio.create_subprocess_exec(*command, env=variables)
        try:
            async with server.registrar(topology.analyzer("frozen", ())), server.bus() as bus:
                await seen(bus, "frozen", lambda alive: alive.model)
            process.terminate()
            assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()

    run(scenario(), 60)


class Closed(Reads):
    name, weights, optional_weights = "closed", ("shut", "sold"), ()


def test_what_asks_for_consent_is_not_fetched_and_the_command_gives_it(server: Any, origin: Origin, run: Run) -> None:
    async def scenario() -> None:
        async with at_work(server, Closed, Needs) as bus:
            closed = await seen(bus, "closed", lambda alive: alive.missing)
            assert closed.fix == "heckler models pull shut --accept non-commercial && heckler models convert sold"
            assert (await found(bus, (await request(bus, "needs")).id, "needs")).status == "ok"
            assert origin.asked == []

    run(scenario())


def settings_in(folder: Path, **more: Any) -> Settings:
    return Settings(data=folder, **more)


class Picks(Reads):
    weights, optional_weights = (), ("plain",)
    any_of: ClassVar[tuple[str, ...]] = ("shut", "fancy")


def test_weights_that_an_analyzer_cannot_do_without_are_fetched_before_better_ones(
    origin: Origin, tmp_path: Path
) -> None:
    store = store_of(settings_in(tmp_path))
    assert plan(store, [Picks, Reads]) == ["fancy", "plain"]
    assert plan(store_of(settings_in(tmp_path, models_accept="non-commercial")), [Picks]) == ["shut", "fancy", "plain"]


def test_a_worse_alternative_is_not_fetched_when_a_better_one_is_here(origin: Origin, tmp_path: Path) -> None:
    here = tmp_path / "x"
    assert lacking(Picks, {}) == ("shut", "fancy", "plain")
    assert lacking(Picks, {"fancy": here}) == ("shut", "plain")
    assert lacking(Picks, {"shut": here}) == ("plain",)


def test_what_is_being_fetched_is_shown_first_then_what_failed_then_what_waits() -> None:
    fetching, failed, waiting = (Download(state, state) for state in ("fetching", "failed", "waiting"))  # type: ignore[arg-type]
    coming = {each.weights: each for each in (waiting, failed, fetching)}
    assert arrival_for(["waiting", "failed", "fetching"], coming) == fetching
    assert arrival_for(["waiting", "failed"], coming) == failed
    assert arrival_for(["waiting", "here"], coming) == waiting
    assert arrival_for(["here"], coming) is None


def test_one_file_that_does_not_come_holds_up_no_other(origin: Origin, tmp_path: Path) -> None:
    del origin.files["/plain.bin"]
    changed = threading.Event()
    fetcher = Fetcher(settings_in(tmp_path), [Reads], changed.set)
    fetcher.start()
    while not (tmp_path / "models" / "fancy.bin").exists() or "plain" not in fetcher.coming:
        assert changed.wait(30)
        changed.clear()
    fetcher.stop()
    assert "404" in fetcher.coming["plain"].reason
    assert "fancy" not in fetcher.coming


def test_a_system_short_of_something_is_not_the_end_of_fetching(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert origin.files
    short = [OSError(errno.EMFILE, "Too many open files")] * 2
    looked = shutil.disk_usage

    def look(path: Path) -> Any:
        if short:
            raise short.pop()
        return looked(path)

    monkeypatch.setattr("shutil.disk_usage", look)
    changed = threading.Event()
    fetcher = Fetcher(settings_in(tmp_path), [Reads], changed.set)
    fetcher.start()
    while not all((tmp_path / "models" / f"{name}.bin").exists() for name in ("plain", "fancy")):
        assert changed.wait(30)
        changed.clear()
    fetcher.stop()
