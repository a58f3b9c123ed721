"""Tasks beside the main one end when they are cancelled, and never without a log line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bus.service.tasks import run_until

Run = Callable[[Any], Any]


async def go_on(ended: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("job")


def test_tasks_run_until_they_are_cancelled_after_what_comes_before(run: Run) -> None:
    ended: list[str] = []

    async def scenario() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_soon(stop.set)
        await run_until(stop, go_on(ended), go_on(ended), leave=lambda: ended.append("leave"))

    run(scenario())
    assert ended == ["leave", "job", "job"]


def test_a_task_that_breaks_ends_the_others_and_its_error_is_raised(run: Run) -> None:
    ended: list[str] = []

    async def break_off() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(run_until(asyncio.Event(), go_on(ended), break_off()))
    assert ended == ["job"]


def test_the_log_is_looked_at_again_after_a_look_that_broke(
    server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = [OSError("Too many open files")]
    monkeypatch.setattr("bus.jetstream.health.EVERY_S", 0.01)

    async def scenario() -> None:
        async with server.bus("gateway") as bus:
            seen, found = asyncio.Event(), bus.health._found

            async def find() -> Any:
                if short:
                    raise short.pop()
                seen.set()
                return await found()

            monkeypatch.setattr(bus.health, "_found", find)
            bus.health.start()
            async with asyncio.timeout(20):
                await seen.wait()

    run(scenario())
