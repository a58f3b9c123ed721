"""A file of a batch, and how it becomes a photo: by the gateway's own decoder, in a child process, under its limits."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from bus.settings import Settings
from cli.batch_watch import Stat, stat_of
from gateway.decoder import PROCESSES, Decoder
from gateway.normalised import Normalised
from gateway.problems import Problem


class Unusable(Exception):
    """No photo can be made of the file: a code, as the gateway has them or `unreadable`, and what is wrong."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is now: `key` is its absolute path, `name` the path as it was given, `stat` None where there is
    nothing that could be read."""

    key: str
    name: str
    stat: Stat | None

    @classmethod
    def at(cls, path: Path, name: str | None = None) -> File:
        try:
            stat = stat_of(path)
        except (OSError, ValueError):
            stat = None
        return cls(os.path.abspath(path), name or os.path.normpath(path), stat)


class Reader:
    """Reads files and decodes them, as many at a time as there are decoding processes. Owns those: `close` it."""

    def __init__(self, settings: Settings) -> None:
        self._decoder = Decoder(settings)
        self._most = settings.max_upload_bytes
        self._free = asyncio.Semaphore(PROCESSES + 1)

    async def warm_up(self) -> None:
        """Starts the decoding processes, and returns when one is ready."""
        await self._decoder.warm_up()

    async def read(self, file: File) -> Normalised:
        """The photo in `file`. Raises Unusable."""
        async with self._free:
            data = await asyncio.to_thread(self._bytes, file.key)
            try:
                return await self._decoder.normalise(data)
            except Problem as problem:
                raise Unusable(problem.code, problem.detail) from problem

    def _bytes(self, path: str) -> bytes:
        try:
            with open(path, "rb") as file:
                data = file.read(self._most + 1)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise Unusable("unreadable", f"It cannot be read: {why}.") from error
        if len(data) > self._most:
            raise Unusable("too_large", f"The file is larger than {self._most / 2**20:g} MiB.")
        return data

    def close(self) -> None:
        """Ends the decoding processes."""
        self._decoder.close()
