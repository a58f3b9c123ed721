"""The embedded server: its own port and passwords, and users who may touch just their own subjects."""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nats
import pytest

from bus.client import BusDown, connect
from bus.events import Cancelled, Failed, Feature, Joined, new_id
from bus.jetstream.embedded_server import USERS, EmbeddedServer
from bus.roast.events import Roast
from bus.settings import Settings

Run = Callable[[Any], Any]

ROAST = Roast(id="x", text="", jokes=(), writer="w", persona="p", heat="h")
FEATURE = Feature(id="x", analyzer="a", status="skipped")
JOINED = Joined(id="x", complete=True)
FAILED = Failed(id="x", code="c", detail="d")
CANCELLED = Cancelled(id="x")

FORBIDDEN = [
    ("gateway", FEATURE),
    ("gateway", ROAST),
    ("gateway", JOINED),
    ("analyzer", ROAST),
    ("analyzer", JOINED),
    ("analyzer", CANCELLED),
    ("aggregator", ROAST),
    ("aggregator", CANCELLED),
    ("writer", FEATURE),
    ("writer", JOINED),
]
ALLOWED = [
    ("analyzer", FEATURE),
    ("aggregator", JOINED),
    ("aggregator", FAILED),
    ("writer", ROAST),
    ("gateway", CANCELLED),
]


@pytest.mark.parametrize(("user", "event"), FORBIDDEN, ids=lambda each: getattr(each, "type", each))
def test_a_service_cannot_write_what_is_not_its_own(nats_server: Any, run: Run, user: str, event: Any) -> None:
    async def scenario() -> None:
        async with nats_server.bus(user) as bus:
            with pytest.raises(BusDown):
                await bus.publish(event.model_copy(update={"id": new_id()}), patience=0)

    run(scenario())


@pytest.mark.parametrize(("user", "event"), ALLOWED, ids=lambda each: getattr(each, "type", each))
def test_a_service_can_write_what_is_its_own(nats_server: Any, run: Run, user: str, event: Any) -> None:
    async def scenario() -> None:
        async with nats_server.bus(user) as bus:
            assert await bus.publish(event.model_copy(update={"id": new_id()}))

    run(scenario())


def test_no_client_gets_in_without_a_password(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        with pytest.raises(nats.errors.Error):
            await nats.connect(f"nats://127.0.0.1:{nats_server.embedded.port}", allow_reconnect=False)

    run(scenario())


def test_passwords_are_random_kept_and_for_the_owners_eyes_only(tmp_path: Path) -> None:
    one = EmbeddedServer(Settings(data=tmp_path / "a"))
    again = EmbeddedServer(Settings(data=tmp_path / "a", nats_port=one.port))
    other = EmbeddedServer(Settings(data=tmp_path / "b", nats_port=one.port))
    assert one.url("gateway") == again.url("gateway") != other.url("gateway")
    file = tmp_path / "a" / "nats" / "passwords.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"admin": 7}', "\0\0"])
def test_damaged_passwords_are_made_again(tmp_path: Path, damaged: str) -> None:
    file = tmp_path / "nats" / "passwords.json"
    file.parent.mkdir()
    file.write_text(damaged)
    first = EmbeddedServer(Settings(data=tmp_path))
    second = EmbeddedServer(Settings(data=tmp_path, nats_port=first.port))
    assert [first.url(user) for user in USERS] == [second.url(user) for user in USERS]


def test_a_connected_client_comes_back_to_the_next_server_of_the_same_folder(
    fresh_server: Callable[..., Any], run: Run
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus("analyzer") as bus:
            server.kill()
            server.embedded = EmbeddedServer(server.settings)
            back = asyncio.create_task(bus.wait_reconnect())
            server.embedded.start()
            await back

    run(scenario())


def test_a_port_that_is_taken_by_now_is_given_up_and_the_next_one_kept(fresh_server: Callable[..., Any]) -> None:
    server = fresh_server()
    first = server.embedded.port
    server.stop()
    with socket.create_server(("127.0.0.1", first)):
        server.embedded = EmbeddedServer(server.settings)
        asyncio.run(server.start())
    second = server.embedded.port
    assert second != first
    assert EmbeddedServer(server.settings).port == second
    assert EmbeddedServer(server.settings.model_copy(update={"nats_port": first})).port == first


@pytest.mark.parametrize("damaged", ["", "x", "0", "70000"])
def test_a_damaged_port_is_chosen_again(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "nats").mkdir()
    (tmp_path / "nats" / "port").write_text(damaged)
    assert 0 < EmbeddedServer(Settings(data=tmp_path)).port <= 65535


def test_connecting_without_a_server_says_what_to_do(run: Run) -> None:
    async def scenario() -> None:
        with pytest.raises(ValueError, match="heckler up"):
            await connect(Settings(nats_url=None), "gateway")

    run(scenario())
