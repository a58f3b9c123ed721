"""Who is at work right now: every service registers as a NATS micro service, and says when it comes and goes."""

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
"""Whoever begins to watch waits so long for one more answer, and for the first one or all of them."""
GRACE_S = 12.0
"""A service not heard of for this long is gone. One that restarts within it never left."""
DEAF_S = 3 * POLL_S
"""When not even its own echo has come back for this long, a watcher hears nobody; silence then means nothing."""


_ECHO = b"{}"
"""What watchers say to hear themselves. It tells nobody anything."""


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
    fix: str = ""
    """The command that brings what it lacks, to work at all or to work better."""
    runs_on: tuple[tuple[str, str], ...] = ()
    """Model file and the provider that it runs on."""
    arrival: Download | None = None
    """Weights that come by themselves."""

    @property
    def essence(self) -> ServiceInfo:
        """All of it but how far a download is: what is worth telling everybody about."""
        return replace(self, arrival=self.arrival and replace(self.arrival, done=0))


class Registration:
    """This process, registered as one service. What it says of itself may change while it is there."""

    def __init__(self, nc: Client, alive: ServiceInfo) -> None:
        self.alive = alive
        self._nc = nc
        self._metadata = _metadata(alive)
        self._service: Service | None = None

    async def take(self) -> None:
        """Answers discovery from now on."""
        name = f"heckler-{self.alive.name}"
        # the service answers with this very dict, so that what is put into it later is said, too
        self._service = await add_service(self._nc, name=name, version="0.1.0", metadata=self._metadata)
        await self._tell("come", self._metadata)

    async def say(self, alive: ServiceInfo) -> None:
        """Presents itself as `alive` from now on. Those who watch hear of it at once, or with the next poll when only
        a download has gone on."""
        news, self.alive = alive.essence != self.alive.essence, alive
        self._metadata.update(_metadata(alive))
        if news:
            await self._tell("come", self._metadata)

    async def leave(self) -> None:
        """Takes leave, so that nobody waits for it any more."""
        if self._service is not None:
            await self._service.stop()
        await self._tell("gone", self.alive.name)

    async def _tell(self, what: str, whom: Any) -> None:
        await self._nc.publish(NOTICE, json.dumps({what: whom}).encode())


async def register(nc: Client, alive: ServiceInfo) -> Registration:
    """Makes this process answer discovery as `alive`."""
    post = Registration(nc, alive)
    await post.take()
    return post


def _metadata(alive: ServiceInfo) -> dict[str, str]:
    return {
        "heckler": alive.name,
        "group": alive.group,
        "model": alive.model,
        "version": alive.version,
        "needs": ",".join(alive.needs),
        "missing": ",".join(alive.missing),
        "note": alive.note,
        "fix": alive.fix,
        "runs_on": json.dumps(alive.runs_on),
        "arrival": json.dumps(asdict(alive.arrival)) if alive.arrival else "",
    }


def _alive(metadata: dict[str, Any]) -> ServiceInfo:
    """Raises ValueError, KeyError or TypeError for what no service of ours has said."""

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
    """Watches who is there: asks every two seconds, and listens to those who come and go in between."""

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
        """Begins to watch, and returns when nobody new has answered for a moment: they answer one by one."""
        await self.stop()  # of an attempt that failed half way
        for subject, hear in ((f"{self._inbox}.*", self._on_info), (NOTICE, self._on_notice)):
            self._subscriptions.append(await self._nc.subscribe(subject, cb=hear))
        self._task = asyncio.create_task(self._poll())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_S):
                await self.changed(SETTLED_S)
                while await self.changed(QUIET_S):
                    pass

    async def hear(self, names: Collection[str], patience: float) -> None:
        """Waits until all of `names` have answered, for a busy one takes its time; or not, for one may have left."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not self.now().keys() >= set(names):
                    await self.changed(patience)

    async def answering(self, names: Collection[str], patience: float) -> set[str]:
        """Which of `names` answer a question asked now, and lack nothing; at most `patience` seconds are waited for it.

        A process that is frozen or dead does not answer, though `now()` knows of it for a while. Watches nothing.
        """
        answered: set[str] = set()
        complete = asyncio.Event()

        async def on_answer(msg: Msg) -> None:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                alive = _alive(json.loads(msg.data).get("metadata") or {})
                if alive.name in names and not alive.missing:
                    answered.add(alive.name)
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
        """Everybody heard of lately, by name."""
        horizon = min(time.monotonic(), self._heard + DEAF_S) - GRACE_S
        return {name: alive for name, (at, alive) in sorted(self._seen.items()) if at > horizon}

    async def changed(self, timeout: float) -> bool:
        """Waits until somebody new appears or leaves; False when nobody did in time."""
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

    def _hear_again(self) -> None:
        """Something came through. After a time without anything, those heard of before it are as present as then: they
        had no way to say that they are there."""
        now = time.monotonic()
        deaf = now - self._heard - DEAF_S
        if deaf > 0:
            self._seen = {name: (at + deaf, alive) for name, (at, alive) in self._seen.items()}
        self._heard = now

    async def _on_info(self, msg: Msg) -> None:
        self._hear_again()
        with contextlib.suppress(ValueError, KeyError, TypeError):
            metadata = json.loads(msg.data).get("metadata") or {}
            if "heckler" in metadata:
                self._note(_alive(metadata))

    async def _on_notice(self, msg: Msg) -> None:
        self._hear_again()
        if msg.data == _ECHO:
            return
        with contextlib.suppress(ValueError, KeyError, TypeError):
            notice = json.loads(msg.data)
            if "come" in notice:
                self._note(_alive(notice["come"]))
            elif self._seen.pop(notice["gone"], None):
                self._changed.set()
                await self._ask()  # a replica may still be there

    def _note(self, alive: ServiceInfo) -> None:
        known = self._seen.get(alive.name)
        # a replica without weights does not hide one that has them
        if known and known[1].missing == () and alive.missing and time.monotonic() - known[0] < GRACE_S:
            return
        now = time.monotonic()
        self._seen[alive.name] = (now, alive)
        if known is None or known[0] <= now - GRACE_S or known[1].essence != alive.essence:
            self._changed.set()
