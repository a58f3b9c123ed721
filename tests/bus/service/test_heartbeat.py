"""Signs of life: on a supervisor's pipe, and to systemd."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bus.service.heartbeat import BEAT, PIPE, STARTING, beating, tell_of_restart
from bus.settings import Settings


def test_a_running_loop_says_so_again_and_again(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.pipe()
    monkeypatch.setenv(PIPE, str(theirs))

    async def scenario() -> bytes:
        heard = b""
        async with beating(Settings(silent_s=0.5)):
            while len(heard) < 3:
                heard += await asyncio.to_thread(os.read, ours, 100)
        return heard

    assert set(run(scenario())) == set(BEAT)
    tell_of_restart()
    assert os.read(ours, 100).endswith(STARTING)
    os.close(ours)
    tell_of_restart()  # the pipe has no reader any more: no harm done
    os.close(theirs)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="a matter of Unix")
def test_systemd_gets_signs_of_life_from_the_process_that_it_started_and_no_other(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))

        async def scenario() -> bytes:
            async with beating(Settings(silent_s=0.5)):
                return await asyncio.to_thread(systemd.recv, 100)

        assert run(scenario()) == b"WATCHDOG=1"
        systemd.setblocking(False)
        while True:
            try:
                systemd.recv(100)
            except BlockingIOError:
                break
        monkeypatch.setenv("WATCHDOG_PID", "1")

        async def other() -> None:
            async with beating(Settings(silent_s=0.5)):
                await asyncio.sleep(0)

        run(other())
        with pytest.raises(BlockingIOError):
            systemd.recv(100)
