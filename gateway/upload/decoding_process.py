"""One decoding process and the channel to it. It is never asked for two things at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from gateway.upload.decoding_child import NoFrame, pack, unpack
from gateway.upload.photo import Limits, Normalised, Rejected

LEAVING_S = 1.0
"""Seconds from the end of its channel until a process has to be gone."""

FROZEN = "was stopped by a signal"


class ProcessGone(Exception):
    """The process died or is of no use any more. `outside` says that its work cannot be the cause."""

    def __init__(self, how: str, outside: bool) -> None:
        super().__init__(how)
        self.outside = outside


class DecodingProcess(asyncio.Protocol):
    """A child that was started; `gone` is set as soon as it is of no more use."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.gone = asyncio.Event()
        self.born = self.used = asyncio.get_running_loop().time()
        """When it was started, and when it last answered."""
        self.answers = 0
        self._process = process
        self._why_killed = ""
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._reply: asyncio.Future[tuple[dict[str, Any], bytes]] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_frozen(self) -> bool:
        """Whether a signal has stopped it: it would never answer."""
        if self._process.returncode is not None:
            return False
        try:
            return os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return False

    async def decode(self, photo: bytes, limits: Limits) -> Normalised:
        """Raises Rejected, ProcessGone. Cancelling it costs the process."""
        try:
            said, data = await self._ask(pack(asdict(limits), photo))
            if "code" in said:
                raise Rejected(str(said["code"]), str(said["detail"]))
            return Normalised.of(said, data)
        except (NoFrame, LookupError, TypeError, ValueError) as error:
            self.kill(f"answered what is no answer ({error})")
            raise await self.death() from error
        except asyncio.CancelledError:  # the time is up, or it is not waited for any more
            self.kill(FROZEN if self.is_frozen else "was given up while it decoded")
            raise

    async def _ask(self, frame: bytes) -> tuple[dict[str, Any], bytes]:
        """Raises ProcessGone, NoFrame."""
        if self._transport is None or self.gone.is_set():
            raise await self.death()
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(frame)
        try:
            reply = await self._reply
        except ConnectionError:
            raise await self.death() from None
        finally:
            self._reply = None
        self.used = asyncio.get_running_loop().time()
        self.answers += 1
        return reply

    def kill(self, why: str) -> None:
        """Ends it at once. What it was asked for fails with ProcessGone."""
        self._why_killed = self._why_killed or why
        self._process.kill()
        if self._transport is not None:
            self._transport.abort()

    async def death(self) -> ProcessGone:
        """How it ended, once it has; it is killed if it does not by itself."""
        loop = asyncio.get_running_loop()
        patience = loop.time() + LEAVING_S
        while (code := self._process.poll()) is None:
            if loop.time() > patience:
                self.kill("closed its channel and did not end")
            await asyncio.sleep(0.005)
        if self._why_killed:
            return ProcessGone(self._why_killed, outside=self._why_killed == FROZEN)
        return ProcessGone(_described(code), outside=code == -signal.SIGKILL)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            frame = unpack(self._received)
            if frame is None:
                return
            if self._reply is None or self._reply.done():
                raise NoFrame("it was not asked for")
            self._reply.set_result(frame)
        except NoFrame as error:
            self._fail(error)
            self.kill(f"answered what is no answer ({error})")
        self._received.clear()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()
        self._fail(ConnectionError("the channel was closed"))

    def _fail(self, error: Exception) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)


def _described(code: int) -> str:
    if code >= 0:
        return f"ended with exit status {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def command_for(memory: int) -> list[str]:
    """The command line of a decoding process that may use `memory` bytes."""
    return [sys.executable, "-P", "-m", "gateway.upload.decoding_child", str(memory)]


async def start(command: Sequence[str]) -> DecodingProcess:
    """A new process, which has shown that it can decode. Raises OSError, ProcessGone, Rejected."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            child = _spawn(command, theirs)
    except BaseException:
        ours.close()
        raise
    try:
        _, process = await loop.create_unix_connection(lambda: DecodingProcess(child), sock=ours)
    except BaseException:
        ours.close()
        child.kill()
        child.wait()
        raise
    try:
        await prove(process)
    except BaseException:
        process.kill("did not decode the sample")
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(LEAVING_S)  # a matter of milliseconds, and then nothing is left of it
        raise
    return process


async def prove(process: DecodingProcess) -> None:
    """Has it decode a tiny photo. Raises ProcessGone, Rejected."""
    await process.decode(SAMPLE, Limits())


def _spawn(command: Sequence[str], channel: socket.socket) -> subprocess.Popen[bytes]:
    """Not by asyncio: short of descriptors, it may leave a running child behind that no object stands for."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    env = {**os.environ, "PYTHONPATH": path}  # it finds the modules that this process found, wherever it runs
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C is for the parent, from the start on
    try:
        return subprocess.Popen(list(command), stdin=channel.fileno(), stdout=subprocess.DEVNULL, env=env)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


_SAMPLE_SIDE = 16
_HEADERS = struct.Struct("<2sIHHI IiiHHIIiiII")
SAMPLE = _HEADERS.pack(
    *(b"BM", _HEADERS.size + 3 * _SAMPLE_SIDE**2, 0, 0, _HEADERS.size),
    *(40, _SAMPLE_SIDE, _SAMPLE_SIDE, 1, 24, 0, 3 * _SAMPLE_SIDE**2, 2835, 2835, 0, 0),
) + bytes(range(256)) * (3 * _SAMPLE_SIDE**2 // 256)
"""A BMP of 16 by 16 pixels: a photo that every decoding process can decode."""
