"""Where a running `heckler up` can be found: one lock and one file in the data folder."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from bus.service.private_files import open_private, private_data, write_private
from bus.settings import Settings


class Running(BaseModel):
    """What the run file says. `nats` holds one URL, with credentials, for each service; `ready` once all is up."""

    model_config = ConfigDict(frozen=True)

    pid: int
    url: str
    nats: dict[str, str]
    ready: bool = False
    own_log: bool = True
    """Whether the NATS server is its own, on the disk of its data folder."""


class AlreadyRunning(Exception):
    """Another `heckler up` uses the same data folder."""


class DataFolderUnusable(Exception):
    """The data folder cannot be made or written."""


def address(host: str, port: int) -> str:
    """The URL under which this machine reaches a gateway that listens there; for "everywhere" it is the loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def find(settings: Settings) -> Running | None:
    """The `heckler up` that runs on this data folder; None when there is none (a file left behind counts as none)."""
    try:
        running = Running.model_validate_json(settings.run_file.read_bytes())
    except (OSError, ValidationError):
        return None
    return running if _locked(settings) and _alive(running.pid) else None


@contextlib.contextmanager
def claimed(settings: Settings) -> Iterator[None]:
    """Holds the data folder for this process; removes the run file at the end.

    Raises AlreadyRunning, or DataFolderUnusable. The kernel lets the lock go when the process dies, however it dies,
    so nothing that a crash leaves behind is in the way of the next start.
    """
    lock = _open_lock(settings)
    with lock:
        if not _take(lock):
            raise AlreadyRunning(_already_running(settings))
        settings.run_file.unlink(missing_ok=True)
        try:
            yield
        finally:
            settings.run_file.unlink(missing_ok=True)


def announce(settings: Settings, running: Running) -> None:
    """Writes the run file, readable by this user only, all at once."""
    write_private(settings.run_file, json.dumps(running.model_dump()))


def _lock_path(settings: Settings) -> Path:
    return settings.data / "run.lock"


def _open_lock(settings: Settings) -> IO[bytes]:
    try:
        private_data(settings.data)
        return open(open_private(_lock_path(settings), os.O_WRONLY | os.O_APPEND), "ab")
    except OSError as error:
        raise DataFolderUnusable(
            f"cannot write to the data folder {settings.data}: {error.strerror}. Choose another one with --data."
        ) from error


def _take(lock: IO[bytes]) -> bool:
    for _ in range(5):  # a `find` in another process holds it for an instant
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.02)
    return False


def _locked(settings: Settings) -> bool:
    try:
        with open(_lock_path(settings), "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it belongs to another user, so it is there
        return True
    return True


def _already_running(settings: Settings) -> str:
    running = find(settings)
    at = f" at {running.url} (process {running.pid})" if running else ""
    return (
        f"Heckler already runs{at} on {settings.data}. Use that one, stop it first, "
        "or start another with --data OTHER_FOLDER --port OTHER_PORT."
    )
