"""What a client may cost: how many connections there are, how long each may keep the gateway waiting.

uvicorn times idle connections only. Here the head of every request is timed, and what is left of a body that was
answered already; a client that does not read is dropped before its answer piles up; and at the limit of connections
those that keep the gateway waiting make room. A body that is being taken in has a clock of its own (`upload_s`).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bus.settings import Settings
from gateway.http.headers import ResponseHeaders
from gateway.http.problems import Problem, answer
from gateway.metrics import DROPPED

MAX_CONNECTIONS = 10_000
"""Connections that are accepted where the descriptors suffice: each takes some 30 kB of memory."""
OWN = 256
"""Descriptors that the gateway keeps for files, children and NATS, or a quarter where there are few."""
SPARE = 64
"""Connections over the limit that get an answer which says so; any more are closed without one."""
VANISHED_S = 60
"""Seconds after which the kernel may take a client for gone that acknowledges nothing; `check` drops others sooner."""
LINGER_S = 2.0
"""Seconds for the body of a request that is refused: most clients look for an answer when they have sent it all."""


@dataclass(frozen=True)
class Limits:
    """What holds for all connections of a server, and which of them keep it waiting, the longest first."""

    head_s: float
    unread_s: float
    connections: int
    waiting: dict[Connection, float] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, descriptors: int) -> Limits:
        """What the settings say; without a number of connections, what `descriptors` leave room for."""
        room = max(1, descriptors - SPARE - min(OWN, descriptors // 4))
        most = settings.max_connections or MAX_CONNECTIONS
        return cls(settings.head_s, settings.unread_s, min(most, room))


class Connection(H11Protocol):
    """A client's connection. Made by `limited`; `check` is called about twice a second."""

    limits: ClassVar[Limits]

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._idle = False
        self._unread, self._read_at = 0, self.loop.time()
        self._wait()
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self.limits.waiting.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._idle:  # the next head begins
            self._wait()
        self._idle = False
        super().data_received(data)
        self._note()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._note()
        self._idle = self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def check(self, now: float) -> None:
        """Ends the connection when its client has taken too long, to ask or to read."""
        if self._reads_nothing(now):
            self._drop("unread")
        elif not self._idle and now - self.limits.waiting.get(self, now) > self.limits.head_s:
            self._end_late()

    def _wait(self) -> None:
        """Puts it last among those that keep the gateway waiting."""
        self.limits.waiting.pop(self, None)
        self.limits.waiting[self] = self.loop.time()

    def _note(self) -> None:
        theirs, ours = self.conn.their_state, self.conn.our_state
        if theirs is h11.IDLE or (theirs is h11.SEND_BODY and ours is h11.DONE):
            self.limits.waiting.setdefault(self, self.loop.time())
        else:
            self.limits.waiting.pop(self, None)

    def _reads_nothing(self, now: float) -> bool:
        """Whether the client has read nothing of what waits for it for too long. Only where nothing more is written:
        elsewhere the writer is held back at some 64 KiB anyway."""
        settled = self.flow.write_paused or self.cycle is None or self.cycle.response_complete
        unread = self.transport.get_write_buffer_size() if settled else 0
        if not unread or unread < self._unread:
            self._read_at = now
        self._unread = unread
        return bool(unread) and now - self._read_at > self.limits.unread_s

    def _make_room(self) -> None:
        longest = next((each for each in self.limits.waiting if each is not self), None)
        if longest is not None:
            longest._drop("room")
        elif len(self.connections) > self.limits.connections + SPARE:
            self._drop("full")
        else:
            self.app = _full  # this connection itself: answered once its request has come

    def _end_late(self) -> None:
        """Says so to a client that has sent half a head. One that has sent nothing may only have come early."""
        DROPPED.labels("head").inc()
        self.limits.waiting.pop(self, None)
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            late = Problem("head_timeout", f"Its head was not complete after {self.limits.head_s:g} seconds.")
            response = answer(late)
            for event in (
                h11.Response(status_code=response.status_code, headers=response.raw_headers),
                h11.Data(data=bytes(response.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event))
        self.transport.close()

    def _drop(self, why: str) -> None:
        """Ends it at once, in the kernel too: what a client does not read would stay there for minutes."""
        DROPPED.labels(why).inc()
        self.limits.waiting.pop(self, None)
        with contextlib.suppress(OSError, AttributeError):
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()


def limited(limits: Limits) -> type[Connection]:
    """The protocol for `uvicorn.Config(http=…)`."""
    return type("LimitedConnection", (Connection,), {"limits": limits})


def check_all(connections: Iterable[Any], now: float) -> None:
    """Ends connections with clients that have taken too long."""
    for each in list(connections):
        if isinstance(each, Connection):
            each.check(now)


def let_vanish(listening: socket.socket, unread_s: float) -> None:
    """Has the kernel give up clients that vanished without closing, where it can do so (Linux): what is sent to them is
    not acknowledged. Connections inherit this from the socket that accepted them."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with contextlib.suppress(OSError):  # not TCP
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * (unread_s + VANISHED_S)))


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers one request with `too_many_connections`, once its body is here or has taken LINGER_S."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while (await receive()).get("more_body"):
                pass
    refusal = Problem("too_many_connections", "As many are open as this gateway may have.")
    await answer(refusal)(scope, receive, send)


_full = ResponseHeaders(_refuse)
