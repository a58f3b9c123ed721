"""Pulling: never more is asked for than there are free places, however long the work took."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from nats.aio.msg import Msg

from bus.jetstream.pull import Puller
from bus.topology import Durable

Run = Callable[[Any], Any]


class Ears:
    """A connection that only writes down what is asked for."""

    is_connected, is_closed = True, True

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self.spoken = asyncio.Event()

    def new_inbox(self) -> str:
        return "_INBOX.x"

    async def subscribe(self, *_: Any, **__: Any) -> None:
        return None

    async def publish(self, _subject: str, body: bytes, reply: str = "") -> None:
        self.said.append(body)
        self.spoken.set()

    async def heard(self) -> None:
        await self.spoken.wait()
        self.spoken.clear()


def delivery(number: int) -> Msg:
    return Msg(_client=None, reply=f"$JS.ACK.PHOTOS.d.1.{number}.{number}.1.0")  # type: ignore[arg-type]


def test_the_silence_of_a_time_when_nothing_was_asked_for_loses_no_request(run: Run, monkeypatch: Any) -> None:
    async def scenario() -> None:
        ears, finished = Ears(), []
        puller = Puller(ears, Durable("d", ()), 2, lambda _, done: finished.append(done), 10)  # type: ignore[arg-type]
        pulling = asyncio.create_task(puller.run())
        await ears.heard()
        for number in (1, 2):
            await puller._on_message(delivery(number))
        later = asyncio.get_running_loop().time() + 2 * puller.lost_after
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: later)
        for done in finished:
            done()
            await ears.heard()
        assert [json.loads(request)["batch"] for request in ears.said] == [2, 1, 1]
        puller.stop()
        await pulling

    run(scenario())


def test_what_arrives_after_the_stop_is_given_back_at_once(run: Run) -> None:
    async def scenario() -> None:
        ears, taken = Ears(), []
        puller = Puller(ears, Durable("d", ()), 2, lambda msg, _: taken.append(msg), 10)  # type: ignore[arg-type]
        puller.stop()
        await puller._on_message(delivery(1))
        assert (ears.said, taken) == ([b"-NAK"], [])

    run(scenario())
