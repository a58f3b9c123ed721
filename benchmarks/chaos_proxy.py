"""A TCP proxy before a NATS server, which can cut or hold the connections of one service: a partition in one process.

Every service of a `heckler up` connects to it, since `benchmarks/chaos_startup/sitecustomize.py` puts its port in
place of the server's. It tells them apart by the name in their CONNECT.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field

_NAME = re.compile(rb'"name":\s*"heckler-(\w+)"')
_CHUNK = 1 << 16


class _Gate:
    """Open, or held: then data that passes waits."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.opened.set()

    def hold(self, held: bool) -> None:
        self.opened.clear() if held else self.opened.set()


@dataclass(eq=False)
class _Link:
    """One connection through the proxy."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    service: str = ""
    up: _Gate = field(default_factory=_Gate)
    down: _Gate = field(default_factory=_Gate)

    def apply(self, mode: str) -> None:
        """Takes on what a partition demands; '' is none."""
        if mode == "cut":
            for writer in self.writers:
                writer.transport.abort()
        self.up.hold(mode in ("stall", "stall-up"))
        self.down.hold(mode in ("stall", "stall-down"))


class Proxy:
    """Listens on `port` once started, and connects to `upstream` on the loopback interface."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._links: set[_Link] = set()
        self._modes: dict[str, str] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for link in list(self._links):
            link.apply("cut")

    def partition(self, service: str, mode: str) -> None:
        """`cut` ends and refuses connections; `stall` holds bytes both ways, `stall-up` those to the server only,
        `stall-down` those from it; '' heals. Held bytes arrive afterwards, as TCP has it."""
        self._modes[service] = mode
        for link in list(self._links):
            if link.service == service:
                link.apply(mode)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            writer.transport.abort()  # the server is away: so it looks to its clients
            return
        link = _Link((writer, far_writer))
        self._links.add(link)
        ways = [
            asyncio.create_task(self._relay(link, reader, far_writer, link.up, names=True)),
            asyncio.create_task(self._relay(link, far_reader, writer, link.down)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)  # each side's end is the other's
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._links.discard(link)
            link.apply("cut")

    async def _relay(
        self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: _Gate, names: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                if names and not link.service and (found := _NAME.search(data)):
                    link.service = found[1].decode()
                    link.apply(self._modes.get(link.service, ""))
                await gate.opened.wait()
                writer.write(data)
                await writer.drain()
