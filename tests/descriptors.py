"""A process that can open nothing, for the tests of what it says then."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

takes_descriptors = pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="only Linux changes another process's limits"
)
"""Of a test that uses `short_of_descriptors`."""


@contextmanager
def short_of_descriptors(pid: int) -> Iterator[None]:
    """Meanwhile a process can open nothing; what it has open stays open."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
