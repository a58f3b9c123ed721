"""Prepares the processes of a `heckler up` for `benchmarks.chaos`, which puts this folder on their PYTHONPATH. The
product itself knows nothing of it.

Services are led to a proxy instead of the NATS server: `heckler up` tells each where the server listens, and each finds
the proxy's port there. And `time.sleep` does without clock_nanosleep, of which libfaketime makes an "Invalid argument"
when it leaves the monotonic clock alone, as a jump of a real clock does.
"""

from __future__ import annotations

import os
import select
import sys
import time

if "cli.up.serve" in sys.orig_argv and (ports := os.environ.get("CHAOS_PROXY")):
    server, proxy = ports.split(":")
    url = os.environ.get("HECKLER_NATS_URL", "")
    os.environ["HECKLER_NATS_URL"] = url.replace(f":{server}", f":{proxy}")

if "libfaketime" in os.environ.get("LD_PRELOAD", ""):

    def _sleep(seconds: float) -> None:
        select.select((), (), (), seconds)

    time.sleep = _sleep  # type: ignore[assignment]
