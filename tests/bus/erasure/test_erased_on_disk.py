"""Deleted means deleted: after an erasure the files of the server hold nothing of the request, on no replica."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cluster import Cluster, ready, replicate
from live_files import contents

from bus.client import Bus
from bus.dead_letters.send import Letter, keep
from bus.erasure import sweeper
from bus.erasure.overwrite import ROOM, Erased
from bus.erasure.sweeper import Sweeper
from bus.events import Feature, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.jetstream.finding_cache import key
from bus.topology import DEAD, IMAGES, PHOTOS, SWEEPER, Durable

Run = Callable[[Any], Any]
PHOTO = os.urandom(1_300_000)
"""As good as a JPEG: no two pieces of it are alike."""
PIECES = [PHOTO[at : at + 64] for at in range(0, len(PHOTO) - 64, 100_000)]


def submitted(sha256: str, join_by: float = 4e9) -> Submitted:
    id = new_id()
    photo = PhotoRef(key=id, sha256=sha256, width=4, height=3, bytes=len(PHOTO))
    return Submitted(product="roast", id=id, photo=photo, facts=Facts(), expects=("x",), join_by=join_by, expire_by=4e9)


async def fill(bus: Bus, request: Submitted, photo: bytes) -> None:
    """All that a request leaves: photo, timers (one fires at once), findings, a dead letter, cached findings."""
    await bus.photos.put(request.id, photo)
    await bus.submit(request)
    for n in range(8):
        feature = Feature(id=request.id, analyzer=f"a{n}", status="ok", finding=Facts(), model=request.photo.sha256)
        await bus.publish(feature)
        for _ in range(2):  # two replicas have looked at the same photo
            await bus.findings.put(key(request.photo.sha256, f"a{n}", "1"), feature)
    await keep(bus, Letter("analyze-x", request.subject, 17, 3, "error", "trace", photo[:4096], {}))
    await bus.nc.flush()


def files_with(folder: Path, *needles: bytes) -> list[str]:
    found = []
    for file, content in contents(folder):
        found += [f"{file.relative_to(folder)}: {needle[:40]!r}" for needle in needles if needle in content]
    return found


def traces(request: Submitted) -> tuple[bytes, ...]:
    return (*PIECES, request.id.encode(), request.photo.sha256.encode())


@asynccontextmanager
async def due(bus: Bus) -> AsyncIterator[Callable[[], Any]]:
    """Waits for the first timer that fires."""
    subscription = await bus.nc.subscribe("live.*.due.join")
    yield lambda: subscription.next_msg(timeout=30)


@pytest.mark.parametrize("sync", ["always", "default"])
def test_after_an_erasure_no_file_holds_anything_of_the_request_nor_after_a_restart(
    fresh_server: Callable[..., Any], run: Run, sync: str
) -> None:
    server = fresh_server(sync=sync)
    folder = server.settings.data
    request, neighbour = submitted("f00d" * 16, join_by=0), submitted("beef" * 16)

    async def scenario() -> Erased:
        async with server.bus() as bus, due(bus) as fired:
            await fill(bus, neighbour, b"another photo " * 9)
            await fill(bus, request, PHOTO)
            await fired()  # by itself the server removes a timer that has fired, and overwrites nothing
            assert len(files_with(folder, PIECES[0], request.id.encode())) >= 2  # this test would see it
            await bus.erase(request.id)
            # what is left is the order to sweep again, which goes with the last sweep
            assert files_with(folder, *PIECES) == []
            erased: Erased = await bus.sweep(request.id, request.photo.sha256)
            assert files_with(folder, *traces(request)) == []
            assert await bus.photos.get(neighbour.id) == b"another photo " * 9
            assert (await bus.latest(neighbour.id)).submitted == neighbour
            return erased

    assert run(scenario()).events == 1
    server.stop()
    assert files_with(folder, *traces(request)) == []
    server.embedded.start()

    async def after() -> None:
        async with server.bus() as bus:
            assert (await bus.latest(request.id)).events == ()
            assert (await bus.latest(neighbour.id)).submitted == neighbour
            assert files_with(folder, *traces(request)) == []

    run(after())


def test_on_a_full_disk_it_is_out_of_sight_at_once_and_overwritten_as_soon_as_there_is_room(
    small_disk: Callable[[int], Any], fresh_server: Callable[..., Any], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = small_disk(96)
    server = fresh_server(disk.folder / "data", min_free_bytes=0)
    request = submitted("f00d" * 16)
    monkeypatch.setenv("HECKLER_LOG_FOLDER", str(disk.folder))
    monkeypatch.setattr(sweeper, "SWEEPS_S", (0.1, 0.2))
    monkeypatch.setattr(sweeper, "_NO_ROOM_S", 0.1)

    async def scenario() -> None:
        stop = asyncio.Event()
        async with server.registrar(SWEEPER), server.bus() as admin, server.bus("aggregator") as bus:
            await fill(admin, request, PHOTO)
            disk.fill(leave=ROOM // 2)
            sweeping = asyncio.create_task(Sweeper(bus).run(stop))
            assert not (await admin.erase(request.id)).overwritten
            assert (await bus.latest(request.id)).events == (await bus.latest(request.id, "submitted")).events == ()
            await tried(admin, SWEEPER, 4)
            assert len(files_with(disk.folder, *PIECES)) >= len(PIECES)  # removed by itself, it would be out of reach
            disk.free_up()
            while files_with(disk.folder, *traces(request)):  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.05)
            stop.set()
            await sweeping

    run(scenario())


async def tried(admin: Bus, durable: Durable, times: int) -> None:
    """Returns when this consumer's first message has been delivered so often."""
    delivered = 0
    while delivered < times:
        info = await admin.api(f"CONSUMER.INFO.{PHOTOS}.{durable.name}")
        delivered = info["delivered"]["consumer_seq"]


