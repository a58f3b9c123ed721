"""The lock on an embedded server's folder. Two servers on one store would lose each other's events. The nats-server
itself holds the lock, so the lock names the user of the store even when the parent of that server was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from bus.service.private_files import open_private

_LEAVING_S = 0.5
"""How long a server that is just being killed along with its parent has for that."""
_ORDERLY_S = 5.0
_KILLED_S = 5.0
_LOOK_S = 0.02


_BLANK = b" " * 19 + b"\n"
"""What stands in the file while it is not held: as long as any number is, for a full disk has no room for more."""


class StoreTaken(OSError):
    """Another process uses the folder and could not be ended; the message says which."""


@contextlib.contextmanager
def store_lock(file: Path) -> Iterator[int]:
    """Yields a descriptor that holds the lock, for the server to inherit; here it is closed at the end, and the lock
    goes when the server is gone, however it went.

    A server left behind by a `heckler up` that was killed is ended first. Raises StoreTaken, OSError.
    """
    lock = open_private(file, os.O_RDWR)
    try:
        if not _comes_free(lock, _LEAVING_S):
            _end_holder(lock, file)
        os.pwrite(lock, _BLANK, 0)  # the process that it names is gone, and its number may be given to any other
        yield lock
    finally:
        os.close(lock)  # never unlocked: that would take the lock from the server as well


def sign(lock: int, pid: int) -> None:
    """Writes down which process inherited the lock."""
    os.pwrite(lock, str(pid).encode().ljust(len(_BLANK) - 1) + b"\n", 0)


def _comes_free(lock: int, patience: float) -> bool:
    """Takes the lock; False when it is still held after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_S)  # flock waits for ever or not at all


def _end_holder(lock: int, file: Path) -> None:
    """Ends the server that holds the lock. That it holds it is the proof that the number is still its own."""
    for number, patience in ((signal.SIGTERM, _ORDERLY_S), (signal.SIGKILL, _KILLED_S)):
        if (pid := _holder(lock)) is not None:
            _send(pid, number, file)
        if _comes_free(lock, patience):
            return
    holder = f"process {pid}, which does not end" if pid is not None else "another process"
    raise StoreTaken(f"{file.parent} is in use by {holder}: stop that first")


def _holder(lock: int) -> int | None:
    """The process id in the file; None where its owner has not come to write it."""
    written = os.pread(lock, 32, 0).strip()
    return int(written) if written.isdigit() and int(written) > 1 else None


def _send(pid: int, number: signal.Signals, file: Path) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # it has just gone by itself
        pass
    except PermissionError as error:
        raise StoreTaken(f"{file.parent} is in use by process {pid} of another user: stop that first") from error
