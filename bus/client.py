"""The bus: one connection to the log. Submit, publish, read, follow, erase."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import nats
from nats import errors
from nats.aio.client import Client

from bus.erasure.overwrite import Erased, erase_photo, sweep
from bus.events import Cancelled, Deadline, Erase, Event, Submitted
from bus.history import History, Stored
from bus.jetstream import consumers
from bus.jetstream.capacity import Capacity
from bus.jetstream.clock import LogClock
from bus.jetstream.codec import encode, headers
from bus.jetstream.direct_get import ReadFailed
from bus.jetstream.finding_cache import Findings
from bus.jetstream.follow import Follower, read_history
from bus.jetstream.health import Health
from bus.jetstream.leader_get import Reader
from bus.jetstream.nats_client import NatsClient
from bus.jetstream.photo_store import PhotoDamaged, PhotoGone, Photos, PhotoUnavailable
from bus.jetstream.publish import BusDown, DiskFull, LogFull, LogRefused, passes, publish
from bus.jetstream.timers import schedule, set_timers, ticket
from bus.jetstream.watchdog import watch
from bus.observability.logs import log
from bus.products import SERVICES, service_of
from bus.service.presence import SETTLED_S, Presence, ServiceInfo
from bus.service.tasks import end
from bus.settings import Settings
from bus.subjects import REST, dead_letters, event, findings, photo_part
from bus.topology import DEAD, FEATURES, IMAGES, PHOTOS, Durable, streams

__all__ = [
    "Bus",
    "BusDown",
    "Erased",
    "LogFull",
    "LogRefused",
    "PhotoDamaged",
    "PhotoGone",
    "PhotoUnavailable",
    "ServiceInfo",
    "connect",
]

SWEEP_AGAIN_S = 5.0
"""Between two tries to take away what was left behind, while the log cannot do it."""
_SILENCE_S = 5.0
"""How long a first connection may take before somebody is told."""


class Bus:
    """One connection, shared by everything in a process. Made by `connect`."""

    def __init__(self, nc: Client, settings: Settings) -> None:
        self.nc = nc
        self.settings = settings
        self.reader = Reader(nc, frozenset({PHOTOS, IMAGES}))
        self.health = Health(nc, settings)
        self.capacity = Capacity(lambda stream: self.api(f"STREAM.INFO.{stream}"), self.health, settings)
        self.photos = Photos(nc, self.reader, self.capacity)
        self.findings = Findings(nc, self.reader)
        self.presence = Presence(nc)
        self.clock = LogClock(lambda: self.api(f"STREAM.INFO.{PHOTOS}", patience=0))
        self.closed = asyncio.Event()
        """Set when the connection is closed: by `close`, or by an error that NATS clients do not reconnect after."""
        self._reconnected = asyncio.Condition()
        self._watching: asyncio.Task[None] | None = None
        self._watchdog = asyncio.create_task(watch(nc, self.closed))
        self._followers: set[Follower] = set()
        self._sweeps: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        return bool(self.nc.is_connected)

    async def submit(self, event: Submitted) -> int:
        """Stores a request's timers, then the request. Raises LogFull, BusDown.

        The timers come first: a crash in between leaves timers of a request that never was, which nobody heeds; a
        request without timers cannot come to be. (Decision 0001 says why this is no atomic batch.)
        """
        await self.capacity.for_request()
        await set_timers(
            self.nc,
            Deadline(id=event.id, what="join", due=event.first_look),
            Deadline(id=event.id, what="expiry", due=event.expire_by),
        )
        seq = await publish(self.nc, event)
        return seq if seq is not None else (await self.latest(event.id, "submitted")).last_seq

    async def schedule(self, deadline: Deadline) -> int | None:
        """Has the server say when a deadline is due; the sequence of the schedule, None when there is one.

        A schedule that has fired is gone, so the same deadline may be set again, as often as it fires."""
        return await schedule(self.nc, deadline)

    async def publish(self, event: Event, patience: float = 10) -> int | None:
        """Stores an event; None when it (or, for an ending, any ending) is there already. Raises BusDown, LogFull."""
        return await publish(self.nc, event, patience)

    async def announce(self, event: Event) -> None:
        """Tells those who watch, and nobody else: not stored, never retried."""
        with contextlib.suppress(errors.Error):
            await self.nc.publish(event.subject, encode(event), headers=headers())

    async def latest(self, id: str, *patterns: str) -> History:
        """What the log holds of a request now (of those subjects, if given); empty when unknown. Raises ReadFailed."""
        return await read_history(self.reader, id, patterns or (">",))

    async def follow(self, id: str, after: int = 0) -> AsyncIterator[Stored]:
        """The request's events after sequence `after`, then what comes, until its ending. `started` has sequence 0."""
        follower = Follower(self.nc, self.reader, id, after)
        self._followers.add(follower)
        events = follower.events()
        try:
            async for stored in events:
                yield stored
        finally:
            self._followers.discard(follower)
            await events.aclose()  # type: ignore[attr-defined]

    async def erase(self, id: str) -> Erased:
        """Forgets a request: stops it, then overwrites its events, its photo and its findings, on the disk too. Raises
        BusDown, LogRefused, ReadFailed.

        Work that is under way may still write something: later sweeps take that away as well. They are ordered before
        anything is removed: a process that dies in between leaves a request half erased for seconds, not for a day.
        From that order on nobody can read anything of the request; where the disk has no room, that is all for now.
        """
        submitted = (await self.latest(id, "submitted")).submitted
        sha256 = submitted.photo.sha256 if submitted else None
        await publish(self.nc, Cancelled(id=id, reason="deleted"))
        await publish(self.nc, Erase(id=id, sha256=sha256))
        return await sweep(self, id, sha256, keep_order=True)

    async def sweep(self, id: str, sha256: str | None) -> Erased:
        """Overwrites every stored trace of a request. What is still at work on it may write more. Raises as `erase`."""
        return await sweep(self, id, sha256)

    async def discard(self, id: str, sha256: str) -> None:
        """Removes a request at once, and leaves it to the server when its files are tidied up: for many requests whose
        photos need not vanish from this disk. Raises BusDown, LogRefused."""
        own = ((PHOTOS, event(id, REST)), (PHOTOS, event(ticket(id), REST)), (DEAD, dead_letters(id)))
        photo = ((IMAGES, photo_part(id)), (FEATURES, findings(sha256)))
        for stream, subject in (*own, *photo):
            await self.api(f"STREAM.PURGE.{stream}", {"filter": subject})

    async def drop_photo(self, key: str) -> Erased:
        """Erases a photo that no request is about. Raises BusDown, LogRefused, ReadFailed."""
        return await erase_photo(self, key)

    def sweep_later(self, id: str) -> None:
        """Has the traces of a request that never came to be removed as soon as the log can do that. They are gone with
        their hour anyway if this process ends first."""
        self._later(lambda: self.sweep(id, None))

    def drop_photo_later(self, key: str) -> None:
        """Has a photo that no request is about removed, in the same way."""
        self._later(lambda: self.drop_photo(key))

    def _later(self, work: Callable[[], Awaitable[Erased]]) -> None:
        task = asyncio.create_task(self._until_done(work))
        self._sweeps.add(task)
        task.add_done_callback(self._sweeps.discard)

    async def _until_done(self, work: Callable[[], Awaitable[Erased]]) -> None:
        while not self.nc.is_closed:
            with contextlib.suppress(BusDown, LogRefused, ReadFailed):
                if (await work()).overwritten:
                    return
            await asyncio.sleep(SWEEP_AGAIN_S)

    async def api(self, subject: str, body: Any = None, patience: float = 10) -> dict[str, Any]:
        """One call of the JetStream API. Raises LogRefused with the server's words, BusDown."""
        deadline = time.monotonic() + patience
        payload = json.dumps(body).encode() if body is not None else b""
        while True:
            try:
                answer = json.loads((await self.nc.request(f"$JS.API.{subject}", payload, timeout=5)).data)
            except (errors.Error, OSError, TimeoutError) as error:
                if time.monotonic() > deadline or self.nc.is_closed:
                    raise BusDown(f"$JS.API.{subject} got no answer ({error!r})") from error
                await asyncio.sleep(0.1)
                continue
            if "error" not in answer:
                return dict(answer)
            code, words = answer["error"].get("err_code", 0), f"{subject}: {answer['error'].get('description')}"
            if not passes(code, words):
                raise LogRefused(words, code)
            if time.monotonic() > deadline:
                raise BusDown(words)
            await asyncio.sleep(0.1)

    async def subjects(self, stream: str, pattern: str, patience: float = 10) -> dict[str, int]:
        """The stored subjects that match `pattern` → how many messages each has. Raises BusDown, LogRefused."""
        found: dict[str, int] = {}
        while True:
            question = {"subjects_filter": pattern, "offset": len(found)}
            page = (await self.api(f"STREAM.INFO.{stream}", question, patience))["state"].get("subjects") or {}
            if not page.keys() - found.keys():
                return found
            found |= page

    async def ensure_streams(self) -> None:
        """Creates the streams and buckets that are missing, and updates those whose settings changed. Raises LogRefused
        with the server's first words, BusDown; not for the cache of findings, whose server may be away."""
        for config in streams(self.settings):
            try:
                await self._ensure_stream(config)
            except BusDown as error:
                if config["name"] != FEATURES:
                    raise
                log.warning("no cache of findings", error=str(error))

    async def _ensure_stream(self, config: dict[str, Any]) -> None:
        try:
            await self.api(f"STREAM.CREATE.{config['name']}", config)
        except LogRefused as refusal:
            await self._update_stream(config, refusal)

    async def _update_stream(self, config: dict[str, Any], refusal: LogRefused) -> None:
        """Brings a stream up to date, less what is not ours to change. Raises `refusal` where there is no such one."""
        name = config["name"]
        try:
            there = (await self.api(f"STREAM.INFO.{name}"))["config"]
        except LogRefused:
            raise refusal from None
        kept = {
            "persist_mode": there.get("persist_mode", "default"),  # no server changes it afterwards
            "num_replicas": config.get("num_replicas", there.get("num_replicas", 1)),
        }
        await self.api(f"STREAM.UPDATE.{name}", {**config, **kept})

    async def ensure_consumer(self, durable: Durable) -> None:
        """Sees to it that a durable consumer is there (`bus.jetstream.consumers`). Raises LogRefused, BusDown."""
        await consumers.ensure(self, durable)

    async def services(self) -> dict[str, ServiceInfo]:
        """Every service heard of lately, by name."""
        if self._watching is None or _has_failed(self._watching):
            self._watching = asyncio.create_task(self.presence.start())
        await asyncio.shield(self._watching)
        return self.presence.now()

    async def analyzers(self) -> dict[str, ServiceInfo]:
        """The analyzers among them, also those that lack weights (see `ServiceInfo.missing`)."""
        return {name: alive for name, alive in (await self.services()).items() if alive.group}

    async def discover(self) -> dict[str, ServiceInfo]:
        """The analyzers, once every service with a consumer in the log has answered, or a moment has passed."""
        if await self.services():
            await self.presence.wait_for(await self._expected_services(), SETTLED_S)
        return await self.analyzers()

    async def _expected_services(self) -> set[str]:
        """The services after whose name a durable consumer is called, at work or not."""
        try:
            names = (await self.api(f"CONSUMER.NAMES.{PHOTOS}"))["consumers"]
        except (BusDown, LogRefused):
            return set()
        return {service for name in names if (service := service_of(name))}

    async def ready(self) -> dict[str, bool]:
        """What requests need, and whether it is there: of the log, what the last look at it found
        (`bus.jetstream.health`)."""
        found, present = await self.health.now(), await self.services()
        answers = self.connected and found.silence is None
        return {
            "nats": answers,
            "stream": answers and not found.needed,
            "disk": not (found.disk and found.disk.is_low) and not isinstance(found.muteness, DiskFull),
            **{name: name in present for name in SERVICES},
            "analyzers": any(alive.group and not alive.missing for alive in present.values()),
        }

    async def close(self) -> None:
        """Sends what is pending and leaves."""
        await end(self._watching, self._watchdog, *self._sweeps)
        await self.health.stop()
        await self.presence.stop()
        with contextlib.suppress(errors.Error, OSError, TimeoutError):
            await asyncio.wait_for(self.nc.flush(), 2)
        with contextlib.suppress(OSError, RuntimeError):  # a server that dies at this very moment; uvloop's word for it
            await self.nc.close()

    async def wait_reconnect(self) -> None:
        """Returns when the connection was away and has come back."""
        async with self._reconnected:
            await self._reconnected.wait()

    def went_away(self) -> None:
        """Tells everybody who follows that messages are being missed."""
        for follower in self._followers:
            follower.cut_off()

    async def back_again(self) -> None:
        """Tells everybody who waits or follows that messages may have been missed."""
        async with self._reconnected:
            self._reconnected.notify_all()
        for follower in self._followers:
            follower.resync()


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


