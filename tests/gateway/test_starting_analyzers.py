"""The gateway waits for the analyzers that start along with it, so that all of them judge the first photo."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bus.client import Bus, ServiceInfo
from bus.service.presence import register
from gateway import app as gateway_app

COLORS, TEXT = (
    ServiceInfo(name="colors", group="scene", version="1"),
    ServiceInfo(name="text", group="scene", version="1"),
)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The services known at the moment at which the gateway stopped waiting."""
    known: list[set[str]] = []

    async def settled(bus: Bus) -> None:
        known.append(set(bus.presence.now()))

    monkeypatch.setattr(gateway_app, "_settled", settled)
    return known


@pytest.fixture
def buses(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[Bus]:
    """The gateway's connections, as they are made."""
    made: asyncio.Queue[Bus] = asyncio.Queue()
    connect = gateway_app.connect

    async def record(*arguments: Any) -> Bus:
        bus = await connect(*arguments)
        made.put_nowait(bus)
        return bus

    monkeypatch.setattr(gateway_app, "connect", record)
    return made


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - no event
            await asyncio.sleep(0)


def test_no_photo_is_accepted_before_the_starting_analyzers_are_there(
    fresh_server: Callable[..., Any],
    buses: asyncio.Queue[Bus],
    opened: list[set[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gateway_app, "STARTING_S", 600)
    server = fresh_server()

    async def main() -> None:
        async with server.bus("admin") as bus:
            await register(bus.nc, COLORS)
            app = gateway_app.create_app(server.settings_for("gateway"), starting=["colors", "text"])
            async with app.router.lifespan_context(app):
                watching = await buses.get()
                await until(lambda: "colors" in watching.presence.now())
                await register(bus.nc, TEXT)
                await until(lambda: app.state.gateway.bus is not None)

    asyncio.run(main())
    assert opened == [{"colors", "text"}]


def test_an_analyzer_that_never_comes_is_not_waited_for_for_ever(
    fresh_server: Callable[..., Any], opened: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_app, "STARTING_S", 0.05)

    server = fresh_server()

    async def main() -> None:
        app = gateway_app.create_app(server.settings_for("gateway"), starting=["text"])
        async with app.router.lifespan_context(app):
            await until(lambda: app.state.gateway.bus is not None)

    asyncio.run(main())
    assert opened == [set()]
