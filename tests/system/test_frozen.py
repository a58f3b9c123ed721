"""Processes that are alive and stand still: the supervisor replaces them, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bus.topology import DEAD

SILENT_S = 5
ACK_WAIT_S = 1


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory, start: Any) -> Iterator[Any]:
    """A Heckler with quick analyzers that does not wait long for those that are silent."""
    folder = tmp_path_factory.mktemp("frozen")
    more = {"HECKLER_ROSTER": "swift:ROSTER", "PYTHONPATH": str(Path(__file__).parents[1] / "rosters")}
    more |= {"HECKLER_SILENT_S": str(SILENT_S), "HECKLER_ACK_WAIT_S": str(ACK_WAIT_S), "HECKLER_WRITER": "house"}
    more |= {"HECKLER_JOIN_S": "200"}
    running = start(folder / "data", folder / "up.log", **more)
    yield running
    running.stop()


def until(condition: Callable[[], bool]) -> None:
    """Waits for something that other processes do, which set no event."""
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def replaced(household: Any, help: Any, before: dict[str, int]) -> bool:
    """Whether every process of `before` runs again under another number."""
    now = help.children(household.process.pid)
    return now.keys() >= before.keys() and not set(now.values()) & set(before.values())


def is_ready(household: Any) -> bool:
    try:
        return httpx.get(f"{household.url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def ending(client: httpx.Client, help: Any, id: str) -> tuple[str, list[Any]]:
    list(help.events(client, id))
    document = client.get(f"/api/roasts/{id}").json()
    return document["status"], document["missing"]


def test_whatever_stands_still_is_replaced_and_what_was_asked_for_is_done(household: Any, help: Any) -> None:
    before = help.children(household.process.pid)
    assert len(before) == 5, before
    with household.client() as client:
        ids = [help.submit(client, help.noise(seed)) for seed in range(3)]
    for pid in before.values():
        os.kill(pid, signal.SIGSTOP)
    until(lambda: replaced(household, help, before))
    until(lambda: is_ready(household))
    with household.client() as client:
        for id in [*ids, help.submit(client, help.noise(99))]:
            assert ending(client, help, id) == ("done", [])


def test_a_process_that_stands_still_uses_up_no_more_than_one_attempt(household: Any, help: Any) -> None:
    """The server hands its deliveries on every second, and would give a request up after the third."""
    until(lambda: is_ready(household))
    children = help.children(household.process.pid)
    frozen = {name: pid for name, pid in children.items() if name not in ("nats-server", "gateway")}
    assert len(frozen) == 3, children
    for pid in frozen.values():
        os.kill(pid, signal.SIGSTOP)
    with household.client() as client:
        ids = [help.submit(client, help.noise(seed)) for seed in range(10, 13)]
        until(lambda: replaced(household, help, frozen))
        for id in ids:
            assert ending(client, help, id) == ("done", [])
        assert dead_letters(household) == 0


def dead_letters(household: Any) -> int:
    async def count() -> int:
        async with household.bus() as bus:
            return len(await bus.reader.after(DEAD, "dead.>"))

    return asyncio.run(count())


def test_a_supervisor_that_was_stopped_itself_blames_no_process_for_it(household: Any, help: Any) -> None:
    until(lambda: is_ready(household))
    before = help.children(household.process.pid)
    supervisor = household.process.pid
    os.kill(supervisor, signal.SIGSTOP)
    time.sleep(1.5 * SILENT_S)  # the standing still is what this is about
    frozen = next(name for name in before if name.endswith("writer"))
    os.kill(before[frozen], signal.SIGSTOP)
    os.kill(supervisor, signal.SIGCONT)
    until(lambda: replaced(household, help, {frozen: before[frozen]}))  # by then it has looked at all of them
    now = help.children(supervisor)
    assert {name for name in before if now.get(name) != before[name]} == {frozen}
