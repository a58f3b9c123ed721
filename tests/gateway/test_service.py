"""The gateway as a process: it leaves when told to, and takes its children along however it goes."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from typing import Any

import httpx

from gateway.service import bind


def test_told_to_stop_it_ends_its_streams_and_leaves_in_good_order(
    process: Any, make_photo: Callable[[], bytes]
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


def test_killed_it_leaves_no_decoder_behind(process: Any) -> None:
    process.process.kill()
    assert process.process.wait(30) == -signal.SIGKILL
    assert process.family_is_gone()


def test_small_events_leave_at_once(crowd: Any) -> None:
    with bind(crowd.settings_for("gateway").model_copy(update={"port": 0})) as listening:
        assert listening.proto == socket.IPPROTO_TCP  # what asyncio wants to see before it sets TCP_NODELAY
