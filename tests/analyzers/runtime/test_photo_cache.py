"""What is kept at hand of the latest photos: fetched once, and never past a deletion."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analyzers.runtime.photo_cache import PhotoCache
from bus.client import Bus
from bus.events import Feature, PhotoRef, Submitted, new_id
from bus.findings import Facts
from bus.topology import FEATURES

Run = Callable[[Any], Any]


def request(sha256: str) -> Submitted:
    id, now = new_id(), time.time()
    photo = PhotoRef(key=id, sha256=sha256, width=4, height=3, bytes=2)
    return Submitted(
        product="roast", id=id, photo=photo, facts=Facts(), expects=("x",), join_by=now + 60, expire_by=now + 600
    )


def feature(analyzer: str) -> Feature:
    return Feature(id="", at=1.0, analyzer=analyzer, status="ok", finding=Facts())


async def reads(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The photos whose findings are read from now on."""
    seen, of = list[str](), bus.findings.of

    async def counted(sha256: str) -> dict[str, Feature]:
        seen.append(sha256)
        return await of(sha256)

    monkeypatch.setattr(bus.findings, "of", counted)
    return seen


def test_however_many_analyzers_ask_what_is_known_is_read_once(
    nats_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyzers.runtime.photo_cache.IDLE_S", 600.0)

    async def scenario() -> None:
        async with nats_server.bus() as bus:
            sha256 = new_id()
            await PhotoCache(bus).keep(f"{sha256}.faces.1", feature("faces"))
            seen, photo_cache, asked = await reads(bus, monkeypatch), PhotoCache(bus), request(sha256)
            while (known := await photo_cache.found(asked, f"{sha256}.faces.1")) is None:
                asked = request(sha256)  # keeping is not waited for; a later request finds it
            before = len(seen)
            assert known == feature("faces")
            assert await photo_cache.found(asked, f"{sha256}.pose.1") is None
            assert len(seen) == before

    run(scenario())


def test_what_is_found_meanwhile_is_known_to_other_requests_with_the_same_photo(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            photo_cache, sha256 = PhotoCache(bus), new_id()
            one, same, other = request(sha256), request(sha256), request(new_id())
            for asked in (one, same, other):
                assert await photo_cache.found(asked, f"{sha256}.faces.1") is None
            await photo_cache.keep(f"{sha256}.faces.1", feature("faces"))
            assert await photo_cache.found(same, f"{sha256}.faces.1") == feature("faces")
            assert await photo_cache.found(other, f"{sha256}.faces.1") is None

    run(scenario())


def test_what_was_deleted_is_not_known_to_a_later_request_with_the_same_photo(nats_server: Any, run: Run) -> None:
    async def scenario() -> None:
        async with nats_server.bus() as bus:
            photo_cache, first = PhotoCache(bus), request(new_id())
            key = f"{first.photo.sha256}.faces.1"
            assert await photo_cache.found(first, key) is None
            await bus.submit(first)
            await photo_cache.keep(key, feature("faces"))
            assert await photo_cache.found(first, key) == feature("faces")
            await bus.erase(first.id)
            assert await photo_cache.found(request(first.photo.sha256), key) is None

    run(scenario())


def test_findings_that_cannot_be_read_are_not_known_and_no_photo_fails_for_it(
    fresh_server: Callable[..., Any], run: Run
) -> None:
    server = fresh_server()

    async def scenario() -> None:
        async with server.bus() as bus:
            await bus.api(f"STREAM.DELETE.{FEATURES}")
            photo_cache = PhotoCache(bus)
            assert await photo_cache.found(request("sha"), "sha.faces.1") is None
            await photo_cache.keep("sha.faces.1", feature("faces"))

    run(scenario())


def resident_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads a process's memory from Linux's /proc, and glibc is meant")
def test_memory_is_given_back_while_photos_keep_coming(
    nats_server: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analyzers.runtime.photo_cache.BUSY_S", 0.2, raising=False)

    async def scenario() -> None:
        async with nats_server.bus() as bus:
            photo_cache = PhotoCache(bus)
            blocks = [bytes(1 << 16) for _ in range(3000)]
            del blocks[:-1]  # the last one keeps the heap from shrinking by itself
            full = resident_mb()
            async with asyncio.timeout(15):
                while resident_mb() > full - 120:
                    await photo_cache.found(request(new_id()), "x")

    run(scenario())
