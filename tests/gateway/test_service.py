"""The gateway as a process: it leaves when told to, and takes its children along however it goes."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.service import bind

ROOT = Path(__file__).resolve().parents[2]
SERVE = """
import asyncio, os, socket
from bus.settings import Settings
from gateway.service import serve
asyncio.run(serve(Settings(), socket.socket(fileno=int(os.environ["LISTENING"]))))
"""


class Process:
    """`serve` in a process of its own, on a socket that it inherits. Its standard output is a pipe, which all of its
    children inherit: that pipe's end tells when the last of them is gone."""

    def __init__(self, settings: Any) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.family, theirs = os.pipe()
        environment = {
            **os.environ,
            "HECKLER_NATS_URL": settings.nats_url,
            "HECKLER_DATA": str(settings.data),
            "LISTENING": str(listening.fileno()),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE], cwd=ROOT, env=environment, pass_fds=(listening.fileno(),), stdout=theirs
        )
        os.close(theirs)
        listening.close()

    def family_is_gone(self) -> bool:
        """Waits until no process holds the other end of the pipe any more."""
        while select.select([self.family], [], [], 30)[0]:
            if not os.read(self.family, 4096):
                return True
        return False


@pytest.fixture
def process(crowd: Any) -> Iterator[Process]:
    made = Process(crowd.settings_for("gateway"))
    with httpx.Client(base_url=made.url, timeout=30) as http:
        while (answer := http.get("/api/analyzers")).status_code != 200 or not answer.json():
            assert made.process.poll() is None
    yield made
    made.process.kill()
    made.process.wait()
    os.close(made.family)


def test_told_to_stop_it_ends_its_streams_and_leaves_in_good_order(
    process: Process, make_photo: Callable[[], bytes]
) -> None:
    with httpx.Client(base_url=process.url, timeout=30) as http:
        id = http.post("/api/roasts", files={"photo": ("p", make_photo())}).json()["id"]
        with http.stream("GET", f"/api/roasts/{id}/events") as answer:
            lines = answer.iter_lines()
            assert next(line for line in lines if line == "event: submitted")
            process.process.send_signal(signal.SIGTERM)
            rest = list(lines)  # ends, and as a stream should: httpx would raise for one that broke off
    assert not any(line.startswith("event:") for line in rest)
    assert process.process.wait(30) == 0
    assert process.family_is_gone()


def test_killed_it_leaves_no_decoder_behind(process: Process) -> None:
    process.process.kill()
    assert process.process.wait(30) == -signal.SIGKILL
    assert process.family_is_gone()


def test_small_events_leave_at_once(crowd: Any) -> None:
    with bind(crowd.settings_for("gateway").model_copy(update={"port": 0})) as listening:
        assert listening.proto == socket.IPPROTO_TCP  # what asyncio wants to see before it sets TCP_NODELAY
