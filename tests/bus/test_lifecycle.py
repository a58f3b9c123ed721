"""The frame of every service: nobody is present before nothing can be missed, and nobody stays without a connection."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import bus.lifecycle
from bus.client import BusDown
from bus.lifecycle import serving
from bus.service.presence import ServiceInfo, register
from bus.topology import Durable

Run = Callable[[Any], Any]


def test_who_is_present_has_its_consumers_already(nats_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    durable = Durable("analyze-punctual", ("photo.*.submitted",))
    consumers: list[int] = []

    async def scenario() -> None:
        async with nats_server.registrar(durable), nats_server.bus() as admin:

            async def looking(nc: Any, alive: ServiceInfo) -> Any:
                consumers.append((await admin.api(f"CONSUMER.INFO.PHOTOS.{durable.name}"))["num_pending"])
                return await register(nc, alive)

            monkeypatch.setattr(bus.lifecycle, "register", looking)
            settings = nats_server.settings_for("analyzer")
            async with serving(settings, "analyzer", (ServiceInfo("punctual", "face"),), (durable,)):
                assert consumers == [0]

    run(scenario())


def test_a_service_whose_connection_is_closed_for_good_ends(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with serving(nats_server.settings_for("writer"), "writer", (ServiceInfo("writer"),)) as (bus, stop):
            bus.nc._transport.write(b"NO SUCH OPERATION\r\n")  # the server answers -ERR, and the client closes
            await stop.wait()

    with pytest.raises(BusDown):
        run(scenario(), 20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_finds_no_server_can_be_stopped(number: signal.Signals) -> None:
    program = (
        "import asyncio\nfrom bus.lifecycle import serving\nfrom bus.settings import Settings\n"
        "async def main():\n    async with serving(Settings(), 'writer'): pass\n"
        "asyncio.run(main())"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = {
            "HECKLER_NATS_URL": f"nats://127.0.0.1:{silent.getsockname()[1]}",
            "PYTHONPATH": ":".join(sys.path),
        }
        process = subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.DEVNULL)
        try:
            connection, _ = silent.accept()
            with connection:
                for _ in range(5):  # wait_for of Python 3.11 swallows a cancellation at the moment of connecting
                    process.send_signal(number)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(3)
                        break
            assert process.poll() is not None
        finally:
            process.kill()
