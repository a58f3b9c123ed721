"""Every subject of the log. Subjects are put together and taken apart here, and nowhere else.

| subject | holds |
|---|---|
| `photo.<id>.<kind>` | an event of request `<id>`; an ending is a kind that begins with `end.` |
| `live.<id>.<kind>` | the same, sent again to those that watch; and what is told without being stored |
| `photo.<id>.again.<durable>.<seq>` | an event that goes back to the one durable that failed at it |
| `dead.<id>.<durable>.<seq>` | a dead letter |
| `$KV.IMAGES.<id>.<number>` | a part of a photo |
| `$KV.FEATURES.<sha256>.<analyzer>.<version>` | a finding that is known of a photo |
| `heckler.probe.<stream>` | what is written to see whether the stream can be |

Timers lie under a ticket in place of the id (`bus.jetstream.timers`). NATS' wildcards, `*` for one token and `>` for
all that follow, may stand in place of any argument.
"""

from __future__ import annotations

ANY = "*"
REST = ">"
END = "end.*"
"""The kind of every ending."""

_EVENT, _LIVE, _DEAD = "photo", "live", "dead"
_IMAGES, _FEATURES = "$KV.IMAGES", "$KV.FEATURES"


def event(id: str, *kind: str) -> str:
    """Where a stored event lies: `event("x", "feature", "faces")` or `event("x", "feature.faces")`."""
    return ".".join((_EVENT, id, *kind))


def live(id: str, *kind: str) -> str:
    """Where an event is heard as it happens."""
    return ".".join((_LIVE, id, *kind))


ALL_EVENTS = f"{_EVENT}.{REST}"
ALL_LIVE = f"{_LIVE}.{REST}"


def request_of(subject: str) -> str:
    """The request that an event, a live message or a dead letter is about; of a timer, its ticket."""
    return subject.split(".")[1]


def kind_of(subject: str) -> str:
    """What follows the request: `feature.faces`."""
    return subject.split(".", 2)[2]


def family_of(subject: str) -> str:
    """The first token of its kind: `feature`."""
    return subject.split(".")[2]


def name_of(subject: str) -> str:
    """The last token of its kind: of `feature.faces` the analyzer, of `end.failed` how the request ended."""
    return subject.rsplit(".", 1)[1]


def again(id: str, durable: str, seq: int | str) -> str:
    """Where event `seq` goes back to the durable that failed at it."""
    return event(id, "again", durable, str(seq))


def dead_letter(id: str, durable: str, seq: int | str) -> str:
    """Where a dead letter lies. The durable's first dash is a dot: a service may write only in its own name."""
    return ".".join((_DEAD, id, durable.replace("-", ".", 1), str(seq)))


def dead_letters(id: str) -> str:
    """Where all dead letters about a request lie."""
    return f"{_DEAD}.{id}.{REST}"


ALL_DEAD_LETTERS = f"{_DEAD}.{REST}"


def photo_part(id: str, number: int | str = ANY) -> str:
    """Where a part of a photo lies."""
    return f"{_IMAGES}.{id}.{number}"


def photo_of(subject: str) -> str:
    """The request whose photo a part belongs to."""
    return subject.split(".")[2]


def finding(key: str) -> str:
    """Where a known finding lies; `key` is `<sha256>.<analyzer>.<version>`."""
    return f"{_FEATURES}.{key}"


def findings(sha256: str) -> str:
    """Where all that is known of a photo lies."""
    return finding(f"{sha256}.{REST}")


def finding_key(subject: str) -> str:
    """The key of a known finding."""
    return subject.removeprefix(f"{_FEATURES}.")


def bucket(stream: str) -> str:
    """All subjects of a bucket, which JetStream calls by the name of its stream: `KV_IMAGES`."""
    return f"${stream.replace('_', '.', 1)}.{REST}"


def probe(stream: str) -> str:
    """Where `bus.jetstream.health` writes to see whether a stream can be written. It is none of the stream's other
    subjects: no consumer is given it, it is not sent again to those that watch, and no list of events shows it."""
    return f"heckler.probe.{stream}"
