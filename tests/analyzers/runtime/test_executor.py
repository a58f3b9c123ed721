"""One analyzer, one thread: an analyzer that hangs delays no other, and holds no slot that others could use."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from asking import JPEG, analyzing, found, request
from made_up import Base, Looks

from analyzers.base import Photo
from analyzers.runtime.executor import Executor
from analyzers.runtime.scheduler import Scheduler
from analyzers.service import ProcessContext
from bus.dead_letters.send import PermanentError
from bus.findings import Facts

Run = Callable[..., Any]


class Holds(Base):
    """Keeps its first photo until the test lets it go."""

    name = "holds"

    def __init__(self) -> None:
        super().__init__()
        self.holding, self.let_go = threading.Event(), threading.Event()

    def analyze(self, photo: Photo) -> Facts:
        self.calls += 1
        if self.calls == 1:
            self.holding.set()
            self.let_go.wait()
        return Facts(original_width=self.calls)


class Freezes(Looks):
    """Never warm until the test lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.holding, self.let_go = threading.Event(), threading.Event()

    def warm_up(self) -> None:
        self.holding.set()
        self.let_go.wait()


class Regrets(Holds):
    """Raises after its caller has given up."""

    def analyze(self, photo: Photo) -> Facts:
        super().analyze(photo)
        raise ValueError("too late")


@pytest.fixture
def holds() -> Iterator[Holds]:
    made = Holds()
    yield made
    made.let_go.set()


def test_a_photo_that_waits_behind_a_hanging_one_is_looked_at_and_counts_as_no_hang(holds: Holds, run: Run) -> None:
    async def scenario() -> None:
        hangs: list[str] = []
        executor = Executor(holds, lambda: hangs.append("hang"))
        looks = [executor.run(holds, {"photo": Photo(b"")}, timeout=2) for _ in range(3)]
        first, *others = await asyncio.gather(*looks, return_exceptions=True)
        assert isinstance(first, PermanentError)
        assert [finding for finding, _ in others] == [Facts(original_width=2), Facts(original_width=3)]
        assert hangs == ["hang"]

    run(scenario())


def test_the_time_that_one_waits_for_the_thread_does_not_count(holds: Holds, run: Run) -> None:
    async def scenario() -> None:
        executor = Executor(holds, lambda: pytest.fail("nothing hung"))
        first = asyncio.create_task(executor.run(holds, {"photo": Photo(b"")}, timeout=60))
        await asyncio.to_thread(holds.holding.wait)
        second = asyncio.create_task(executor.run(holds, {"photo": Photo(b"")}, timeout=2))
        assert not (await asyncio.wait({second}, timeout=2.5))[0]
        holds.let_go.set()
        assert [finding for finding, _ in await asyncio.gather(first, second)] == [
            Facts(original_width=1),
            Facts(original_width=2),
        ]

    run(scenario())


def test_a_look_that_is_called_off_before_it_began_never_begins(holds: Holds, run: Run) -> None:
    async def scenario() -> None:
        executor = Executor(holds, lambda: None)
        first = asyncio.create_task(executor.run(holds, {"photo": Photo(b"")}, timeout=60))
        await asyncio.to_thread(holds.holding.wait)
        second = asyncio.create_task(executor.run(holds, {"photo": Photo(b"")}, timeout=60))
        await asyncio.wait({second}, timeout=0)
        second.cancel()
        await asyncio.wait({second})
        holds.let_go.set()
        await first
        assert (await executor.run(holds, {"photo": Photo(b"")}, timeout=60))[0] == Facts(original_width=2)

    run(scenario())


def test_what_one_that_hung_raises_in_the_end_is_no_news(run: Run) -> None:
    async def scenario() -> list[Any]:
        told: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        regrets = Regrets()
        executor = Executor(regrets, lambda: None)
        with pytest.raises(PermanentError):
            await executor.run(regrets, {"photo": Photo(b"")}, timeout=0.1)
        hanging = [thread for thread in threading.enumerate() if thread.name.startswith("holds")]
        regrets.let_go.set()
        for thread in hanging:
            await asyncio.to_thread(thread.join)
        await asyncio.sleep(0)  # for what the thread has left to the loop
        gc.collect()
        return told

    assert run(scenario()) == []


def test_a_better_one_that_never_gets_warm_keeps_the_other_from_nothing(run: Run) -> None:
    async def scenario() -> None:
        good, cold = Looks(), Freezes()
        executor = Executor(good, lambda: None)
        replacing = asyncio.create_task(executor.replace(cold))
        try:
            await asyncio.to_thread(cold.holding.wait)
            await executor.run(executor.analyzer, {"photo": Photo(JPEG)}, timeout=5)
        finally:
            cold.let_go.set()
        assert good.calls == 1
        await replacing
        assert executor.analyzer is cold

    run(scenario())


def test_two_photos_of_one_analyzer_take_one_place(
    server: Any, holds: Holds, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        monkeypatch.setattr("analyzers.runtime.scheduler.PATIENCE_S", 600)
        async with server.bus() as bus:
            context = replace(await ProcessContext.open(bus), scheduler=Scheduler(2))
            async with analyzing(bus, holds, context), analyzing(bus, Looks(), context):
                first = await request(bus, "holds")
                await asyncio.to_thread(holds.holding.wait)
                second, other = await request(bus, "holds"), await request(bus, "looks")
                assert (await found(bus, other.id, "looks")).status == "ok"
                holds.let_go.set()
                for id in (first.id, second.id):
                    assert (await found(bus, id, "holds")).status == "ok"

    run(scenario(), 30)


def test_an_analyzer_that_wants_to_end_its_process_only_fails(run: Run) -> None:
    class Leaves(Looks):
        def analyze(self, photo: Photo) -> Facts:
            sys.exit(3)

    async def scenario() -> None:
        executor = Executor(Leaves(), on_hang=lambda: None)
        with pytest.raises(RuntimeError, match="wanted to end its process with status 3"):
            await executor.run(executor.analyzer, {"photo": None}, 20)

    run(scenario())
