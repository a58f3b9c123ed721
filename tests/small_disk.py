"""A disk of a few megabytes that a test can fill: a tmpfs in a mount namespace of its own, reached through /proc."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


class SmallDisk:
    """The folder, and a file in it that takes the room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    @property
    def free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self, leave: int = 0) -> None:
        """Takes all the room but `leave` bytes."""
        with self._filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while (left := self.free - leave) > 0:
                file.write(bytes(min(left, 1 << 20)))

    def free_up(self) -> None:
        self._filler.unlink()


@contextlib.contextmanager
def mounted(at: Path, megabytes: int) -> Iterator[SmallDisk]:
    """A disk for as long as its process lives; other systems than Linux have no such namespaces: a skip."""
    if not sys.platform.startswith("linux"):
        pytest.skip("a disk of its own needs Linux's mount namespaces")
    at.mkdir(parents=True)
    mount = f"mount -t tmpfs -o size={megabytes}m,mode=700 tmpfs {at} && echo mounted && read line"
    rights = ["-m"] if os.geteuid() == 0 else ["-rm"]  # a user namespace gives everybody the right to mount
    holder = subprocess.Popen(
        ["unshare", *rights, "sh", "-c", mount], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert holder.stdin
    assert holder.stdout
    try:
        said = holder.stdout.readline()
        if said != b"mounted\n":
            pytest.skip(f"no disk of its own can be mounted here: {said.decode(errors='replace').strip()}")
        yield SmallDisk(Path(f"/proc/{holder.pid}/root{at}"))
    finally:
        holder.stdin.close()
        holder.stdout.close()
        holder.wait()
