"""Reading a folder that a server writes to: a file may be renamed or removed between its listing and its reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from os import stat_result
from pathlib import Path


def contents(folder: Path, pattern: str = "*") -> Iterator[tuple[Path, bytes]]:
    """The files below `folder` with what is in each, without those that are gone when their turn comes."""
    for file in folder.rglob(pattern):
        with suppress(FileNotFoundError):
            if file.is_file():
                yield file, file.read_bytes()


def states(folder: Path, pattern: str = "*") -> Iterator[tuple[Path, stat_result]]:
    """All below `folder` with the state of each, without what is gone when its turn comes."""
    for path in folder.rglob(pattern):
        with suppress(FileNotFoundError):
            yield path, path.stat()
