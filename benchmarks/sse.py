"""Server-sent events over a bare socket: thousands of watchers in one process, and as slow as one likes."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LIMIT = 1 << 22
SILENCE_S = 40.0
"""Heartbeats come every fifteen seconds: after this long without a byte the connection is of no use."""


@dataclass(frozen=True)
class Sent:
    """One event: its sequence (0 for what is not stored), its type, its payload."""

    seq: int
    kind: str
    data: dict[str, Any]


class Refused(Exception):
    """The answer is no stream: its status and its body."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        with contextlib.suppress(ValueError):
            self.problem: dict[str, Any] = json.loads(body or b"{}")


async def events(url: str, path: str, after: int = 0) -> AsyncIterator[Sent]:
    """The events of a stream, until the server ends it. Raises Refused, OSError (a connection that breaks or says
    nothing for too long, TimeoutError among them)."""
    reader, writer = await connect(url, path, after)
    try:
        status, length = await head(reader)
        if status != 200:
            body = await reader.readexactly(length) if length else b""
            raise Refused(status, body)
        fields: dict[str, str] = {}
        async for line in _lines(reader):
            if line.startswith(":"):
                continue
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                yield Sent(int(fields.get("id", "0")), fields["event"], json.loads(fields["data"]))
                fields = {}
    except (asyncio.IncompleteReadError, ValueError) as error:
        raise ConnectionResetError(str(error)) from error
    finally:
        writer.transport.abort()


async def connect(url: str, path: str, after: int = 0) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which the stream has been asked for."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    async with asyncio.timeout(SILENCE_S):
        reader, writer = await asyncio.open_connection(host, port, limit=LIMIT)
    resume = f"Last-Event-ID: {after}\r\n" if after else ""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/event-stream\r\n{resume}\r\n".encode())
    return reader, writer


async def head(reader: asyncio.StreamReader) -> tuple[int, int]:
    """The status of an answer, and the length of its body where that is said."""
    async with asyncio.timeout(SILENCE_S):
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    lengths = [line.split(":")[1] for line in text.split("\r\n") if line.startswith("content-length:")]
    return int(text.split()[1]), int(lengths[0]) if lengths else 0


async def _lines(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    """The lines of a body in chunks (RFC 9112 §7.1), until its last chunk."""
    text = ""
    while True:
        async with asyncio.timeout(SILENCE_S):
            size = int(await reader.readuntil(b"\r\n"), 16)
            text += (await reader.readexactly(size + 2))[:size].decode()
        if not size:
            return
        *lines, text = text.split("\n")
        for line in lines:
            yield line
