"""A disk that is full for a while: reported with its free space, healed without hands, nothing accepted lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats import errors

from bus.client import Bus, connect
from bus.settings import Settings

ROSTERS = Path(__file__).parent.parent / "rosters"
RESERVE = 8_000_000


@pytest.mark.timeout(180)
def test_a_disk_that_is_full_for_a_moment_while_it_starts_does_not_keep_it_from_getting_ready(
    small_disk: Any, tmp_path: Path, start: Any, help: Any
) -> None:
    """It takes long, since the gateway waits ten seconds for the analyzers."""
    disk, said = small_disk(64), tmp_path / "up.log"
    variables = {"PYTHONPATH": str(ROSTERS), "HECKLER_ROSTER": "swift:ROSTER", "HECKLER_MIN_FREE_BYTES": str(RESERVE)}
    run_file = disk.folder / "data" / "run.json"
    with ThreadPoolExecutor() as others:
        starting = others.submit(start, disk.folder / "data", said, **variables)
        wait_for(run_file.exists)
        found = json.loads(run_file.read_text())
        worker = next(pid for name, pid in help.children(found["pid"]).items() if "analyzers" in name)
        os.kill(worker, signal.SIGSTOP)  # so that it does not get ready before
        disk.fill()
        asyncio.run(broken(found["nats"]["admin"]))
        wait_for(lambda: {"stream", "nats"} & missing(found["url"]) == {"stream"})
        disk.free_up()
        os.kill(worker, signal.SIGCONT)
        system = starting.result()  # it ends with its thread
        assert ready(system).status_code == 200
        assert system.stop() == 0
    assert "although there is room; replacing it" in said.read_text()


def missing(url: str) -> set[str]:
    try:
        return set(httpx.get(f"{url.rstrip('/')}/readyz", timeout=30).json().get("missing", ()))
    except httpx.HTTPError:
        return set()  # it is not there yet


async def broken(url: str) -> None:
    bus = await connect(Settings(nats_url=url), "admin")
    await break_streams(bus)
    await bus.close()


def wait_for(condition: Callable[[], bool]) -> None:
    """Another process's doing, of which no event tells here; the test's own time limit ends it."""
    while not condition():
        threading.Event().wait(0.05)


def ready(system: Any) -> httpx.Response:
    return httpx.get(f"{system.url}/readyz", timeout=30)


async def break_streams(bus: Bus) -> None:
    """Writes more than there is room for, as work that goes on would: from now on the server keeps that error."""
    for subject in ("photo.filler.timer.x", "$KV.IMAGES.filler.0"):
        with contextlib.suppress(errors.Error):
            for _ in range(100):
                await bus.nc.request(subject, bytes(200_000), timeout=1)


async def endings(bus: Bus, ids: list[str]) -> list[str]:
    async def one(id: str) -> str:
        return [stored.event.type async for stored in bus.follow(id)][-1]

    return await asyncio.gather(*(one(id) for id in ids))


def on_bus(system: Any, work: Callable[[Bus], Any]) -> Any:
    async def main() -> Any:
        async with system.bus() as bus:
            return await asyncio.wait_for(work(bus), 60)

    return asyncio.run(main())


@pytest.mark.timeout(180)
def test_a_full_disk_is_reported_and_heals_without_hands_and_loses_nothing_that_was_accepted(
    small_disk: Any, tmp_path: Path, start: Any, help: Any
) -> None:
    disk, said = small_disk(64), tmp_path / "up.log"
    system = start(
        disk.folder / "data", said, PYTHONPATH=str(ROSTERS), HECKLER_ROSTER="swift:ROSTER", HECKLER_WRITER="house",
        HECKLER_MIN_FREE_BYTES=str(RESERVE), HECKLER_JOIN_S="100",
    )  # fmt: skip
    try:
        with system.client() as client:
            worker = next(pid for name, pid in help.children(system.process.pid).items() if "analyzers" in name)
            os.kill(worker, signal.SIGSTOP)  # so that these are still to be worked on when there is no room
            accepted = [help.submit(client, help.noise(n)) for n in range(5)]
            disk.fill(leave=RESERVE // 2)
            answer = client.post("/api/roasts", files={"photo": ("p.png", help.noise(5))})
            assert (answer.status_code, answer.json()["code"]) == (503, "disk_full")
            assert f"The disk of {system.data} has 4.0 MB free; 8.0 MB are kept" in answer.json()["detail"]
            assert int(answer.headers["Retry-After"]) > 0
            assert ready(system).json()["missing"] == ["disk"]
            disk.fill()
            on_bus(system, break_streams)
            os.kill(worker, signal.SIGCONT)
            wait_for(lambda: {"stream", "disk"} <= set(ready(system).json().get("missing", ())))
            disk.free_up()
            wait_for(lambda: ready(system).status_code == 200)
            accepted += [help.submit(client, help.noise(n)) for n in range(6, 9)]
        assert Counter(on_bus(system, lambda bus: endings(bus, accepted))) == {"roast": len(accepted)}
    finally:
        assert system.stop() == 0
    words = said.read_text()
    assert "new photos are refused until there is room" in words
    assert words.count("although there is room; replacing it") == 1
    assert "has room again" in words
