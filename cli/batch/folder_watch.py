"""Watching folders for photos that arrive: by looking every now and then, which works on every file system.

A file is taken when it has not changed for a while: one that is still being written is waited for.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from cli.batch.inputs import photos_in

Stat = tuple[int, int]
"""Size in bytes, and the time of the last change in nanoseconds."""

POLL_S = 0.5
SETTLE_S = 1.0
"""A file that has stayed the same for so long is complete."""
YOUNG_S = 30.0
"""A file that was changed within this time and cannot be decoded may have been taken too early."""


def stat_of(path: str | Path) -> Stat:
    """Raises OSError."""
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns


def is_young(stat: Stat, now: float) -> bool:
    """Whether the file was changed in the last `YOUNG_S` seconds before `now` (seconds since the epoch)."""
    return now - stat[1] / 1e9 < YOUNG_S


class Arrivals:
    """What has come to rest since the last look. Pure: looks and times come from outside."""

    def __init__(self) -> None:
        self._taken: dict[Path, Stat] = {}
        self._moving: dict[Path, tuple[Stat, float]] = {}

    def look(self, seen: Mapping[Path, Stat], now: float) -> list[Path]:
        """The files among `seen` (all that there are) that are complete and were not taken as they are; `now` in
        seconds of any clock."""
        ready = []
        moving: dict[Path, tuple[Stat, float]] = {}
        for path, stat in seen.items():
            if stat == self._taken.get(path) or not stat[0]:
                continue
            known, since = self._moving.get(path, (None, now))
            if known == stat and now - since >= SETTLE_S:
                ready.append(path)
            else:
                moving[path] = (stat, since if known == stat else now)
        self._moving = moving
        self._taken = {path: stat for path, stat in self._taken.items() if path in seen}
        self._taken |= {path: seen[path] for path in ready}
        return ready

    def again(self, path: str) -> None:
        """The file with this absolute path was not complete after all: it comes again once it has settled."""
        self._taken = {each: stat for each, stat in self._taken.items() if os.path.abspath(each) != path}


async def arriving(folders: Sequence[Path], arrivals: Arrivals) -> AsyncIterator[Path]:
    """Every photo in the folders now, and each one that comes, for ever."""
    while True:
        seen = await asyncio.to_thread(_look, folders)
        for path in arrivals.look(seen, time.monotonic()):
            yield path
        await asyncio.sleep(POLL_S)


def _look(folders: Sequence[Path]) -> dict[Path, Stat]:
    seen = {}
    for folder in folders:
        for path in photos_in(folder):
            try:
                seen[path] = stat_of(path)
            except OSError:
                continue  # it went between two glances
    return seen
