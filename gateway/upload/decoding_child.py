"""The program of a decoding process: photos in, one at a time, plain JPEGs or refusals out.

Both ways a message is a frame: two lengths, a JSON object and bytes. Nothing that comes back from a process that has
read a hostile photo is more than data, and none of it is believed to be shorter than it says.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import sys
from typing import Any

from gateway.upload.photo import Limits, Rejected

_LENGTHS = struct.Struct(">II")
MAX_OBJECT, MAX_BYTES = 1 << 20, 1 << 30
"""Bytes of a frame's two halves; a longer one is no frame."""


class NoFrame(Exception):
    """What was received is no message of this protocol."""


def pack(object: dict[str, Any], data: bytes = b"") -> bytes:
    """The frame that carries both."""
    said = json.dumps(object).encode()
    return b"".join((_LENGTHS.pack(len(said), len(data)), said, data))


def unpack(received: bytearray) -> tuple[dict[str, Any], bytes] | None:
    """The one frame in `received`, None while some of it is to come. Raises NoFrame."""
    if len(received) < _LENGTHS.size:
        return None
    said, data = _LENGTHS.unpack_from(received)
    if said > MAX_OBJECT or data > MAX_BYTES or len(received) > (end := _LENGTHS.size + said + data):
        raise NoFrame("its lengths are wrong")
    if len(received) < end:
        return None
    try:
        object = json.loads(received[_LENGTHS.size : _LENGTHS.size + said])
    except ValueError as error:
        raise NoFrame("it holds no JSON") from error
    if not isinstance(object, dict):
        raise NoFrame("it holds no JSON object")
    return object, bytes(received[_LENGTHS.size + said :])


def main() -> None:
    """Works until the other end of standard input, a socket, is closed; that is the end of the parent, too."""
    channel = _channel()
    _prepare(int(sys.argv[1]))
    received = bytearray()
    while piece := channel.recv(1 << 20):
        received += piece
        if frame := unpack(received):
            received.clear()
            channel.sendall(_answer(*frame))


def _channel() -> socket.socket:
    """The socket, out of reach of libraries that read standard input or print."""
    channel = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return channel


def _prepare(memory: int) -> None:
    """Limits this process's address space to `memory` bytes more or less, leaves Ctrl-C to the parent, loads codecs.

    Raises ImportError when there are none: such a process is of no use.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from gateway.upload.decode import warm_up  # before the limit: libraries reserve address space for every core

    with contextlib.suppress(ImportError, OSError, ValueError):  # not on Windows; macOS accepts but ignores it
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    with contextlib.suppress(Exception):  # the first photo will then say what is wrong
        warm_up()


def _answer(limits: dict[str, Any], photo: bytes) -> bytes:
    from gateway.upload.decode import normalise  # imaging libraries are loaded here only, never in the gateway itself

    try:
        made = normalise(photo, Limits(**limits))
    except Rejected as rejected:
        return pack({"code": rejected.code, "detail": rejected.detail})
    facts = made.facts.model_dump(mode="json")
    return pack({"sha256": made.sha256, "width": made.width, "height": made.height, "facts": facts}, made.data)


if __name__ == "__main__":
    with contextlib.suppress(ConnectionError):  # the answer is not waited for any more
        main()