def test_an_erasure_holds_when_the_server_is_killed_right_after_it(fresh_server: Callable[..., Any], run: Run) -> None:
    server = fresh_server()
    request = submitted("f00d" * 16)

    async def before() -> None:
        async with server.bus() as bus:
            await fill(bus, request, PHOTO)
            await bus.erase(request.id)
            await bus.sweep(request.id, request.photo.sha256)

    async def after() -> None:
        async with server.bus() as bus:
            assert (await bus.latest(request.id)).events == ()
            assert await bus.reader.last(IMAGES, [f"$KV.IMAGES.{request.id}.*"]) == []
            assert files_with(server.settings.data, *traces(request)) == []

    run(before())
    server.kill()
    server.embedded.start()
    run(after())


def streams_of(folder: Path, names: Iterable[str]) -> list[Path]:
    """The folders in which the three servers keep these streams."""
    found = [each for name in names for each in folder.glob(f"*/jetstream/*/streams/{name}")]
    assert len(found) == 3 * len(list(names))
    return found


def test_every_replica_overwrites_what_was_erased(tmp_path: Path, run: Run) -> None:
    """The servers' own replication logs, beside the streams, are theirs: they go within minutes (decision 0026)."""
    cluster = Cluster(tmp_path)
    cluster.start()
    request, neighbour = submitted("f00d" * 16), submitted("beef" * 16)

    async def scenario() -> None:
        async with cluster.bus() as bus:
            await ready(bus)
            for stream in (PHOTOS, IMAGES, DEAD):
                await replicate(bus, stream)
        async with cluster.bus() as bus:
            await fill(bus, neighbour, b"another photo " * 9)
            await fill(bus, request, PHOTO)
            await bus.erase(request.id)
            await bus.sweep(request.id, request.photo.sha256)
        folders = streams_of(tmp_path, (PHOTOS, IMAGES, DEAD))
        # a follower learns with the next message or heartbeat that it may do what the leader has done
        for _ in range(100):
            left = [found for folder in folders for found in files_with(folder, *traces(request))]
            if not left:
                break
            await asyncio.sleep(0.1)
        assert left == []

    try:
        run(scenario())
    finally:
        cluster.stop()
