"""Whether a process is at work: what the system counts of a real one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cli.up.processor_time import Work, processor_time

BUSY = "print(flush=True)\nwhile True: pass"


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """A process that computes for ever."""
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def test_one_that_computes_is_at_work_and_one_that_was_stopped_is_not(busy: subprocess.Popen[bytes]) -> None:
    work = Work()
    assert work.has_gone_on(busy.pid)  # the first look has nothing to compare with
    while not work.has_gone_on(busy.pid):
        pass
    os.kill(busy.pid, signal.SIGSTOP)
    os.waitpid(busy.pid, os.WUNTRACED)
    work.has_gone_on(busy.pid)
    assert not work.has_gone_on(busy.pid)
    assert work.has_gone_on(os.getpid())  # another process
    os.kill(busy.pid, signal.SIGCONT)


def test_of_one_that_is_gone_nothing_is_said(busy: subprocess.Popen[bytes]) -> None:
    busy.kill()
    busy.wait()
    assert processor_time(busy.pid) is None
    assert Work().has_gone_on(busy.pid)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere that is what is asked anyway")
def test_where_the_system_has_no_proc_it_is_asked_with_ps(
    busy: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert processor_time(busy.pid)
    busy.kill()
    busy.wait()
    assert processor_time(busy.pid) is None
