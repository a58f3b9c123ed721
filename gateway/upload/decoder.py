"""Uploads become plain photos: in processes of their own, limited in memory and time, which are replaced as they die.

A process is no photo's fault when it was killed or frozen from outside: the photo is then decoded by another one. What
brings down two is damaged. (Decision 0022.)
"""

from __future__ import annotations

import asyncio
from functools import partial
from types import TracebackType
from typing import Self

from bus.settings import Settings
from gateway.http.problems import Problem
from gateway.upload.decoding_pool import DecodingPool, NoProcess
from gateway.upload.decoding_process import DecodingProcess, ProcessGone, command_for, start
from gateway.upload.photo import Limits, Normalised, Rejected

PROCESSES = 2
QUEUE = 64
"""Photos that may wait for a process; any more get Problem `busy`."""
ATTEMPTS, FATAL = 4, 2
"""Processes that a photo may use up in all, and those that may die of it themselves."""


class Decoder:
    """Normalises photos in child processes, from `start` (or `async with`) until `close`."""

    def __init__(self, settings: Settings) -> None:
        self._timeout = settings.decode_s
        self._limits = Limits(settings.max_pixels, settings.max_side)
        self._waiting = 0
        self._pool = DecodingPool(partial(start, command_for(settings.decode_memory)), PROCESSES)

    def start(self) -> None:
        """Starts the processes, and keeps them from now on. To be called in the event loop."""
        self._pool.open()

    async def close(self) -> None:
        """Ends the processes at once; what they were decoding is given up."""
        await self._pool.close()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def usable(self) -> bool:
        """Whether a photo can be decoded now: a process is there that has decoded a sample or a photo."""
        return self._pool.usable

    async def wait_until_usable(self) -> None:
        """Returns when a photo can be decoded."""
        await self._pool.wait_until_usable()

    async def normalise(self, data: bytes) -> Normalised:
        """`gateway.upload.decode.normalise` in a child.

        Raises Problem: with one of its codes, or `decode_timeout`, `busy`, `decoder_down`.
        """
        if self._waiting >= PROCESSES + QUEUE:
            raise Problem("busy", f"{self._waiting} photos are being decoded or wait for it.")
        self._waiting += 1
        try:
            return await self._decoded(data)
        except Rejected as rejected:
            raise Problem(rejected.code, rejected.detail) from rejected
        except NoProcess as error:
            raise Problem("decoder_down", f"There is no decoding process: {error}.") from error
        finally:
            self._waiting -= 1

    async def _decoded(self, data: bytes) -> Normalised:
        fatal, how = 0, ""
        for _ in range(ATTEMPTS):
            process = await self._pool.take()
            try:
                return await self._decoded_by(process, data)
            except ProcessGone as gone:
                how, fatal = str(gone), fatal + (not gone.outside)
                if fatal == FATAL:
                    detail = f"The file brought the decoder down twice, which {gone}; it is surely damaged."
                    raise Problem("corrupt_image", detail) from gone
            finally:
                self._pool.give_back(process)
        raise NoProcess(f"{ATTEMPTS} in a row ended while they decoded this photo, the last one {how}")

    async def _decoded_by(self, process: DecodingProcess, data: bytes) -> Normalised:
        try:
            async with asyncio.timeout(self._timeout):
                return await process.decode(data, self._limits)
        except TimeoutError as error:
            gone = await process.death()
            if gone.outside:
                raise gone from error
            raise Problem("decode_timeout", f"Decoding took longer than {self._timeout:g} seconds.") from error
