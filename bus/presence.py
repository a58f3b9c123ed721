"""Who is at work right now: every service registers as a NATS micro service, and says when it comes and goes."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.micro import add_service
from nats.micro.service import Service

from bus.tasks import end

NOTICE = "heckler.presence"
POLL_S = 2.0
GRACE_S = 12.0
"""A service not heard of for this long is gone. One that restarts within it never left."""


@dataclass(frozen=True)
class Alive:
    """One kind of service that answers: an analyzer, or `aggregator`, `writer`."""

    name: str
    group: str = ""
    version: str = ""
    model: str = ""
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Weights that are absent: it would be an analyzer, but does not work."""
    note: str = ""
    """Why it does not work, when that is not for want of weights."""


async def register(nc: Client, alive: Alive) -> Service:
    """Makes this process answer discovery as `alive`."""
    metadata = {
        "heckler": alive.name,
        "group": alive.group,
        "model": alive.model,
        "version": alive.version,
        "needs": ",".join(alive.needs),
        "missing": ",".join(alive.missing),
        "note": alive.note,
    }
    service = await add_service(nc, name=f"heckler-{alive.name}", version="0.1.0", metadata=metadata)
    await nc.publish(NOTICE, json.dumps({"come": metadata}).encode())
    return service


async def unregister(nc: Client, service: Service, alive: Alive) -> None:
    """Takes leave, so that nobody waits for it any more."""
    await service.stop()
    await nc.publish(NOTICE, json.dumps({"gone": alive.name}).encode())


def _alive(metadata: dict[str, Any]) -> Alive:
    def names(field: str) -> tuple[str, ...]:
        return tuple(name for name in metadata.get(field, "").split(",") if name)

    texts = {field: metadata.get(field, "") for field in ("group", "version", "model", "note")}
    return Alive(name=metadata["heckler"], needs=names("needs"), missing=names("missing"), **texts)


class Presence:
    """Watches who is there: asks every two seconds, and listens to those who come and go in between."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._seen: dict[str, tuple[float, Alive]] = {}
        self._inbox = nc.new_inbox()
        self._questions = itertools.count()
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    async def start(self) -> None:
        await self._nc.subscribe(f"{self._inbox}.*", cb=self._on_info)
        await self._nc.subscribe(NOTICE, cb=self._on_notice)
        self._task = asyncio.create_task(self._poll())

    async def stop(self) -> None:
        await end(self._task)

    def now(self) -> dict[str, Alive]:
        """Everybody heard of lately, by name."""
        horizon = time.monotonic() - GRACE_S
        return {name: alive for name, (at, alive) in sorted(self._seen.items()) if at > horizon}

    async def changed(self, timeout: float) -> bool:
        """Waits until somebody new appears or leaves; False when nobody did in time."""
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def _poll(self) -> None:
        while True:
            await self._ask()
            await asyncio.sleep(POLL_S)

    async def _ask(self) -> None:
        # a reply subject of its own each time: a service's permission to answer is counted by it
        if self._nc.is_connected:
            await self._nc.publish("$SRV.INFO", b"", reply=f"{self._inbox}.{next(self._questions)}")

    async def _on_info(self, msg: Msg) -> None:
        with contextlib.suppress(ValueError, KeyError):
            metadata = json.loads(msg.data).get("metadata") or {}
            if "heckler" in metadata:
                self._note(_alive(metadata))

    async def _on_notice(self, msg: Msg) -> None:
        with contextlib.suppress(ValueError, KeyError):
            notice = json.loads(msg.data)
            if "come" in notice:
                self._note(_alive(notice["come"]))
            elif self._seen.pop(notice["gone"], None):
                self._changed.set()
                await self._ask()  # a replica may still be there

    def _note(self, alive: Alive) -> None:
        known = self._seen.get(alive.name)
        # a replica without weights does not hide one that has them
        if known and known[1].missing == () and alive.missing and time.monotonic() - known[0] < GRACE_S:
            return
        self._seen[alive.name] = (time.monotonic(), alive)
        if known is None or known[1] != alive:
            self._changed.set()
