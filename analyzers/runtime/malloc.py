"""What the C library does with freed memory: kept while photos come, given back when none does."""

from __future__ import annotations

import ctypes
import functools
import sys
from typing import Any

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of glibc's malloc.h
LARGEST = 32 << 20
"""Bytes up to which a block comes out of memory that was used before (the most that glibc allows)."""
KEPT = 256 << 20
"""Free bytes at the end of an arena that are kept."""
ARENAS = 2
"""Places to allocate from, shared by all threads: otherwise each analyzer's thread keeps its own largest moment."""


def keep_memory() -> None:
    """Lets freed memory be used again as it is.

    By default glibc returns every large block at once, and the system clears its pages anew for the next: a network's
    tensors are large blocks, and a twentieth of the processors' time went into that.
    """
    if libc := _glibc():
        libc.mallopt(_MMAP_THRESHOLD, LARGEST)
        libc.mallopt(_TRIM_THRESHOLD, KEPT)
        libc.mallopt(_ARENA_MAX, ARENAS)


def give_memory_back() -> None:
    """Returns freed memory to the system, where the C library keeps it otherwise."""
    if libc := _glibc():
        libc.malloc_trim(0)


@functools.cache
def _glibc() -> Any:
    """The C library, or None where it is another one, which has no such calls."""
    if sys.platform != "linux":
        return None
    try:
        libc = ctypes.CDLL("libc.so.6")
        return libc if hasattr(libc, "malloc_trim") and hasattr(libc, "mallopt") else None
    except OSError:
        return None
