"""A child process of the supervisor: tied to it, and giving signs of life."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO

from bus.service.heartbeat import PIPE, STARTING
from cli.up.parent_watch import PARENT


class Child(subprocess.Popen[bytes]):
    """A process in a group of its own, and our end of the pipe on which its event loop says that it runs."""

    heartbeat: int | None = None


def spawn(command: Sequence[str], env: Mapping[str, str], output: IO[bytes] | None = None) -> Child:
    """A child in a process group of its own, tied to this process (see `cli.up.parent_watch`). Call it from the main
    thread.

    The write end of its standard input stays here, unused: the child sees its end when this process is gone. What it
    says goes to `output`, or to where this process says things. Raises OSError.
    """
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    try:
        child = Child(
            list(command),
            env={**env, PARENT: str(os.getpid()), PIPE: str(theirs)},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            process_group=0,
            pass_fds=(theirs,),
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    child.heartbeat = ours
    return child


def signs_of_life(process: subprocess.Popen[bytes]) -> bytes:
    """What a child has written since the last time; nothing for one that is silent, or that has no such pipe."""
    said = b""
    if isinstance(process, Child) and process.heartbeat is not None:
        with contextlib.suppress(BlockingIOError):
            while more := os.read(process.heartbeat, 65536):
                said = (said + more)[-1024:]
    return said


def starts_again(said: bytes) -> bool:
    """Whether the last thing that a child said is that it starts again."""
    return said.endswith(STARTING)


def clear_away(process: subprocess.Popen[bytes]) -> None:
    """Kills what a dead process left behind in its group, and closes our ends of its pipes."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):  # what cannot be closed properly must not keep the part from being started again
        if process.stdin is not None:
            process.stdin.close()
    if isinstance(process, Child) and process.heartbeat is not None:
        heartbeat, process.heartbeat = process.heartbeat, None
        with contextlib.suppress(OSError):
            os.close(heartbeat)
