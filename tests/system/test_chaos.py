"""Nothing lost, nothing twice: SIGKILL for every process, one after the other, while sixty photos are on their way."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from bus.client import Bus

REQUESTS = 60


class Submitter(threading.Thread):
    """Submits photos one after the other; a POST whose answer was lost is sent again, as a person would."""

    def __init__(self, url: str, help: Any) -> None:
        super().__init__()
        self._url, self._help = url, help
        self.accepted: list[str] = []
        self.problems: list[str] = []

    def run(self) -> None:
        for number in range(REQUESTS):
            photo = self._help.noise(number)
            while not self._try(photo):
                threading.Event().wait(0.2)  # the gateway is down: ask again in a moment

    def _try(self, photo: bytes) -> bool:
        try:
            answer = httpx.post(f"{self._url}/api/roasts", files={"photo": ("p.png", photo)}, timeout=30)
        except httpx.TransportError:
            return False
        if answer.status_code == 202:
            self.accepted.append(answer.json()["id"])
            return True
        if answer.status_code != 503:
            self.problems.append(answer.text)
            return True
        return False


async def endings(bus: Bus, ids: set[str]) -> dict[str, str]:
    """How each request ended: from the log, and for those still running from what happens next."""

    async def one(id: str) -> str:
        last = None
        async for stored in bus.follow(id):
            last = stored.event
        return last.type if last else "nothing"

    return dict(zip(ids, await asyncio.gather(*(one(id) for id in ids)), strict=True))


async def subjects(bus: Bus) -> Counter[str]:
    """How many messages the log holds of each subject."""
    info = await bus.api("STREAM.INFO.PHOTOS", {"subjects_filter": "photo.>"})
    return Counter(info["state"]["subjects"])


def test_every_request_ends_once_although_every_process_dies(tmp_path: Path, start: Any, help: Any) -> None:
    system = start(tmp_path / "data", tmp_path / "up.log", HECKLER_ACK_WAIT_S="2", HECKLER_JOIN_S="60")
    try:
        submitter = Submitter(system.url, help)
        submitter.start()
        killed = kill_everybody(system, submitter, help)
        submitter.join()
        assert submitter.problems == []
        assert len(submitter.accepted) == REQUESTS
        assert {"nats-server", "gateway", "aggregator", "writer"} <= killed
        assert sum(name.startswith("analyzers") for name in killed) >= 1
        asyncio.run(check(system, set(submitter.accepted)))
    finally:
        system.stop()


def kill_everybody(system: Any, submitter: Submitter, help: Any) -> set[str]:
    """SIGKILLs each child once, the next one when the last is back and a few more photos have come in."""
    victims, killed = sorted(help.children(system.process.pid)), set()
    for number, name in enumerate(victims):
        while len(submitter.accepted) < number * REQUESTS // (len(victims) + 1) and submitter.is_alive():
            threading.Event().wait(0.02)
        alive = help.children(system.process.pid)
        while name not in alive:
            threading.Event().wait(0.05)
            alive = help.children(system.process.pid)
        os.kill(alive[name], signal.SIGKILL)
        killed.add(name)
    return killed


async def check(system: Any, accepted: set[str]) -> None:
    async with system.bus() as bus:
        # a POST that died after it was stored was sent again: that orphan must end like any other
        submitted = {subject.split(".")[1] for subject in await subjects(bus) if subject.endswith(".submitted")}
        assert accepted <= submitted
        how = await asyncio.wait_for(endings(bus, submitted), 150)
        assert Counter(how.values()) == {"roast": len(submitted)}
        counts = await subjects(bus)
        # (a schedule that is set again after it fired is no event: what it says to a request is stored once)
        assert {subject: n for subject, n in counts.items() if n != 1 and ".due." not in subject} == {}
        ends = Counter(subject.split(".")[1] for subject in counts if ".end." in subject)
        assert ends == dict.fromkeys(submitted, 1)
