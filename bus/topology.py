"""Everything that lives in the NATS server, declared once: the streams, the buckets, every durable consumer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from bus import subjects
from bus.settings import Settings
from bus.subjects import ANY, event

PHOTOS = "PHOTOS"
DEAD = "DEAD"
ADVISORIES = "ADVISORIES"
IMAGES = "KV_IMAGES"
FEATURES = "KV_FEATURES"
STREAMS = (PHOTOS, DEAD, ADVISORIES, IMAGES, FEATURES)

MAX_DELIVER = 3
NS = 1_000_000_000
_LOST = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES"


def streams(settings: Settings) -> list[dict[str, Any]]:
    """The configuration of each stream.

    PHOTOS has no size limit of its own: a stream with message schedules can only drop its oldest events when full,
    and an accepted photo must never be dropped. `Bus.submit` refuses new photos at `max_log_bytes` instead.
    Without `num_replicas` a stream keeps what it has. FEATURES cannot be replicated, being written asynchronously.
    """
    events = int(settings.event_ttl_s * NS)
    photos = int(settings.photo_ttl_s * NS)
    window = {"duplicate_window": min(120 * NS, events, photos)}
    replicated = [
        {
            "name": PHOTOS,
            "subjects": [subjects.ALL_EVENTS, subjects.probe(PHOTOS)],
            "max_age": events,
            "allow_direct": True,
            "allow_msg_schedules": True,
            "allow_msg_ttl": True,
            "allow_atomic": True,
            "republish": {"src": subjects.ALL_EVENTS, "dest": subjects.ALL_LIVE},
            **window,
        },
        {
            "name": DEAD,
            "subjects": [subjects.ALL_DEAD_LETTERS, subjects.probe(DEAD)],
            "max_age": 7 * 86400 * NS,
            "allow_direct": True,
        },
        {
            "name": ADVISORIES,
            "subjects": [f"{_LOST}.{PHOTOS}.*", subjects.probe(ADVISORIES)],
            "max_age": events,
            **window,
        },
        _bucket(IMAGES, photos, settings.max_image_bytes),
    ]
    replicas = {"num_replicas": settings.nats_replicas} if settings.nats_replicas else {}
    return [
        *({**config, **replicas} for config in replicated),
        # written to disk when it suits the server: what a lost power supply takes is found again
        {**_bucket(FEATURES, photos, settings.max_image_bytes), "persist_mode": "async"},
    ]


def _bucket(stream: str, max_age: int, max_bytes: int) -> dict[str, Any]:
    """A JetStream KV bucket without history: last value per key, dropped by age, refused when full."""
    return {
        "name": stream,
        "subjects": [subjects.bucket(stream), subjects.probe(stream)],
        "max_age": max_age,
        "max_bytes": max_bytes,
        "max_msgs_per_subject": 1,
        "discard": "new",
        "allow_direct": True,
        "allow_rollup_hdrs": True,
        "duplicate_window": min(120 * NS, max_age),
    }


@dataclass(frozen=True)
class Durable:
    """A durable pull consumer, shared by all replicas of a service."""

    name: str
    filters: tuple[str, ...]
    stream: str = PHOTOS
    max_deliver: int = MAX_DELIVER
    deliver: Literal["new", "all"] = "new"
    """What it gets when it is declared for the first time, or again after a server lost it. `new`: an analyzer does
    not work through yesterday's photos."""
    work: str = ""
    """What its service does with a delivery, in words for an error; none where its name says it."""

    @property
    def _again(self) -> tuple[str, ...]:
        """What comes back to this durable alone: events that it had failed at (`bus.dead_letters.letter`)."""
        return (subjects.again(ANY, self.name, ANY),) if self.stream == PHOTOS else ()

    def config(self, settings: Settings) -> dict[str, Any]:
        return {
            "durable_name": self.name,
            "name": self.name,
            "filter_subjects": [*self.filters, *self._again],
            "deliver_policy": self.deliver,
            "ack_policy": "explicit",
            "ack_wait": int(settings.ack_wait_s * NS),
            "max_deliver": self.max_deliver,
            "max_ack_pending": 20_000,
            "max_waiting": 512,
        }


ANALYZE = "analyze-"
"""What the name of every analyzer's consumer begins with."""


def analyzer(name: str, needs: tuple[str, ...]) -> Durable:
    """An analyzer's consumer: new photos, or the findings that it needs."""
    filters = tuple(event(ANY, "feature", need) for need in needs) or (event(ANY, "submitted"),)
    return Durable(f"{ANALYZE}{name}", filters)


PATIENT = 10
"""Deliveries to the services that every request needs. No photo kills them: that they die is no fault of an event."""
AGGREGATOR = Durable(
    "aggregate",
    tuple(event(ANY, kind) for kind in ("submitted", "feature.*", "due.*", "deadline.*")),
    max_deliver=PATIENT,
    work="joining the findings",
)
SWEEPER = Durable("sweep", (event(ANY, "erase"),), max_deliver=-1, deliver="all")
MAX_DELIVERIES = Durable("max-deliveries", (f"{_LOST}.{PHOTOS}.*",), stream=ADVISORIES, max_deliver=-1, deliver="all")
