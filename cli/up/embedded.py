"""A Heckler for the duration of one command: `heckler up` as a child on a free port."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import IO

from bus.settings import Settings
from cli.connect import run_file
from cli.connect.api_client import Client, Problem
from cli.flags import environment
from cli.up.child import spawn

START_S = 60
STOP_S = 15


@contextlib.contextmanager
def server(settings: Settings, url: str | None) -> Iterator[str]:
    """The address of a Heckler that can roast.

    It is the one at `url`; else the one that runs on this data folder; else the one on this machine's usual port;
    else one that is started here and stopped at the end. Raises Problem.
    """
    if url:
        yield url
        return
    here = run_file.find(settings)
    if here:
        yield _wait_for(settings, here.pid)
        return
    usual = run_file.address(settings.host, settings.port)
    if settings.port and _answers(usual):
        yield usual
        return
    with _started(settings) as address:
        yield address


@contextlib.contextmanager
def _started(settings: Settings) -> Iterator[str]:
    env = {**os.environ, **environment(settings), "HECKLER_PORT": "0", "HECKLER_HOST": "127.0.0.1"}
    with tempfile.TemporaryFile() as log:
        child = spawn([sys.executable, "-m", "cli", "up"], env, log)
        try:
            yield _wait_for(settings, child.pid, child, log)
        finally:
            _stop(child)


def _wait_for(
    settings: Settings, pid: int, child: subprocess.Popen[bytes] | None = None, log: IO[bytes] | None = None
) -> str:
    """The address of the `heckler up` with process id `pid`, as soon as it says that it is ready."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        here = run_file.find(settings)
        if here and here.pid == pid and here.ready:
            return here.url
        if child is not None and child.poll() is not None:
            break
        time.sleep(0.05)
    raise Problem("not_started", f"Heckler did not start:\n{_tail(log)}", "See `heckler doctor`.")


def _tail(log: IO[bytes] | None) -> str:
    if log is None:
        return "the one that runs on this data folder is not ready"
    log.seek(max(0, log.seek(0, os.SEEK_END) - 3000))
    return log.read().decode(errors="replace").strip()


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGTERM)  # the second one kills whatever does not stop by itself
        child.wait(STOP_S)
    finally:
        if child.stdin is not None:
            child.stdin.close()


def _answers(url: str) -> bool:
    with Client(url) as client:
        return client.is_ready()
