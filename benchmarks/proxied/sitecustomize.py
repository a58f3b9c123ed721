"""Leads the services of a `heckler up` to a proxy instead of its NATS server: on PYTHONPATH in `benchmarks.chaos`.

`heckler up` tells each service where the server listens; the service finds the proxy's port there. The product itself
knows nothing of this.
"""

from __future__ import annotations

import os
import sys

if "cli.serve" in sys.orig_argv and (ports := os.environ.get("CHAOS_PROXY")):
    server, proxy = ports.split(":")
    url = os.environ.get("HECKLER_NATS_URL", "")
    os.environ["HECKLER_NATS_URL"] = url.replace(f":{server}", f":{proxy}")
