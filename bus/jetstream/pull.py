"""Pulling from a durable consumer: never more in hand than there are free workers, never waiting for a whole batch."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.observability.logs import log
from bus.topology import NS, Durable

DRAIN_S = 2.0
_OF_ACK_WAIT = 0.8
"""The part of `ack_wait` after which a request expires. A process that stands still has asked before, and is sent what
comes until then; what it does not answer is due again when nothing is asked for any more, and waits for its successor.
With requests that lived longer, one process could use up every attempt of a delivery by itself."""
_HEARTBEATS = 2.5
"""Heartbeats of the server while a request waits; it takes two at the least."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What the server says about a delivery, read off its reply subject."""

    stream: str
    attempt: int
    seq: int
    consumer_seq: int
    at: float


def meta_of(reply: str) -> Meta:
    """`$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<delivered>.<sseq>.<cseq>.<ns>.<pending>[.<token>]`, parsed."""
    tokens = reply.split(".")
    stream, _consumer, delivered, sseq, cseq, ns = tokens[2:8] if len(tokens) == 9 else tokens[4:10]
    return Meta(stream, int(delivered), int(sseq), int(cseq), int(ns) / NS)


class Take(Protocol):
    """Starts work on a delivery and calls `done` when its place is free again."""

    def __call__(self, msg: Msg, done: Callable[[], None]) -> None: ...


class Puller:
    """Keeps up to `slots` deliveries of one durable in hand."""

    def __init__(self, nc: Client, durable: Durable, slots: int, take: Take, ack_wait_s: float) -> None:
        self._expires = _OF_ACK_WAIT * ack_wait_s
        self._heartbeat = self._expires / _HEARTBEATS
        self.lost_after = 1.5 * self._expires
        """Seconds without a heartbeat after which a pull request is lost: the server would have ended it by then."""
        self._nc, self._durable, self._slots, self._take = nc, durable, slots, take
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{durable.stream}.{durable.name}"
        self._inbox = nc.new_inbox()
        self._busy = 0
        self._asked = 0
        """Deliveries requested and not yet arrived."""
        self._heard = 0.0
        self._wake = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Pulls until `stop`."""
        subscription = await self._nc.subscribe(self._inbox, cb=self._on_message)
        try:
            while not self._stopping:
                self._wake.clear()
                self._watch_silence()
                await self._top_up()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._heartbeat):
                        await self._wake.wait()
        finally:
            if not self._nc.is_closed:  # what is on its way still arrives, and is given back
                with contextlib.suppress(errors.Error, TimeoutError):
                    await asyncio.wait_for(subscription.drain(), DRAIN_S)

    def stop(self) -> None:
        """Asks for nothing more; what is in hand goes on."""
        self._stopping = True
        self._wake.set()

    def start_over(self) -> None:
        """Forgets what was asked for: the connection was away, and the server with it."""
        self._asked = 0
        self._wake.set()

    async def _top_up(self) -> None:
        free = self._slots - self._busy - self._asked
        # a new request for every single place would double the traffic of quick workers: refill by halves
        if self._stopping or free <= 0 or (self._asked and free * 2 < self._slots) or not self._nc.is_connected:
            return
        request = {"batch": free, "expires": int(self._expires * NS), "idle_heartbeat": int(self._heartbeat * NS)}
        if self._asked == 0:  # as long as nothing was asked for, silence meant nothing
            self._heard = asyncio.get_running_loop().time()
        self._asked += free
        await self._nc.publish(self._subject, json.dumps(request).encode(), reply=self._inbox)

    def _watch_silence(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._asked and now - self._heard > self.lost_after and self._nc.is_connected:
            log.warning("pull.silent", durable=self._durable.name, seconds=round(now - self._heard, 1))
            self._asked = 0

    async def _on_message(self, msg: Msg) -> None:
        self._heard = asyncio.get_running_loop().time()
        if msg.reply.startswith("$JS.ACK") and self._stopping:
            await self._nc.publish(msg.reply, b"-NAK")  # for another replica, now and not when its time is over
        elif msg.reply.startswith("$JS.ACK"):
            self._asked = max(0, self._asked - 1)
            self._busy += 1
            self._take(msg, self._done)
        elif (status := (msg.headers or {}).get("Status")) != "100":
            # 408 expired, 404 none, 409 deleted or moved, 503 away: the rest of a request will not come
            pending = (msg.headers or {}).get("Nats-Pending-Messages")
            self._asked = max(0, self._asked - int(pending)) if pending else 0
            if status not in ("408", "404"):
                await asyncio.sleep(0.2)
            self._wake.set()

    def _done(self) -> None:
        self._busy -= 1
        self._wake.set()
