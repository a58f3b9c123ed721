"""The application's lifespan: what it holds comes back when it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

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
