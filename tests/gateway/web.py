"""The Internet as a test makes it: every public address leads to one real server on this machine."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpcore
import httpx

CERTIFICATE = Path(__file__).with_name("photos.example.pem")
"""Of `photos.example`, with its key, signed by itself; of no use for anything else."""
Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def http(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(to: str) -> bytes:
    return http(status="302 Found", Location=to)


class Web(httpcore.AsyncNetworkBackend):
    """What is connected to, asked for and named in the TLS handshake, and the answers by path."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.connected: list[tuple[str, int]] = []
        self.heads: list[str] = []
        self.names: list[str | None] = []
        self._real = httpcore.AnyIOBackend()
        self._ports: dict[bool, int] = {}

    async def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        return await self._real.connect_tcp("127.0.0.1", self._ports[port == 443], *args, **options)

    @property
    def transport(self) -> httpx.AsyncHTTPTransport:
        """The transport that `fetch` uses otherwise, with this as its network."""
        trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
        made = httpx.AsyncHTTPTransport(verify=trusting)
        made._pool = httpcore.AsyncConnectionPool(ssl_context=trusting, network_backend=self)
        return made

    @asynccontextmanager
    async def up(self) -> AsyncIterator[Web]:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(CERTIFICATE)
        secure.sni_callback = lambda _, name, __: self.names.append(name)
        plain = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        tls = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=secure)
        self._ports = {False: plain.sockets[0].getsockname()[1], True: tls.sockets[0].getsockname()[1]}
        async with plain, tls:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heads.append(head)
            answer = self.answers[head.split()[1]]
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):  # the other side has had enough
            pass
        finally:
            writer.close()
