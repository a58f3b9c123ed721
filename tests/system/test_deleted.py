"""`DELETE` on the running product: photo and findings leave the data folder with the answer, the id soon after."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_files import contents

from bus.client import Bus

ROSTER = {"HECKLER_ROSTER": "swift:ROSTER", "PYTHONPATH": str(Path(__file__).parent.parent / "rosters")}


def holding(folder: Path, *needles: bytes) -> list[str]:
    """The files below `folder` that hold any of these."""
    return [str(file) for file, content in contents(folder) if any(needle in content for needle in needles)]


@pytest.fixture
def household(tmp_path: Path, start: Any) -> Any:
    running = start(tmp_path / "data", tmp_path / "up.log", HECKLER_JOIN_S="2", **ROSTER)
    yield running
    running.stop()


def test_what_was_deleted_is_in_no_file_of_the_data_folder(household: Any, help: Any, photos: Path) -> None:
    photo = (photos / "coffee.png").read_bytes()

    async def scenario(bus: Bus, client: httpx.AsyncClient) -> tuple[str, str]:
        timers = await bus.nc.subscribe("live.*.*.join")
        # of an empty block the server itself would leave nothing
        await client.post("/api/roasts", files={"photo": ("another.png", help.noise(7))})
        sent = await client.post("/api/roasts", files={"photo": ("me.jpg", photo)})
        id = sent.json()["id"]
        async with client.stream("GET", f"/api/roasts/{id}/events") as events:
            assert "event: roast" in [line async for line in events.aiter_lines()]
        await timers.next_msg(timeout=30)  # the server removes a timer that has fired, and overwrites nothing
        stored = (await client.get(f"/api/roasts/{id}/photo")).content
        sha256 = (await client.get(f"/api/roasts/{id}")).json()["photo"]["sha256"]
        pieces = [stored[at : at + 64] for at in range(1000, len(stored) - 64, len(stored) // 9)]
        assert holding(household.data, *pieces) != []

        kept = await bus.findings.of(sha256)
        assert kept != {}
        answer = await client.delete(f"/api/roasts/{id}")
        assert holding(household.data, *pieces) == []
        erased = answer.json()["erased"]
        assert erased["overwritten"]
        assert erased["photo_bytes"] == len(stored)
        assert erased["findings"] == len(kept)
        assert erased["events"] > 8

        await bus.sweep(id, sha256)  # the last one, which would come by itself after 90 s
        assert holding(household.data, id.encode(), sha256.encode(), *pieces) == []
        return id, sha256

    async def connected() -> tuple[str, str]:
        async with household.bus() as bus, httpx.AsyncClient(base_url=household.url, timeout=60) as client:
            return await scenario(bus, client)

    id, sha256 = asyncio.run(connected())
    household.stop()
    assert holding(household.data, id.encode(), sha256.encode()) == []
