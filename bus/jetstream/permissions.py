"""What each user of the NATS server may publish and subscribe to: the one table, from which nats.conf is filled in.

A service may use exactly the consumers that are its own, by name, and make none: `heckler up` makes them, as `admin`,
when a service asks (`bus.jetstream.consumers`). The names of the analyzers come from the roster. (Decision 0031.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bus.topology import (
    AGGREGATOR,
    DEAD,
    FEATURES,
    IMAGES,
    PHOTOS,
    STREAMS,
    SWEEPER,
    UNDERTAKER,
    WRITER,
    Durable,
    probe_subject,
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
        "gateway": Rights(_gateway(), ("live.>", NOTICE, "_INBOX_gateway.>")),
        "analyzer": Rights(_analyzer(names), ("live.*.joined", "live.*.end.*", "$SRV.>", "_INBOX_analyzer.>")),
        "aggregator": Rights(_aggregator(), ("$SRV.>", "_INBOX_aggregator.>")),
        "writer": Rights(_writer(), ("live.*.end.cancelled", "live.*.end.failed", "$SRV.>", "_INBOX_writer.>")),
        "cli": Rights(_cli(), ("live.>", NOTICE, "_INBOX_cli.>")),
    }


def _gateway() -> tuple[str, ...]:
    """It takes photos in, reads requests, and erases them."""
    return (
        *("photo.*.submitted", "photo.*.timer.*", "photo.*.end.cancelled", "photo.*.erase", "$KV.IMAGES.*.*"),
        *("$SRV.INFO", NOTICE, f"$JS.API.CONSUMER.LIST.{PHOTOS}"),
        *_reading(PHOTOS, IMAGES),
        *_erasing(),
        *_probing(),
    )


def _analyzer(names: list[str]) -> tuple[str, ...]:
    """Each looks at photos, and speaks for itself. They share processes, so they share a user."""
    own = ("photo.*.feature.{}", "live.*.started.{}", "dead.*.analyze.{}.*", "$KV.FEATURES.*.{}.*")
    return (
        *(subject.format(name) for subject in own for name in names),
        *_serving(*(consumer_of(name, ()) for name in names)),
        *_reading(PHOTOS, IMAGES),
        f"$JS.API.DIRECT.GET.{FEATURES}",
    )


def _aggregator() -> tuple[str, ...]:
    """It joins, passes deadlines on, speaks for whoever died at work, and sweeps after an erasure."""
    return (
        *("photo.*.joined", "photo.*.end.joined", "photo.*.end.failed", "photo.*.feature.*", "photo.*.deadline.*"),
        *("photo.*.timer.join", "dead.*.analyze.*.*", "dead.*.aggregate.*", "dead.*.write.*"),
        *("$SRV.INFO", f"$JS.API.CONSUMER.LIST.{PHOTOS}"),
        *_serving(AGGREGATOR, SWEEPER, UNDERTAKER),
        *_reading(PHOTOS, IMAGES),
        *_erasing(),
    )


def _writer() -> tuple[str, ...]:
    return (
        *("photo.*.line.*.*", "photo.*.end.roast", "photo.*.end.failed", "dead.*.write.*"),
        *_serving(WRITER),
        *_reading(PHOTOS),
    )


def _cli() -> tuple[str, ...]:
    """The operator's commands. They read everything, without consumers; they may add to the log what a request or an
    imported one consists of, ask for a dead letter's event to be worked on again, and erase what they were told to."""
    return (
        *("photo.*.submitted", "photo.*.timer.*", "photo.*.deadline.*", "photo.*.feature.*", "photo.*.joined"),
        *("photo.*.line.*.*", "photo.*.end.*", "photo.*.again.*.*", "photo.*.erase", "live.*.started.*"),
        *("$KV.IMAGES.*.*", "$SRV.INFO", "$SRV.STATS", "$SRV.PING", NOTICE),
        *("$JS.API.INFO", "$JS.API.STREAM.LIST", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.*"),
        *("$JS.API.CONSUMER.INFO.*.*", "$JS.API.CONSUMER.LIST.*", "$JS.API.CONSUMER.NAMES.*"),
        *("$JS.API.DIRECT.GET.*", "$JS.API.STREAM.MSG.GET.*"),
        *_erasing(),
        *_probing(),
        *(f"$JS.API.STREAM.PURGE.{stream}" for stream in ERASED),  # `heckler bench` removes what it has sent
    )


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
        yield probe_subject(stream)
        yield f"$JS.API.STREAM.MSG.DELETE.{stream}"
        yield f"$JS.API.STREAM.INFO.{stream}"
