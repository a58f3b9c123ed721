"""Which services are running: each registers as a NATS micro service, and publishes when it starts and stops."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.micro import add_service
from nats.micro.service import Service

from bus.jetstream.permissions import NOTICE
from bus.observability.logs import log
from bus.service.tasks import end

POLL_S = 2.0
QUIET_S, SETTLED_S = 0.3, 3.0
"""`start()` waits `QUIET_S` after the last answer, and at most `SETTLED_S` in all."""
GRACE_S = 12.0
"""A service that has not answered for this long is gone. One that restarts within it never left."""
DEAF_S = 3 * POLL_S
"""When not even its own echo has come back for this long, a watcher receives nothing; silence then means nothing."""


_ECHO = b"{}"
"""A watcher publishes it and receives it again: that shows that its connection works. It has no content."""


@dataclass(frozen=True)
class Download:
    """Weights that are on their way to an analyzer: which, how far, and why not if they failed to come."""

    state: Literal["waiting", "fetching", "failed"]
    weights: str
    done: int = 0
    total: int = 0
    """Bytes that are here, and bytes in all."""
    reason: str = ""


@dataclass(frozen=True)
class ServiceInfo:
    """What a service says of itself: an analyzer, or `aggregator`, `writer`."""

    name: str
    group: str = ""
    version: str = ""
    model: str = ""
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Weights that are absent: it would be an analyzer, but does not work."""
    note: str = ""
    """Why it does not work, when that is not for want of weights."""
    fix: str = ""
    """The command that brings what it lacks, to work at all or to work better."""
    runs_on: tuple[tuple[str, str], ...] = ()
    """Model file and the provider that it runs on."""
    arrival: Download | None = None
    """Weights that come by themselves."""

    @property
    def essence(self) -> ServiceInfo:
        """All of it but how far a download is: only a change of this is published at once."""
        return replace(self, arrival=self.arrival and replace(self.arrival, done=0))


class Registration:
    """This process, registered as one service. What it says of itself may change while it runs."""

    def __init__(self, nc: Client, info: ServiceInfo) -> None:
        self.info = info
        self._nc = nc
        self._metadata = _metadata(info)
        self._service: Service | None = None

    async def start(self) -> None:
        """Answers discovery from now on."""
        name = f"heckler-{self.info.name}"
        # the service answers with this very dict, so that what is put into it later is said, too
        self._service = await add_service(self._nc, name=name, version="0.1.0", metadata=self._metadata)
        await self._publish("come", self._metadata)

    async def update(self, info: ServiceInfo) -> None:
        """Answers with `info` from now on. Watchers receive it at once, or with their next poll when only a download
        has gone on."""
        news, self.info = info.essence != self.info.essence, info
        self._metadata.update(_metadata(info))
        if news:
            await self._publish("come", self._metadata)

    async def stop(self) -> None:
        """Answers no more, and publishes that, so that no request waits for it any more."""
        if self._service is not None:
            await self._service.stop()
        await self._publish("gone", self.info.name)

    async def _publish(self, change: str, content: Any) -> None:
        await self._nc.publish(NOTICE, json.dumps({change: content}).encode())


async def register(nc: Client, info: ServiceInfo) -> Registration:
    """Makes this process answer discovery with `info`."""
    registration = Registration(nc, info)
    await registration.start()
    return registration


def _metadata(info: ServiceInfo) -> dict[str, str]:
    return {
        "heckler": info.name,
        "group": info.group,
        "model": info.model,
        "version": info.version,
        "needs": ",".join(info.needs),
        "missing": ",".join(info.missing),
        "note": info.note,
        "fix": info.fix,
        "runs_on": json.dumps(info.runs_on),
        "arrival": json.dumps(asdict(info.arrival)) if info.arrival else "",
    }


def _info(metadata: dict[str, Any]) -> ServiceInfo:
    """Raises ValueError, KeyError or TypeError for metadata that no service of ours has."""

    def names(field: str) -> tuple[str, ...]:
        return tuple(name for name in metadata.get(field, "").split(",") if name)

    texts = {field: metadata.get(field, "") for field in ("group", "version", "model", "note", "fix")}
    runs_on = tuple((str(model), str(provider)) for model, provider in json.loads(metadata.get("runs_on") or "[]"))
    arrival = json.loads(metadata.get("arrival") or "null")
    return ServiceInfo(
        name=metadata["heckler"],
        needs=names("needs"),
        missing=names("missing"),
        runs_on=runs_on,
        arrival=Download(**arrival) if arrival else None,
        **texts,
    )


