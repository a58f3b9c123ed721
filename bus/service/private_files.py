"""Folders and files that only their owner may read: what lies in the data folder are photos, passwords and ids."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import stat
from pathlib import Path

from bus.products import PRODUCTS

_OF_PRODUCTS = (folder for product in PRODUCTS for folder in product.folders)
OURS = frozenset({"models", "metrics", "nats", "run.json", "run.lock", "run.new", *_OF_PRODUCTS})
"""What Heckler puts into its data folder. A folder with anything else in it may be shared for good reason."""
_log = logging.getLogger("heckler")
"""Python's own logger. It writes to standard error before logging is configured, and this code runs before that."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_data(folder: Path) -> None:
    """Makes the data folder and what is secret in it its owner's alone, also where an earlier version, or `mkdir`, has
    left it open; with a warning where that may not or cannot be done. Raises OSError when it cannot be made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if {entry.name for entry in folder.iterdir()} <= OURS:
        _close(folder)
    elif folder.stat().st_mode & _OTHERS:
        _log.warning("other users can look into %s: give Heckler a folder of its own with --data", folder)
    for name in ("nats", "metrics"):
        if (folder / name).is_dir():
            _close(folder / name)
    for file in ("run.json", "run.lock", "nats/lock", "nats/passwords.json", "nats/server.log", "nats/server.log.old"):
        if (folder / file).is_file():
            _close(folder / file)


def private_folder(folder: Path) -> None:
    """Makes a folder that only this user may open, or changes an existing one so."""
    folder.mkdir(mode=0o700, exist_ok=True)
    _close(folder)


def open_private(file: Path, flags: int) -> int:
    """A descriptor of a plain file of this user, which is made if need be. No other user may open it from now on:
    a user who can open a lock can hold it. Raises OSError, also for a link and for a file of another user."""
    made = os.open(file, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        info = os.fstat(made)
        if not stat.S_ISREG(info.st_mode) or info.st_uid not in (os.geteuid(), file.parent.stat().st_uid):
            raise PermissionError(errno.EPERM, "It is no file of this user", str(file))
        if info.st_mode & _OTHERS:
            os.fchmod(made, 0o600)
    except BaseException:
        os.close(made)
        raise
    return made


def write_private(file: Path, text: str) -> None:
    """All at once, on the disk, and for the owner's eyes only."""
    fresh = file.with_suffix(".new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())  # else a power cut may leave the new name with nothing in it
    fresh.replace(file)


def _close(path: Path) -> None:
    """Takes group's and others' rights away."""
    mode = stat.S_IMODE(path.lstat().st_mode)
    if not mode & _OTHERS or path.is_symlink():
        return
    try:
        path.chmod(mode & ~_OTHERS)
    except OSError as error:
        _log.warning("other users can read %s, and that cannot be changed (%s)", path, error.strerror)
    else:
        _log.warning("%s was open to other users (mode %o) and is not any more", path, mode)
