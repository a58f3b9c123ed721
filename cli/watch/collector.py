"""What goes on in a running Heckler, frame by frame: from JetStream's API and the live subjects, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import Any

from nats.aio.msg import Msg

from bus.client import Bus, BusDown, LogRefused
from bus.jetstream.direct_get import Message, message_of
from bus.roast.product import WRITER
from bus.service.presence import ServiceInfo
from bus.subjects import ALL_EVENTS, ALL_LIVE, probe
from bus.topology import AGGREGATOR, ANALYZE, DEAD, PHOTOS
from cli.watch.stages import JOIN, WHOLE, WRITE, Figures, Stages, Window, figures

WINDOW_S = 60.0
LOOK_BACK = 1000
"""Events of the log that the first frame begins with, as far as they are younger than the window."""
_STAGES = {AGGREGATOR.name: JOIN, WRITER.name: WRITE}


@dataclass(frozen=True)
class Consumer:
    """A durable: events that wait for it, that are in hand, and among these those that were tried before."""

    name: str
    stage: str
    stream: str
    lag: int
    in_flight: int
    redelivered: int
    per_s: float | None
    """Deliveries a second since the frame before; None in the first one."""


@dataclass(frozen=True)
class Stream:
    """What a stream holds; `limit` in bytes, None for none."""

    name: str
    messages: int
    bytes: int
    limit: int | None


@dataclass(frozen=True)
class Frame:
    """One look at everything. `endings`, `stages` are those of the last `window_s` seconds."""

    at: float
    window_s: float
    consumers: tuple[Consumer, ...]
    stages: dict[str, Figures]
    endings: dict[str, int]
    services: tuple[ServiceInfo, ...]
    streams: tuple[Stream, ...]
    dead: int
    storage: int
    away: tuple[str, ...] = ()
    """Streams and consumers that a cluster knows of and cannot reach: the server that holds them is gone."""
    disk_free: int | None = None
    """Bytes on the log's disk; None where `heckler up` did not start its server."""
    unwritable: dict[str, str] = field(default_factory=dict)
    """Stream → why nothing is stored in it."""
    trouble: str = ""
    """Why no new photo can be taken in."""

    def document(self) -> dict[str, Any]:
        """As JSON shows it."""
        return asdict(self)


class Watcher:
    """Listens to everything that happens, and takes frames."""

    def __init__(self, bus: Bus, window_s: float = WINDOW_S) -> None:
        self._bus = bus
        self._stages, self._window = Stages(), Window(window_s)
        self._seen = 0
        self._delivered: dict[str, tuple[float, int]] = {}
        self._waiting: list[Message] | None = []
        self._away: set[str] = set()

    async def frames(self, interval_s: float) -> AsyncIterator[Frame | None]:
        """A frame now, and one every `interval_s` seconds; None for a look that the log did not answer.

        Raises BusDown, LogRefused, ReadFailed where it does not even answer at first.
        """
        subscription = await self._bus.nc.subscribe(ALL_LIVE, cb=self._on_message)
        try:
            await self._catch_up()
            await self._bus.health.look()
            self._bus.health.start()
            began_well = False
            while True:
                began = time.monotonic()
                try:
                    frame = await self._frame()
                except (BusDown, LogRefused):  # a server of a cluster is gone, and another is to take its place
                    if not began_well:
                        raise
                    frame = None
                yield frame
                began_well = True
                await asyncio.sleep(max(0.0, interval_s - (time.monotonic() - began)))
        finally:
            if not self._bus.nc.is_closed:
                await subscription.unsubscribe()

    async def _catch_up(self) -> None:
        """The last minute, as far as the log tells; what came in live meanwhile is taken after it."""
        last = (await self._bus.api(f"STREAM.INFO.{PHOTOS}"))["state"]["last_seq"]
        past = await self._bus.reader.after(PHOTOS, ALL_EVENTS, max(0, last - LOOK_BACK))
        waiting, self._waiting = self._waiting or [], None
        for message in (*past, *waiting):
            self._take(message)

    async def _on_message(self, msg: Msg) -> None:
        header = msg.headers or {}
        if "Nats-Sequence" not in header:
            return  # ephemeral: it tells of no stage
        message = message_of(msg, header)
        if self._waiting is not None:
            self._waiting.append(message)
        else:
            self._take(message)

    def _take(self, message: Message) -> None:
        if message.seq > self._seen and message.subject.count(".") >= 2:
            self._seen = message.seq
            self._window.add(self._stages.take(message))

    async def _frame(self) -> Frame:
        self._away.clear()
        streams = [_stream(one) for one in await self._listed("STREAM.LIST", "streams")]
        if PHOTOS in self._away:
            raise BusDown(f"{PHOTOS} cannot be reached")
        consumers = [
            self._consumer(one)
            for stream in streams
            for one in await self._listed(f"CONSUMER.LIST.{stream.name}", "consumers")
        ]
        account = await self._bus.api("INFO", patience=0)
        services = await self._bus.services()
        look = self._bus.health.last
        now = time.time()
        samples = self._window.at(now)
        ways = [sample.how for sample in samples if sample.stage == WHOLE]
        return Frame(
            at=now,
            window_s=self._window.seconds,
            consumers=tuple(sorted(consumers, key=lambda each: each.name)),
            stages=figures(samples, self._window.seconds),
            endings={how: ways.count(how) for how in sorted(set(ways))},
            services=tuple(services.values()),
            streams=tuple(sorted(streams, key=lambda each: -each.bytes)),
            dead=await self._letters(),
            storage=int(account["storage"]),
            away=tuple(sorted(self._away)),
            disk_free=look.disk.free if look.disk else None,
            unwritable=dict(look.failing),
            trouble=str(look.trouble or ""),
        )

    async def _letters(self) -> int:
        """Dead letters; not what `bus.jetstream.health` writes among them for an instant, or for longer where its
        server died."""
        if DEAD in self._away:
            return 0
        probes = {"subjects_filter": probe(DEAD)}
        held = (await self._bus.api(f"STREAM.INFO.{DEAD}", probes, patience=0))["state"]
        subjects: dict[str, int] = held.get("subjects") or {}
        return int(held["messages"]) - sum(subjects.values())

    async def _listed(self, call: str, what: str) -> list[dict[str, Any]]:
        """All pages of a listing. What a cluster knows of and cannot reach now is remembered as away."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self._bus.api(call, {"offset": len(found)}, patience=0)
            self._away.update(page.get("missing") or ())
            found += page[what] or []
            if len(found) >= page["total"] or not page[what]:
                return found

    def _consumer(self, info: dict[str, Any]) -> Consumer:
        name, at, delivered = info["name"], time.monotonic(), int(info["delivered"]["consumer_seq"])
        before, self._delivered[name] = self._delivered.get(name), (at, delivered)
        per_s = max(0, delivered - before[1]) / max(at - before[0], 1e-9) if before else None
        return Consumer(
            name=name,
            stage=_STAGES.get(name, name.removeprefix(ANALYZE)),
            stream=info["stream_name"],
            lag=info["num_pending"],
            in_flight=info["num_ack_pending"],
            redelivered=info["num_redelivered"],
            per_s=None if per_s is None else round(per_s, 2),
        )


def _stream(info: dict[str, Any]) -> Stream:
    config, state = info["config"], info["state"]
    limit = config.get("max_bytes", -1)
    return Stream(config["name"], state["messages"], state["bytes"], limit if limit > 0 else None)
