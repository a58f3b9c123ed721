"""Where the services of a `heckler up` count: files that each of them maps into its memory.

The kernel ends a process (SIGBUS) that writes to a mapped file for which the disk has no block left. So the files lie
in memory where the system has a file system for that, and a full disk leaves the services alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

from bus.settings import Settings

IN_MEMORY = Path("/dev/shm")


def make_metrics_folder(settings: Settings) -> Path:
    """An empty folder that only this user can enter; what a killed `heckler up` on the same data left there is gone.

    Raises OSError when not even the data folder can hold one.
    """
    remove_metrics_folder(settings)
    in_memory, on_disk = _candidates(settings)
    with contextlib.suppress(OSError):  # there is no such file system, or another user's folder has the name
        in_memory.mkdir(mode=0o700)
        return in_memory
    on_disk.mkdir(mode=0o700)
    return on_disk


def remove_metrics_folder(settings: Settings) -> None:
    """What was counted goes with its `heckler up`."""
    for folder in _candidates(settings):
        shutil.rmtree(folder, ignore_errors=True)


def _candidates(settings: Settings) -> tuple[Path, Path]:
    """In memory, and on the disk; always the same ones for a data folder."""
    mark = hashlib.sha256(os.fsencode(settings.data)).hexdigest()[:16]
    return IN_MEMORY / f"heckler-{os.getuid()}-{mark}", settings.data / "metrics"
