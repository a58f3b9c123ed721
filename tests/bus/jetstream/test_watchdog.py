"""A connection whose client's own tasks have died is closed for good, and the process makes a new one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bus.client import BusDown
from bus.lifecycle import serving
from bus.service.presence import ServiceInfo

Run = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def _attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bus.jetstream.watchdog.LOOK_S", 0.05)


@pytest.mark.parametrize("task", ["_flusher_task", "_reading_task"])
def test_a_client_that_no_longer_sends_or_receives_is_closed(server: Any, run: Run, task: str) -> None:
    async def scenario() -> None:
        async with server.bus() as bus:
            getattr(bus.nc, task).cancel()
            async with asyncio.timeout(20):
                await bus.closed.wait()
            assert bus.nc.is_closed

    run(scenario())


def test_a_client_that_no_longer_looks_for_a_server_is_closed(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            server.kill()
            while bus.nc._reconnection_task is None:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)
            bus.nc._reconnection_task.cancel()
            async with asyncio.timeout(20):
                await bus.closed.wait()

    run(scenario())


def test_a_client_that_only_waits_for_its_server_is_left_alone(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            server.kill()
            looks = 0
            while looks < 10 or bus.connected:
                await asyncio.sleep(0.05)
                looks += 1
            assert not bus.closed.is_set()
            server.embedded.start()
            await bus.wait_reconnect()
            assert (await bus.ready())["stream"]

    run(scenario())


def test_a_service_with_such_a_client_leaves_to_be_started_again(server: Any, run: Run) -> None:
    async def scenario() -> None:
        settings = server.settings_for("writer")
        async with serving(settings, "writer", (ServiceInfo("watched"),)) as (bus, stop):
            bus.nc._flusher_task.cancel()
            async with asyncio.timeout(20):
                await stop.wait()

    with pytest.raises(BusDown):
        run(scenario())