class Presence:
    """Watches which services run: asks every two seconds, and receives the notices of starts and stops in between."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._seen: dict[str, tuple[float, ServiceInfo]] = {}
        self._inbox = nc.new_inbox()
        self._questions = itertools.count()
        self._task: asyncio.Task[None] | None = None
        self._subscriptions: list[Subscription] = []
        self._changed = asyncio.Event()
        self._heard = time.monotonic()

    async def start(self) -> None:
        """Begins to watch. Services answer one by one: it returns when no new one has answered for `QUIET_S`."""
        await self.stop()  # of an attempt that failed half way
        for subject, on_message in ((f"{self._inbox}.*", self._on_info), (NOTICE, self._on_notice)):
            self._subscriptions.append(await self._nc.subscribe(subject, cb=on_message))
        self._task = asyncio.create_task(self._poll())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_S):
                await self.changed(SETTLED_S)
                while await self.changed(QUIET_S):
                    pass

    async def wait_for(self, names: Collection[str], patience: float) -> None:
        """Waits until all of `names` have answered, at most `patience` seconds. A busy service answers late, and one
        that has stopped does not answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not self.now().keys() >= set(names):
                    await self.changed(patience)

    async def answering(self, names: Collection[str], patience: float) -> set[str]:
        """Which of `names` answer a question asked now, and lack nothing. Waits at most `patience` seconds.

        A process that is frozen or dead does not answer, though `now()` knows of it for a while. Watches nothing.
        """
        answered: set[str] = set()
        complete = asyncio.Event()

        async def on_answer(msg: Msg) -> None:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                info = _info(json.loads(msg.data).get("metadata") or {})
                if info.name in names and not info.missing:
                    answered.add(info.name)
                if answered.issuperset(names):
                    complete.set()

        inbox = self._nc.new_inbox()
        subscription = await self._nc.subscribe(inbox, cb=on_answer)
        try:
            await self._nc.publish("$SRV.INFO", b"", reply=inbox)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await complete.wait()
        finally:
            await subscription.unsubscribe()
        return answered

    async def stop(self) -> None:
        await end(self._task)
        while self._subscriptions:
            with contextlib.suppress(errors.Error):
                await self._subscriptions.pop().unsubscribe()

    def now(self) -> dict[str, ServiceInfo]:
        """The services that answered within the last `GRACE_S`, by name."""
        horizon = min(time.monotonic(), self._heard + DEAF_S) - GRACE_S
        return {name: info for name, (at, info) in sorted(self._seen.items()) if at > horizon}

    async def changed(self, timeout: float) -> bool:
        """Waits until a service starts, changes or stops; False when none did in time."""
        self._changed.clear()
        try:
            async with asyncio.timeout(timeout):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def _poll(self) -> None:
        while True:
            try:
                await self._ask()
            except (errors.Error, OSError, RuntimeError) as error:  # the connection goes away just now, or is choked
                log.debug("presence.unasked", error=repr(error))
            await asyncio.sleep(POLL_S)

    async def _ask(self) -> None:
        # a reply subject of its own each time: a service's permission to answer is counted by it
        if self._nc.is_connected:
            await self._nc.publish(NOTICE, _ECHO)
            await self._nc.publish("$SRV.INFO", b"", reply=f"{self._inbox}.{next(self._questions)}")

    def _message_came(self) -> None:
        """Notes that messages arrive. After a time without any, the services seen before it count as present as long as
        they did then: their answers had no way to arrive."""
        now = time.monotonic()
        deaf = now - self._heard - DEAF_S
        if deaf > 0:
            self._seen = {name: (at + deaf, info) for name, (at, info) in self._seen.items()}
        self._heard = now

    async def _on_info(self, msg: Msg) -> None:
        self._message_came()
        with contextlib.suppress(ValueError, KeyError, TypeError):
            metadata = json.loads(msg.data).get("metadata") or {}
            if "heckler" in metadata:
                self._note(_info(metadata))

    async def _on_notice(self, msg: Msg) -> None:
        self._message_came()
        if msg.data == _ECHO:
            return
        with contextlib.suppress(ValueError, KeyError, TypeError):
            notice = json.loads(msg.data)
            if "come" in notice:
                self._note(_info(notice["come"]))
            elif self._seen.pop(notice["gone"], None):
                self._changed.set()
                await self._ask()  # a replica may still be there

    def _note(self, info: ServiceInfo) -> None:
        known = self._seen.get(info.name)
        # a replica without weights does not hide one that has them
        if known and known[1].missing == () and info.missing and time.monotonic() - known[0] < GRACE_S:
            return
        now = time.monotonic()
        self._seen[info.name] = (now, info)
        if known is None or known[0] <= now - GRACE_S or known[1].essence != info.essence:
            self._changed.set()
