"""The disk under the log that `heckler up` keeps itself: how much room it has, and how much of it is not for photos."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from bus.settings import Settings

FOLDER = "HECKLER_LOG_FOLDER"
"""Set by `heckler up` for its processes when the log is its own. Nothing is known of the disk of another server's log,
so there the variable is absent."""

_LEAST = 1 << 20


@dataclass(frozen=True)
class Disk:
    """Bytes that are free on the disk of `folder`, and bytes that only what was accepted before may use."""

    folder: Path
    free: int
    reserve: int

    @property
    def is_low(self) -> bool:
        """Whether new photos are refused."""
        return self.free < self.reserve

    @property
    def has_room(self) -> bool:
        """Whether what was accepted can be brought to its end: an eighth of the reserve is enough for that."""
        return self.free >= max(_LEAST, self.reserve // 8)

    def __str__(self) -> str:
        kept = f"; {size(self.reserve)} are kept for what was accepted" if self.reserve else ""
        return f"the disk of {self.folder} has {size(self.free)} free{kept}"


def size(count: int) -> str:
    """`12.3 MB`: of a million bytes, or GB of a thousand of those."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def folder_of_log() -> Path | None:
    """Where the log of this process's `heckler up` lies; None for a server that `heckler up` did not start."""
    folder = os.environ.get(FOLDER)
    return Path(folder) if folder else None


def measure(folder: Path | None, settings: Settings) -> Disk | None:
    """The disk of `folder`; None without a folder, or when the system does not know it."""
    if folder is None:
        return None
    try:
        return Disk(folder, shutil.disk_usage(folder).free, settings.min_free_bytes)
    except OSError:
        return None
