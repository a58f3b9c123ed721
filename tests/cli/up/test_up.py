"""What `heckler up` does with signals."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from cli.up.supervisor import Supervisor
from cli.up.up import _on_signals

HEEDED = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in HEEDED}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def stopped_by(number: signal.Signals) -> bool:
    """Whether that signal alone makes it stop."""

    async def scenario() -> bool:
        supervisor = Supervisor(print)
        stopped, heard = _on_signals(supervisor), asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, heard.set)
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGUSR1)  # what was sent before it has been handled by then
        await heard.wait()
        await supervisor.stop()
        return stopped.is_set()

    return asyncio.run(scenario())


def test_a_hangup_stops_it_unless_it_was_started_by_nohup() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    assert stopped_by(signal.SIGHUP)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert not stopped_by(signal.SIGHUP)


def test_ctrl_c_stops_it_unless_a_script_started_it_in_the_background() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert stopped_by(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert not stopped_by(signal.SIGINT)
