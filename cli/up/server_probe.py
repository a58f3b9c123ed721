"""Asks a NATS server whether it works: a connection of its own, the greeting, a ping. An open port alone says nothing:
the kernel accepts connections for a process that stands still."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

LONGEST_LINE = 64 << 10
"""Bytes of a greeting: a server of a cluster lists all others in it."""


async def nats_answers(url: str, timeout: float) -> bool:
    """Whether the server at `nats://USER:PASSWORD@HOST:PORT` greets and answers a ping within `timeout` seconds."""
    try:
        async with asyncio.timeout(timeout):
            return await _asked(url)
    except (OSError, ValueError, TimeoutError):
        return False


async def _asked(url: str) -> bool:
    where = urlsplit(url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port, limit=LONGEST_LINE)
    try:
        if not (await reader.readline()).startswith(b"INFO "):
            return False
        options = {"user": where.username, "pass": where.password, "name": "heckler-supervisor", "verbose": False}
        writer.write(b"CONNECT %s\r\nPING\r\n" % json.dumps(options).encode())
        while line := await reader.readline():  # it may say other things in between
            if line.startswith((b"PONG", b"-ERR")):  # to refuse something is an answer, too
                return True
        return False
    finally:
        writer.transport.abort()
