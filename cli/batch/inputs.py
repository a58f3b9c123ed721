"""Which files a batch is about: folders, globs and single files as arguments, or a list on standard input."""

from __future__ import annotations

import asyncio
import glob
import os
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".bmp", ".gif", ".tif", ".tiff"})
"""What a folder is searched for. A file that is named itself is taken whatever its name ends in."""
STDIN = "-"
_AHEAD = 64
"""Lines that are read from standard input before anybody asks for them."""


def expand(arguments: Iterable[str]) -> Iterator[Path]:
    """The files that the arguments stand for, in their order: those of a folder sorted, at any depth; the matches of a
    pattern; anything else as it is, whether it is there or not, so that what cannot be read is told in its place."""
    for argument in arguments:
        path = Path(argument)
        if path.is_dir():
            yield from photos_in(path)
        elif not path.exists() and glob.has_magic(argument):
            yield from _matches(argument)
        else:
            yield path


def photos_in(folder: Path) -> Iterator[Path]:
    """The files below `folder` with a suffix of `SUFFIXES`, sorted; hidden ones and hidden folders are left alone."""
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES:
                yield Path(here, name)


def _matches(pattern: str) -> Iterator[Path]:
    deep = "**" in pattern  # which matches the folders on the way as well
    found = sorted(glob.glob(pattern, recursive=True))
    if not found:
        yield Path(pattern)
    for path in map(Path, found):
        if not path.is_dir():
            yield path
        elif not deep:
            yield from photos_in(path)


def listed(stream: IO[bytes], end: bytes = b"\n") -> Iterator[Path]:
    """The paths of a list, as they come: one before each `end`, empty ones left out."""
    rest = b""
    while chunk := stream.read1(1 << 16) if hasattr(stream, "read1") else stream.read(1 << 16):
        *whole, rest = (rest + chunk).split(end)
        yield from (Path(os.fsdecode(name)) for name in whole if name.strip())
    if rest.strip():
        yield Path(os.fsdecode(rest))


async def of_arguments(arguments: Sequence[str], found: list[Path]) -> AsyncIterator[Path]:
    """The files of the arguments; `found` is filled with all of them first, so that somebody may count."""
    found.extend(await asyncio.to_thread(lambda: list(expand(arguments))))
    for path in found:
        yield path


async def of_list(stream: IO[bytes], end: bytes) -> AsyncIterator[Path]:
    """The paths of a list, as they come. A thread waits for them: it is left behind when nobody asks any more."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[Path | None](_AHEAD)

    def read() -> None:
        for path in listed(stream, end):
            asyncio.run_coroutine_threadsafe(lines.put(path), loop).result()
        asyncio.run_coroutine_threadsafe(lines.put(None), loop).result()

    threading.Thread(target=read, name="list of photos", daemon=True).start()
    while (path := await lines.get()) is not None:
        yield path
