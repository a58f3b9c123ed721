"""Reading bytes that may come from anywhere, so that a small file cannot take much memory: zlib makes a thousandfold of
them, MessagePack sixty times as much again, since one byte can be a dictionary."""

from __future__ import annotations

import zlib
from typing import Any

import msgpack

PIECE = 1 << 20
"""Bytes that are unpacked at a time."""
_LONGEST_TEXT = 4096


class TooLarge(ValueError):
    """It holds, or unpacks to, more than it may."""


class Document:
    """A MessagePack document, compressed with zlib, read value by value in its order. Nothing is unpacked before it is
    asked for, and no more than `most` bytes altogether, `largest` in one value.

    Every method raises TooLarge, zlib.error, ValueError, or msgpack.UnpackException for what is not as it should be.
    """

    def __init__(self, packed: bytes, most: int, largest: int) -> None:
        self._pieces = _Pieces(packed, most)
        self._values = msgpack.Unpacker(
            self._pieces, raw=False, read_size=PIECE, max_buffer_size=largest + 2 * PIECE,
            max_bin_len=largest, max_str_len=_LONGEST_TEXT, max_array_len=0, max_map_len=0, max_ext_len=0,
        )  # fmt: skip

    def array(self, most: int) -> int:
        """Begins a list; how many values come, at most `most`."""
        return _at_most(most, self._values.read_array_header())

    def map(self, most: int) -> int:
        """Begins a dictionary; how many pairs of values come, at most `most`."""
        return _at_most(most, self._values.read_map_header())

    def value(self) -> Any:
        """A text, a number, bytes, a truth value or None."""
        return self._values.unpack()

    def is_over(self) -> bool:
        """Whether nothing comes any more, in good order."""
        try:
            self._values.skip()
        except msgpack.OutOfData:
            return self._pieces.complete
        return False


class _Pieces:
    """What `packed` unpacks to, as a file."""

    def __init__(self, packed: bytes, most: int) -> None:
        self._unpacker = zlib.decompressobj()
        self._rest = packed
        self._left = most

    @property
    def complete(self) -> bool:
        """Whether all of it was read, and it did not break off."""
        return self._unpacker.eof and not self._unpacker.unused_data

    def read(self, size: int) -> bytes:
        piece = self._unpacker.decompress(self._rest, min(size, PIECE))
        self._rest = self._unpacker.unconsumed_tail
        self._left -= len(piece)
        if self._left < 0:
            raise TooLarge("it unpacks to more than it may")
        return piece


def unpack_within(data: bytes, most: int) -> Any:
    """One MessagePack value, if no more than `most` values are in it. Raises TooLarge, and what `unpackb` raises."""
    left = most

    def counted(values: list[Any]) -> list[Any]:
        nonlocal left
        left -= 1 + len(values)
        if left < 0:
            raise TooLarge(f"there are more than {most} values in it")
        return values

    return msgpack.unpackb(data, raw=False, list_hook=counted, object_pairs_hook=lambda pairs: dict(counted(pairs)))


def _at_most(most: int, count: int) -> int:
    if count > most:
        raise TooLarge(f"there are {count} where {most} may be")
    return count
