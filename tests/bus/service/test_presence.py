"""Which services run: a service that has a consumer in the log is waited for until it answers, and not for long."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Any

import pytest
from nats import errors

from bus.client import Bus, ServiceInfo
from bus.service.presence import register
from bus.topology import Durable

Run = Callable[[Any], Any]
LATE = Durable("analyze-late", ("photo.*.submitted",))
OTHERS = (ServiceInfo("aggregator"), ServiceInfo("writer"), ServiceInfo("quick", group="quality"))


async def begin(bus: Bus) -> None:
    """All services run but `late`, which has only a consumer."""
    await bus.ensure_consumer(LATE)
    for alive in OTHERS:
        await register(bus.nc, alive)


def test_a_service_that_has_a_consumer_answers_before_discovery_ends(
    fresh_server: Callable[..., Any], run: Run
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus, server.bus("cli") as command:
            await begin(bus)
            assert set(await command.analyzers()) == {"quick"}
            calling = asyncio.create_task(command.discover())
            await asyncio.sleep(0)
            await register(bus.nc, ServiceInfo("late", group="quality"))
            assert set(await calling) == {"quick", "late"}

    run(scenario())


def test_one_that_has_left_its_place_for_good_is_not_waited_for_long(
    fresh_server: Callable[..., Any], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus, server.bus("cli") as command:
            await begin(bus)
            assert set(await command.analyzers()) == {"quick"}
            monkeypatch.setattr("bus.client.SETTLED_S", 0.05)
            assert set(await command.discover()) == {"quick"}

    run(scenario())


def test_a_watch_that_failed_to_begin_begins_with_the_next_question(
    fresh_server: Callable[..., Any], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus, server.bus("cli") as command:
            await begin(bus)
            with monkeypatch.context() as patch:
                patch.setattr(command.nc, "subscribe", refuse)
                with pytest.raises(errors.ConnectionClosedError):
                    await command.analyzers()
            assert set(await command.analyzers()) == {"quick"}

    run(scenario())


def test_a_question_that_cannot_be_sent_is_not_the_last_one(
    fresh_server: Callable[..., Any], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fresh_server()
    monkeypatch.setattr("bus.service.presence.POLL_S", 0.01)

    async def scenario() -> None:
        async with server.bus() as bus, server.bus("cli") as command:
            with monkeypatch.context() as patch:
                patch.setattr(command.nc, "publish", refuse)
                patch.setattr("bus.service.presence.SETTLED_S", 0.1)
                assert await command.analyzers() == {}
            await begin(bus)
            await command.presence.wait_for({"quick"}, 20)
            command.presence._seen.clear()  # and no service publishes again that it has started: it has to be asked
            await command.presence.wait_for({"quick"}, 20)
            assert "quick" in command.presence.now()

    run(scenario())


async def refuse(*_: object, **__: object) -> None:
    raise errors.ConnectionClosedError


def test_known_services_stay_while_the_server_is_frozen_and_go_when_only_they_are_silent(
    fresh_server: Callable[..., Any], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = fresh_server()
    for name, seconds in {"POLL_S": 0.05, "DEAF_S": 0.2, "GRACE_S": 0.4}.items():
        monkeypatch.setattr(f"bus.service.presence.{name}", seconds)

    async def scenario() -> None:
        async with server.bus("gateway") as watcher:
            async with server.bus() as bus:
                await register(bus.nc, ServiceInfo("quick", group="quality"))
                assert set(await watcher.analyzers()) == {"quick"}
                server.embedded.process.send_signal(signal.SIGSTOP)
                await asyncio.sleep(1.0)  # longer than a silent service counts as present
                assert set(watcher.presence.now()) == {"quick"}
                server.embedded.process.send_signal(signal.SIGCONT)
                await watcher.nc.flush()
                assert set(watcher.presence.now()) == {"quick"}
            while watcher.presence.now():  # its connection is gone, it took no leave, and the server is there
                await watcher.presence.changed(0.05)

    run(scenario())
