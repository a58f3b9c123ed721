"""A file of a batch, and how it becomes a photo: by the gateway's own decoder, in a child process, under its limits."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bus.settings import Settings
from cli.batch.folder_watch import Stat, stat_of
from gateway.http.problems import Problem
from gateway.upload.decoder import PROCESSES, Decoder
from gateway.upload.photo import Normalised

SHORT_S = 1.0
_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""What is no file's fault: descriptors or memory are used up."""
ROUNDS = 3
"""Times that a photo waits for decoding processes before it is left alone."""


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
    """Reads files and decodes them, as many at a time as there are decoding processes, between `start` and `close`.

    `note` is told what holds things up.
    """

    def __init__(self, settings: Settings, note: Callable[[str], None] = lambda _: None) -> None:
        self.note = note
        self._decoder = Decoder(settings)
        self._most = settings.max_upload_bytes
        self._free = asyncio.Semaphore(PROCESSES + 1)

    def start(self) -> None:
        """Starts the decoding processes. To be called in the event loop."""
        self._decoder.start()

    async def read(self, file: File) -> Normalised:
        """The photo in `file`. Raises Unusable."""
        async with self._free:
            data = await self._bytes_of(file)
            try:
                return await self._decoded(data)
            except Problem as problem:
                raise Unusable(problem.code, problem.detail) from problem

    async def _decoded(self, data: bytes) -> Normalised:
        """Nobody sits and waits for a batch: while no process can be started, it waits for one. A photo that no process
        outlives is given up in the end."""
        for _ in range(ROUNDS - 1):
            try:
                return await self._decoder.normalise(data)
            except Problem as problem:
                if problem.code != "decoder_down":
                    raise
                self.note(f"waiting for a decoding process: {problem.detail}")
            await self._decoder.wait_until_usable()
        return await self._decoder.normalise(data)

    async def _bytes_of(self, file: File) -> bytes:
        while True:
            try:
                return await asyncio.to_thread(self._bytes, file.key)
            except OSError as error:
                self.note(f"waiting for the system, which is short of what it takes to open a file: {error.strerror}")
                await asyncio.sleep(SHORT_S)

    def _bytes(self, path: str) -> bytes:
        """Raises Unusable, and OSError for want of descriptors or memory."""
        try:
            with open(path, "rb") as file:
                data = file.read(self._most + 1)
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None) in _SHORT:
                raise
            why = getattr(error, "strerror", None) or str(error)
            raise Unusable("unreadable", f"It cannot be read: {why}.") from error
        if len(data) > self._most:
            raise Unusable("too_large", f"The file is larger than {self._most / 2**20:g} MiB.")
        return data

    async def close(self) -> None:
        """Ends the decoding processes."""
        await self._decoder.close()
