"""Room for the files through which the services of a machine share their metrics.

prometheus_client maps sparse files into memory: a page of them for which the disk has no room any more ends the process
with SIGBUS. So the room is taken before; without it, a process counts for itself alone.
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_KINDS = {"counter": 1 << 16, "gauge_livesum": 1 << 16, "histogram": 1 << 18}
"""Bytes of each kind of file: twice what a process with every analyzer needs."""


def take_room() -> None:
    """Takes the room that this process's metrics need. Before the first import of prometheus_client, which looks at the
    variable just once."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    files = {Path(folder) / f"{kind}_{os.getpid()}.db": size for kind, size in _KINDS.items()}
    try:
        for file, size in files.items():
            with file.open("ab") as content:  # one that has become a fresh process goes on counting where it was
                content.write(bytes(max(0, size - content.tell())))
    except OSError as error:
        for file in files:
            file.unlink(missing_ok=True)
        del os.environ[VARIABLE]
        print(f"the metrics of this process are in no scrape until it is started again: {error}", file=sys.stderr)


def give_back(folder: Path, pid: int) -> None:
    """Leaves of a dead process what it counted, in as much room as that takes, and none of its live gauges, which would
    be counted for ever (prometheus_client's rule)."""
    for file in folder.glob(f"*_{pid}.db"):
        if file.name.startswith("gauge_live"):
            file.unlink(missing_ok=True)
            continue
        with file.open("r+b") as content:
            used = struct.unpack("i", content.read(4).ljust(4, b"\0"))[0]
            content.truncate(max(used, 8))
