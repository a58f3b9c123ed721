"""Following a request: nothing is missed and nothing comes after the ending, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from bus.client import Bus
from bus.events import Failed, Feature, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.history import Stored

Run = Callable[[Any], Any]


def submitted(id: str) -> Submitted:
    photo = PhotoRef(key=id, sha256=f"sha-{id}", width=4, height=3, bytes=2)
    now = time.time()
    return Submitted(
        product="roast", id=id, photo=photo, facts=Facts(), expects=("x",), join_by=now + 60, expire_by=now + 600
    )


def skipped(id: str, analyzer: str) -> Feature:
    return Feature(id=id, analyzer=analyzer, status="skipped", reason="no")


async def collect(bus: Bus, id: str, after: int = 0, begun: asyncio.Event | None = None) -> list[Any]:
    seen = []
    async for stored in bus.follow(id, after):
        seen.append(stored.event)
        if begun:
            begun.set()
    return seen


def test_a_live_event_that_comes_before_the_second_look_does_not_hide_what_was_missed(
    nats_server: Any, run: Run, monkeypatch: Any
) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus, nats_server.bus("gateway") as watcher:
            id = new_id()
            events = [submitted(id), skipped(id, "missed"), skipped(id, "early"), Failed(id=id, code="c", detail="d")]
            await bus.publish(events[0])
            begun, came_back = asyncio.Event(), asyncio.Event()
            watching = asyncio.create_task(collect(watcher, id, begun=begun))
            await begun.wait()
            tell_everybody, was_away = watcher.back_again, watcher.nc._disconnected_cb

            async def back_again() -> None:
                await bus.publish(events[2])
                await watcher.nc.flush()  # the event has arrived before this answer
                for _ in range(10):
                    await asyncio.sleep(0)
                await tell_everybody()
                came_back.set()

            async def disconnected() -> None:
                await was_away()
                await bus.publish(events[1])

            monkeypatch.setattr(watcher, "back_again", back_again)
            monkeypatch.setattr(watcher.nc, "_disconnected_cb", disconnected)
            await watcher.nc.force_reconnect()
            await came_back.wait()
            await bus.publish(events[3])
            assert await watching == events

    run(scenario())


def test_the_ending_is_the_last_event_for_later_followers_too(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            id = new_id()
            events = [submitted(id), Failed(id=id, code="c", detail="d")]
            for event in (*events, skipped(id, "late")):
                await bus.publish(event)
            assert await collect(bus, id) == events
            end = (await bus.latest(id, "end.*")).last_seq
            assert await collect(bus, id, after=end) == []

    run(scenario())


@pytest.mark.parametrize("ticks", range(6))
def test_a_follower_that_is_cancelled_at_the_moment_when_an_event_comes_follows_no_longer(
    nats_server: Any, run: Run, ticks: int
) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            id, begun = new_id(), asyncio.Event()
            await bus.publish(submitted(id))
            watching = asyncio.create_task(collect(bus, id, begun=begun))
            await begun.wait()
            await bus.latest(id)  # meanwhile it has begun to wait for the next
            [follower] = bus._followers
            follower._inbox.put_nowait(Stored(1 << 40, 0.0, skipped(id, "x")))
            for _ in range(ticks):
                await asyncio.sleep(0)
            watching.cancel()
            ended, _ = await asyncio.wait({watching}, timeout=10)
            assert ended

    run(scenario())
