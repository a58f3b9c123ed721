"""Whether the log can be written is found out by writing, and no consumer or subscriber receives that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bus.client import Bus
from bus.jetstream.disk import Disk
from bus.jetstream.health import Look
from bus.jetstream.publish import DiskFull, LogSilent, LogUnwritable
from bus.subjects import probe
from bus.topology import AGGREGATOR, IMAGES, MAX_DELIVERIES, STREAMS

Run = Callable[[Any], Any]


async def stored(bus: Bus) -> dict[str, tuple[int, int]]:
    """Messages and bytes of each stream."""
    states = {stream: (await bus.api(f"STREAM.INFO.{stream}"))["state"] for stream in STREAMS}
    return {stream: (state["messages"], state["bytes"]) for stream, state in states.items()}


@pytest.mark.parametrize("user", ["admin", "gateway", "cli"])
def test_a_look_writes_every_stream_and_leaves_nothing_behind(fresh_server: Any, run: Run, user: str) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as admin, server.bus(user) as bus:
            for durable in (AGGREGATOR, MAX_DELIVERIES):
                await admin.ensure_consumer(durable)
            heard: list[str] = []

            async def hear(msg: Any) -> None:
                heard.append(msg.subject)

            await admin.nc.subscribe("live.>", cb=hear)
            before = await stored(admin)
            for _ in range(3):
                look = await bus.health.look()
                assert (look.silence, dict(look.failing), look.trouble) == (None, {}, None)
            assert await stored(admin) == before
            infos = [await admin.api(f"STREAM.INFO.{stream}") for stream in STREAMS]
            assert [info["state"]["last_seq"] for info in infos] == [3] * len(STREAMS)  # it did write
            for durable in (AGGREGATOR, MAX_DELIVERIES):
                there = await admin.api(f"CONSUMER.INFO.{durable.stream}.{durable.name}")
                assert there["num_pending"] + there["delivered"]["consumer_seq"] == 0
            await admin.nc.flush()
            assert heard == []

    run(scenario())


def test_a_store_that_holds_as_much_as_it_may_is_no_broken_one(fresh_server: Any, run: Run) -> None:
    server = fresh_server(max_image_bytes=1 << 20)

    async def scenario() -> None:
        async with server.bus() as bus:
            for part in (900_000, 140_000, 8_000, 300, 100, 10, 1):
                await bus.nc.request(f"$KV.IMAGES.x.{part}", bytes(part))
            assert b"maximum bytes" in (await bus.nc.request(probe(IMAGES), b"")).data
            assert (await bus.health.look()).trouble is None

    run(scenario())


def test_a_stream_that_met_a_full_disk_is_reported_with_its_disk_and_after_that_as_one_that_stores_nothing(
    small_disk: Any, fresh_server: Any, run: Run
) -> None:
    disk = small_disk(24)
    server = fresh_server(disk.folder / "data", min_free_bytes=0)

    async def scenario() -> None:
        async with server.bus() as bus:
            bus.health.folder = disk.folder
            await bus.photos.put("before", b"a photo")
            disk.fill()
            with pytest.raises(DiskFull, match=rf"{disk.folder} has 0.0 MB free; .* KV_IMAGES.* .no space left"):
                await bus.health.during(bus.photos.put("too-late", bytes(400_000)))
            disk.free_up()
            trouble = (await bus.health.look()).trouble
            assert isinstance(trouble, LogUnwritable)
            assert "its disk was full, and has room again" in str(trouble)
            server.kill()
            back = asyncio.create_task(bus.wait_reconnect())
            server.embedded.start()
            await back
            assert (await bus.health.look()).trouble is None
            assert await bus.photos.get("before") == b"a photo"

    run(scenario())


def test_a_server_that_is_not_ours_reports_its_disk_in_its_own_words() -> None:
    trouble = Look(failing={"KV_IMAGES": "write /x/1.blk: no space left on device"}).trouble
    assert isinstance(trouble, DiskFull)
    assert str(trouble) == "The log's disk has no room; its server cannot write KV_IMAGES (no space left on device)."


def test_what_is_worst_is_reported_first() -> None:
    low = Disk(Path("/x"), 5_000_000, 10_000_000)
    assert isinstance(Look(connected=False, disk=low).trouble, LogSilent)
    assert isinstance(Look(answers=False, disk=low).trouble, LogSilent)
    assert str(Look(disk=low).trouble) == ("The disk of /x has 5.0 MB free; 10.0 MB are kept for what was accepted.")
    assert isinstance(Look(failing={"PHOTOS": "no answer"}).trouble, LogUnwritable)
    assert Look(disk=low).silence is None


def test_nothing_is_begun_that_the_log_is_known_to_be_of_no_use_for(fresh_server: Any, run: Run) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            begun = asyncio.Event()

            async def work() -> None:
                begun.set()

            server.kill()
            while bus.health.known.silence is None:
                await bus.health.look()
            for need in ("reading", "writing", "room"):
                with pytest.raises(LogSilent, match="connection to the event log is lost"):
                    await bus.health.during(work(), need)
            assert not begun.is_set()
            back = asyncio.create_task(bus.wait_reconnect())
            server.embedded.start()
            await back
            await bus.health.look()
            await bus.health.during(work())

    run(scenario())
