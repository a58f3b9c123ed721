"""What the gateway counts, and the scrape that shows every service of this machine."""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

ANSWERS = Counter("heckler_http_answers", "HTTP answers", ["method", "route", "status"])
ANSWER = Histogram("heckler_http_seconds", "From a request's headers to its answer's", ["method", "route"])
WATCHING = Gauge("heckler_streams_open", "Event streams being watched", multiprocess_mode="livesum")
DROPPED = Counter("heckler_connections_dropped", "Connections that the gateway ended by itself", ["why"])
DECODE = Histogram("heckler_decode_seconds", "Decoding and normalising one upload, with its wait for a process")


def scrape() -> bytes:
    """All metrics in Prometheus's text format: this process's, or all of the machine with PROMETHEUS_MULTIPROC_DIR."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
