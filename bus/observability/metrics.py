"""Prometheus metrics of every service. The supervisor sets PROMETHEUS_MULTIPROC_DIR: one scrape then shows them all."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

HANDLED = Counter("heckler_events_handled", "Deliveries handled, by durable and outcome", ["durable", "outcome"])
QUEUE = Histogram("heckler_queue_seconds", "From stored to handed to a worker", ["durable"], buckets=_FAST)
HANDLE = Histogram("heckler_handle_seconds", "From handed to a worker to acknowledged", ["durable"], buckets=_FAST)
PUBLISH = Histogram("heckler_publish_seconds", "From publish to the log's acknowledgement", [], buckets=_FAST)
READS = Counter("heckler_history_reads", "Histories read from the log, by durable", ["durable"])
REQUESTS = Counter("heckler_requests_ended", "Requests that ended, by outcome", ["outcome"])
ACCEPTED = Counter("heckler_photos_accepted", "Photos accepted")
REFUSED = Counter("heckler_photos_refused", "Uploads refused, by problem code", ["code"])