class _Connection:
    """What the NATS client tells of its connection, handed on to the bus once there is one."""

    def __init__(self, nc: Client, service: str) -> None:
        self._nc, self._service = nc, service
        self.bus: Bus | None = None

    async def on_disconnect(self) -> None:
        if not self._nc.is_closed:
            log.warning("nats.disconnected", service=self._service)
        if self.bus:
            self.bus.went_away()

    async def on_reconnect(self) -> None:
        log.info("nats.reconnected", service=self._service)
        if self.bus:
            await self.bus.back_again()

    async def on_close(self) -> None:
        if self.bus:
            self.bus.closed.set()

    async def on_error(self, error: Exception) -> None:
        if not isinstance(error, ConnectionRefusedError | nats.errors.StaleConnectionError | OSError):
            log.warning("nats.error", error=repr(error))


async def connect(settings: Settings, service: str) -> Bus:
    """Connects to the log and goes on trying for ever, then and whenever the connection is lost; says once when the
    first connection takes long. Raises ValueError without HECKLER_NATS_URL."""
    if not settings.nats_url:
        raise ValueError("no NATS server: start `heckler up`, or set HECKLER_NATS_URL to one")
    nc = NatsClient()
    connection = _Connection(nc, service)
    servers = settings.nats_url.split(",")
    telling = asyncio.get_running_loop().call_later(_SILENCE_S, _tell_of_silence, servers)
    try:
        await _open(nc, connection, servers, service)
    finally:
        telling.cancel()
    bus = Bus(nc, settings)
    await bus.reader.start()
    connection.bus = bus
    return bus


def _tell_of_silence(servers: list[str]) -> None:
    hosts = [server.split("://", 1)[-1].rpartition("@")[2] for server in servers]  # never the password before the @
    do = "still trying: is HECKLER_NATS_URL right, does a server run there, does it hang?"
    log.warning("nats.unreachable", servers=hosts, do=do)


async def _open(nc: Client, connection: _Connection, servers: list[str], service: str) -> None:
    await nc.connect(
        servers,
        name=f"heckler-{service}",
        inbox_prefix=f"_INBOX_{service}",
        error_cb=connection.on_error,
        disconnected_cb=connection.on_disconnect,
        reconnected_cb=connection.on_reconnect,
        closed_cb=connection.on_close,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.2,
        connect_timeout=5,
        ping_interval=20,
        pending_size=64 << 20,
    )
