"""What each user of the NATS server may publish and subscribe to: the one table, from which nats.conf is filled in.

A service may use exactly the consumers that are its own, by name, and make none: `heckler up` makes them, as `admin`,
when a service asks (`bus.jetstream.consumers`). The names of the analyzers come from the roster. (Decision 0031.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bus.product import Service
from bus.products import PRODUCTS, kinds_between, services
from bus.subjects import ALL_LIVE, ANY, END, again, dead_letter, event, finding, live, photo_part, probe
from bus.topology import (
    AGGREGATOR,
    ANALYZE,
    DEAD,
    FEATURES,
    IMAGES,
    MAX_DELIVERIES,
    PHOTOS,
    STREAMS,
    SWEEPER,
    Durable,
)
from bus.topology import analyzer as consumer_of

ASK = "heckler.consumer"
"""Where a service asks for its consumer."""
NOTICE = "heckler.presence"
"""Where services say that they come and go."""
ERASED = (PHOTOS, DEAD, IMAGES, FEATURES)
"""The streams in which requests leave traces."""


@dataclass(frozen=True)
class Rights:
    """Subjects that a user may publish to, and subscribe to."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def rights(analyzers: Iterable[str]) -> dict[str, Rights]:
    """User → rights, where these analyzers are the roster. `admin`, who may do everything, is not in it."""
    names = sorted(analyzers)
    return {
        "gateway": Rights(_gateway(), (ALL_LIVE, NOTICE, "_INBOX_gateway.>")),
        "analyzer": Rights(_analyzer(names), (live(ANY, "joined"), live(ANY, END), "$SRV.>", "_INBOX_analyzer.>")),
        "aggregator": Rights(_aggregator(), ("$SRV.>", "_INBOX_aggregator.>")),
        **{each.name: _after_join(each) for each in services()},
        "cli": Rights(_cli(), (ALL_LIVE, NOTICE, "_INBOX_cli.>")),
    }


def _gateway() -> tuple[str, ...]:
    """It takes photos in, reads requests, and erases them."""
    return (
        *_events("submitted", "timer.*", "end.cancelled", "erase"),
        photo_part(ANY),
        *("$SRV.INFO", NOTICE, f"$JS.API.CONSUMER.LIST.{PHOTOS}"),
        *_reading(PHOTOS, IMAGES),
        *_erasing(),
        *_probing(),
    )


def _analyzer(names: list[str]) -> tuple[str, ...]:
    """Each looks at photos, and speaks for itself. They share processes, so they share a user."""
    return (
        *(event(ANY, "feature", name) for name in names),
        *(live(ANY, "started", name) for name in names),
        *(dead_letter(ANY, f"{ANALYZE}{name}", ANY) for name in names),
        *(finding(f"*.{name}.*") for name in names),
        *_serving(*(consumer_of(name, ()) for name in names)),
        *_reading(PHOTOS, IMAGES),
        f"$JS.API.DIRECT.GET.{FEATURES}",
    )


def _aggregator() -> tuple[str, ...]:
    """It joins, passes deadlines on, speaks for whoever died at work, and sweeps after an erasure."""
    return (
        *_events(
            "joined",
            *(kind for product in PRODUCTS for kind in product.follows),
            "end.failed",
            "feature.*",
            "deadline.*",
            "timer.join",
        ),
        *(dead_letter(ANY, durable, ANY) for durable in (f"{ANALYZE}*", AGGREGATOR.name)),
        *(dead_letter(ANY, each.durable.name, ANY) for each in services()),
        *("$SRV.INFO", f"$JS.API.CONSUMER.LIST.{PHOTOS}"),
        *_serving(AGGREGATOR, SWEEPER, MAX_DELIVERIES),
        *_reading(PHOTOS, IMAGES),
        *_erasing(),
    )


def _after_join(service: Service) -> Rights:
    """A service that takes over after the join."""
    publish = (
        *_events(*service.publishes),
        dead_letter(ANY, service.durable.name, ANY),
        *_serving(service.durable),
        *_reading(PHOTOS),
    )
    return Rights(publish, (*(live(ANY, kind) for kind in service.hears), "$SRV.>", f"_INBOX_{service.name}.>"))


def _cli() -> tuple[str, ...]:
    """The operator's commands. They read everything, without consumers; they may add to the log what a request or an
    imported one consists of, ask for a dead letter's event to be worked on again, and erase what they were told to."""
    return (
        *_events("submitted", "timer.*", "deadline.*", "feature.*", "joined", *kinds_between(), END, "erase"),
        *(again(ANY, ANY, ANY), live(ANY, "started.*"), photo_part(ANY)),
        *("$SRV.INFO", "$SRV.STATS", "$SRV.PING", NOTICE),
        *("$JS.API.INFO", "$JS.API.STREAM.LIST", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.*"),
        *("$JS.API.CONSUMER.INFO.*.*", "$JS.API.CONSUMER.LIST.*", "$JS.API.CONSUMER.NAMES.*"),
        *("$JS.API.DIRECT.GET.*", "$JS.API.STREAM.MSG.GET.*"),
        *_erasing(),
        *_probing(),
        *(f"$JS.API.STREAM.PURGE.{stream}" for stream in ERASED),  # `heckler bench` removes what it has sent
    )


def _events(*kinds: str) -> Iterable[str]:
    """Events of these kinds, of any request."""
    return (event(ANY, kind) for kind in kinds)


def _serving(*durables: Durable) -> Iterable[str]:
    """What a service needs that is present, and works on these consumers."""
    yield NOTICE
    yield ASK
    for durable in durables:
        place = f"{durable.stream}.{durable.name}"
        yield f"$JS.API.CONSUMER.INFO.{place}"
        yield f"$JS.API.CONSUMER.MSG.NEXT.{place}"
        yield f"$JS.ACK.{place}.>"


def _reading(*streams: str) -> Iterable[str]:
    """Reads without a consumer. STREAM.MSG.GET reads replicated streams; whether they are, STREAM.INFO tells."""
    for stream in streams:
        yield f"$JS.API.STREAM.INFO.{stream}"
        yield f"$JS.API.DIRECT.GET.{stream}"
        yield f"$JS.API.STREAM.MSG.GET.{stream}"


def _erasing() -> Iterable[str]:
    """One message at a time, by its sequence. A purge can take a whole stream."""
    yield from (f"$JS.API.STREAM.MSG.DELETE.{stream}" for stream in ERASED)
    yield from (f"$JS.API.DIRECT.GET.{stream}" for stream in (DEAD, FEATURES))


def _probing() -> Iterable[str]:
    """A message to each stream, and away with it: whether the log can be written (`bus.jetstream.health`)."""
    for stream in STREAMS:
        yield probe(stream)
        yield f"$JS.API.STREAM.MSG.DELETE.{stream}"
        yield f"$JS.API.STREAM.INFO.{stream}"
