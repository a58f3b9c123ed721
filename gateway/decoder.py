"""The decoding processes: warm, limited in memory and time, replaced when one dies."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
from concurrent.futures import TimeoutError as DecodeTimeout

from pebble import ProcessExpired, ProcessPool

from bus.logs import log
from bus.settings import Settings
from gateway.normalised import Limits, Normalised, Rejected
from gateway.problems import Problem

PROCESSES = 2
QUEUE = 64
"""Photos that may wait for a process; what comes on top is told to try again."""


class Decoder:
    """Normalises photos in child processes. Owns them: `close` it."""

    def __init__(self, settings: Settings) -> None:
        self._timeout = settings.decode_s
        self._limits = Limits(settings.max_pixels, settings.max_side)
        self._waiting = 0
        self._pool = ProcessPool(
            max_workers=PROCESSES,
            initializer=_prepare,
            initargs=(settings.decode_memory,),
            context=multiprocessing.get_context("spawn"),
        )

    async def warm_up(self) -> None:
        """Starts the processes, all of them at once, and returns when one is ready."""
        with contextlib.suppress(ProcessExpired):  # a first photo will then start them, and wait longer
            await asyncio.wrap_future(self._pool.schedule(os.getpid))

    async def normalise(self, data: bytes) -> Normalised:
        """`gateway.decode.normalise` in a child. Raises Problem: its codes, `decode_timeout`, or `busy`."""
        if self._waiting >= PROCESSES + QUEUE:
            raise Problem("busy", f"{self._waiting} photos are being decoded or wait for it.")
        self._waiting += 1
        try:
            future = self._pool.schedule(_normalise, args=[data, self._limits], timeout=self._timeout)
            return await asyncio.wrap_future(future)
        except Rejected as rejected:
            raise Problem(rejected.code, rejected.detail) from rejected
        except DecodeTimeout as error:
            raise Problem("decode_timeout", f"Decoding took longer than {self._timeout:g} seconds.") from error
        except ProcessExpired as error:
            log.warning("decoder.died", exitcode=error.exitcode)
            raise Problem("corrupt_image", "The file brought the decoder down; it is surely damaged.") from error
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Ends the processes at once; what they were decoding is given up."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _normalise(data: bytes, limits: Limits) -> Normalised:
    """In a child: imaging libraries are loaded there only, so that the gateway itself starts without them."""
    from gateway.decode import normalise

    return normalise(data, limits)


def _prepare(memory: int) -> None:
    """Runs first in every child: limits its address space, leaves Ctrl-C to the parent, loads the codecs.

    It must not raise: pebble would take the whole pool for broken.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from gateway.decode import warm_up  # before the limit: libraries reserve address space for every core

    with contextlib.suppress(ImportError, OSError, ValueError):  # not on Windows; macOS accepts but ignores it
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    with contextlib.suppress(Exception):  # the first photo will then say what is wrong
        warm_up()
