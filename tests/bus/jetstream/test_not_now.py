"""A server that cannot just now is asked again: it elects a leader, has too many files open, its connection broke."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.client import Bus
from bus.events import new_id
from bus.jetstream.publish import BusDown, LogRefused, store

Run = Callable[[Any], Any]
NOT_NOW = (
    {"err_code": 10008, "description": "JetStream system temporarily unavailable"},
    {"err_code": 10057, "description": "open /data/1.blk: too many open files"},
)
NEVER = {"err_code": 10052, "description": "stream name in subject does not match request"}


async def answering(bus: Bus, subject: str, *errors: dict[str, Any]) -> list[Msg]:
    """Answers on that subject: first with these errors, one after the other, then as JetStream does. What was asked."""
    asked: list[Msg] = []

    async def answer(msg: Msg) -> None:
        asked.append(msg)
        body = {"error": errors[len(asked) - 1]} if len(asked) <= len(errors) else {"seq": 7}
        await msg.respond(json.dumps(body).encode())

    await bus.nc.subscribe(subject, cb=answer)
    await bus.nc.flush()
    return asked


def test_what_a_server_cannot_do_just_now_is_done_at_a_later_try(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            subject = f"test.{new_id()}"
            await answering(bus, subject, *NOT_NOW)
            assert await store(bus.nc, subject, b"", {}) == 7
            await answering(bus, f"$JS.API.{subject}", *NOT_NOW)
            assert await bus.api(subject) == {"seq": 7}

    run(scenario())


def test_a_server_that_cannot_for_long_is_down_and_a_refusal_is_final(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            down, refused = f"test.{new_id()}", f"test.{new_id()}"
            for subject in (down, f"$JS.API.{down}"):
                await answering(bus, subject, *NOT_NOW * 9)
            asked = [await answering(bus, subject, NEVER) for subject in (refused, f"$JS.API.{refused}")]
            with pytest.raises(BusDown, match=r"temporarily unavailable|too many open files"):
                await store(bus.nc, down, b"", {}, patience=0.1)
            with pytest.raises(BusDown, match=r"temporarily unavailable|too many open files"):
                await bus.api(down, patience=0.1)
            with pytest.raises(LogRefused, match="does not match"):
                await store(bus.nc, refused, b"", {})
            with pytest.raises(LogRefused, match="does not match"):
                await bus.api(refused)
            assert [len(each) for each in asked] == [1, 1]

    run(scenario())


def test_a_connection_that_broke_before_its_client_noticed_is_one_that_is_away(
    nats_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            event = f"test.{new_id()}"
            await answering(bus, event)
            flush = Client._flush_pending
            broken = ["unable to perform operation on <TCPTransport closed=True>; the handler is closed"]

            async def once(self: Client, *arguments: Any, **named: Any) -> Any:
                if broken:
                    raise RuntimeError(broken.pop())
                return await flush(self, *arguments, **named)

            monkeypatch.setattr(Client, "_flush_pending", once)
            assert await store(bus.nc, event, b"", {}) == 7
            assert broken == []

    run(scenario())
