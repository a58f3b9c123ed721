"""The first connection: while a command waits for it, it prints once which address it tries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bus.jetstream.embedded_server import EmbeddedServer
from bus.settings import Settings

PROGRAM = """
import asyncio
from bus.client import connect
from bus.observability.logs import configure
from bus.settings import Settings
settings = Settings()
configure(settings, "cli")
async def main():
    bus = await connect(settings, "cli")
    print("connected")
    await bus.close()
asyncio.run(main())
"""


def test_a_server_that_is_not_there_is_named_once_without_its_password_and_waited_for(tmp_path: Path) -> None:
    server = EmbeddedServer(Settings(data=tmp_path))
    more = {"HECKLER_NATS_URL": f"{server.url('cli')},nats://u:secret@nowhere.invalid:4222"}
    waiting = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **more, "PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with waiting:
        try:
            assert waiting.stderr
            warning = waiting.stderr.readline()
            server.start()
            out, rest = waiting.communicate(timeout=60)
        finally:
            waiting.kill()
            server.stop()
    assert "warning" in warning
    assert "HECKLER_NATS_URL" in warning
    assert f"127.0.0.1:{server.port}" in warning
    assert "nowhere.invalid:4222" in warning
    assert "secret" not in warning
    assert server.url("cli").split(":")[2].split("@")[0] not in warning
    assert (out, "unreachable" in rest) == ("connected\n", False)
