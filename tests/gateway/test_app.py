"""The application's lifespan: what it holds comes back when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bus.client import Bus, LogRefused, connect
from bus.settings import Settings
from gateway.app import create_app
from gateway.state import Gateway

Run = Callable[[Any], Any]


async def connected(gateway: Gateway, other_than: object = None) -> Any:
    while gateway.bus is None or gateway.bus is other_than:  # noqa: ASYNC110 - nothing tells; requests ask as well
        await asyncio.sleep(0.01)
    return gateway.bus


def test_a_gateway_whose_connection_was_closed_for_good_makes_a_new_one(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        app = create_app(nats_server.settings_for("gateway"))
        async with app.router.lifespan_context(app):
            gateway: Gateway = app.state.gateway
            first = await connected(gateway)
            first.nc._transport.write(b"NO SUCH OPERATION\r\n")  # the server answers -ERR, and the client closes
            second = await connected(gateway, other_than=first)
            assert first.nc.is_closed
            assert (await second.ready())["stream"]

    run(scenario(), 30)


def test_a_gateway_whose_first_way_to_the_log_fails_tries_again(
    nats_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[str] = []

    async def connect_at_last(settings: Settings, service: str) -> Bus:
        attempts.append(service)
        if len(attempts) < 3:
            raise LogRefused("as a server says that knows neither user nor stream")
        return await connect(settings, service)

    monkeypatch.setattr("gateway.app.connect", connect_at_last)
    monkeypatch.setattr("gateway.app.JOIN_AGAIN_S", 0.01)

    async def scenario() -> None:
        app = create_app(nats_server.settings_for("gateway"))
        async with app.router.lifespan_context(app):
            assert (await (await connected(app.state.gateway)).ready())["stream"]

    run(scenario())
    assert len(attempts) == 3
