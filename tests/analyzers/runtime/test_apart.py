"""Second attempts, as the service makes them: with its settings, and never more at once than there are places."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asking import request

from analyzers import service
from analyzers.runtime.executor import Executor
from analyzers.runtime.subprocess_run import Job, analyze_apart
from analyzers.service import Analysis, ProcessContext
from bus.client import Bus
from bus.events import Event, Feature
from bus.findings import Facts, Finding
from bus.worker import Delivery

Run = Callable[[Any], Any]
ROSTERS = Path(__file__).parents[2] / "rosters"
FOUND = Facts(taken_hour=3, time_of_day="night", flash=True)


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    """An analyzer of a roster that a flag names: no variable does."""
    monkeypatch.delenv("HECKLER_ROSTER", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROSTERS))
    monkeypatch.syspath_prepend(str(ROSTERS))
    from rogues import Steady

    return Steady


async def second_attempt(bus: Bus, context: ProcessContext, executor: Executor) -> list[Event]:
    event = await request(bus, executor.name)
    given = Delivery(event, seq=1, at=event.at, attempt=2)
    return [each async for each in Analysis(bus, executor, context).handle(given)]


def told(bus: Bus, **flags: Any) -> Bus:
    bus.settings = bus.settings.model_copy(update={"roster": "rogues:ROSTER", **flags})
    return bus


def test_a_second_attempt_is_made_with_the_settings_of_this_process(server: Any, steady: type[Any], run: Run) -> None:
    async def scenario() -> None:
        async with server.bus() as connected:
            bus = told(connected)
            *_, feature = await second_attempt(bus, await ProcessContext.open(bus), Executor(steady({}), lambda: None))
            assert isinstance(feature, Feature)
            assert (feature.status, feature.finding) == ("ok", FOUND)

    run(scenario())


@pytest.mark.parametrize("takes_slot", [True, False])
def test_a_slot_that_lapses_does_not_let_one_child_more_start(
    server: Any, steady: type[Any], takes_slot: bool, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyzer = type("Steady", (steady,), {"takes_slot": takes_slot})({})

    async def scenario() -> None:
        now, most = 0, 0

        async def counted(job: Job, timeout: float) -> Finding:
            nonlocal now, most
            now += 1
            most = max(most, now)
            try:
                return await analyze_apart(job, timeout)
            finally:
                now -= 1

        monkeypatch.setattr(service, "analyze_apart", counted)
        monkeypatch.setattr("analyzers.runtime.scheduler.PATIENCE_S", 0.01)
        async with server.bus() as connected:
            bus = told(connected, max_concurrency=1)
            context, executor = await ProcessContext.open(bus), Executor(analyzer, lambda: None)
            outcomes = await asyncio.gather(*(second_attempt(bus, context, executor) for _ in range(3)))
            assert [outcome[-1].finding for outcome in outcomes] == [FOUND] * 3  # type: ignore[union-attr]
            assert most == 1

    run(scenario())
