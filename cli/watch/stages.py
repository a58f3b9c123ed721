"""What the events tell of the stages: how long photos waited at each, and how long it took. Pure.

A stage is an analyzer by its name, `join`, `write`, or `whole` (from submission to ending). Times are the log's clock,
or what a service measured itself and said in its event.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bus.jetstream.codec import unpack
from bus.jetstream.direct_get import Message
from bus.subjects import kind_of, request_of

JOIN, WRITE, WHOLE = "join", "write", "whole"
CAPACITY = 20_000
"""Requests under way, and samples, that are remembered."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One photo at one stage, done at `at` (seconds since the epoch), and how that ended."""

    stage: str
    at: float
    wait_ms: float
    work_ms: float
    how: str = "ok"
    cached: bool = False


@dataclass(slots=True)
class _Request:
    submitted: float | None = None
    last: float = 0.0
    joined: float | None = None


@dataclass
class Stages:
    """Turns events into samples; remembers, of each request under way, three times."""

    _requests: OrderedDict[str, _Request] = field(default_factory=OrderedDict)

    def take(self, message: Message) -> Iterator[Sample]:
        """The samples of an event of the log (its subject under `photo.`); none for what tells of no stage."""
        id, (kind, *rest) = request_of(message.subject), kind_of(message.subject).split(".")
        request = self._requests.setdefault(id, _Request())
        match kind, rest:
            case "submitted", _:
                request.submitted = request.last = message.at
            case "deadline", _:
                request.last = message.at
            case "feature", [name]:
                request.last = message.at
                yield _looked(name, message)
            case "joined", _ if request.last:
                request.joined = message.at
                yield Sample(JOIN, message.at, 0.0, _ms(request.last, message.at))
        if kind == "end":
            yield from self._ended(request, rest[0], message)
            del self._requests[id]
        while len(self._requests) > CAPACITY:
            self._requests.popitem(last=False)

    def _ended(self, request: _Request, how: str, message: Message) -> Iterator[Sample]:
        if how == "roast" and request.joined is not None:
            took = float(_body(message).get("write_ms", 0.0))
            yield Sample(WRITE, message.at, max(0.0, _ms(request.joined, message.at) - took), took)
        if request.submitted is not None:
            yield Sample(WHOLE, message.at, 0.0, _ms(request.submitted, message.at), how)


def _looked(name: str, message: Message) -> Sample:
    body = _body(message)
    times = (float(body.get("queue_ms", 0.0)), float(body.get("compute_ms", 0.0)))
    return Sample(name, message.at, *times, str(body.get("status", "")), bool(body.get("cached")))


def _body(message: Message) -> Mapping[str, Any]:
    """Read without checking its shape: a view of many events a second needs two numbers of each."""
    try:
        body = unpack(message.data)
    except (ValueError, TypeError):
        return {}
    return body if isinstance(body, dict) else {}


def _ms(since: float, until: float) -> float:
    return max(0.0, (until - since) * 1000)


@dataclass(frozen=True, slots=True)
class Figures:
    """A stage over some time: photos, photos per second, and milliseconds waited and worked: median, 95 %."""

    photos: int
    per_s: float
    wait_p50_ms: float
    wait_p95_ms: float
    work_p50_ms: float
    work_p95_ms: float
    busy: float
    """How many worked at it at once, on average: the sum of the work over the time."""


def figures(samples: Iterable[Sample], seconds: float) -> dict[str, Figures]:
    """The figures of each stage that has samples, taken over so many seconds."""
    stages: dict[str, list[Sample]] = {}
    for sample in samples:
        stages.setdefault(sample.stage, []).append(sample)
    return {stage: _figures(found, max(seconds, 1e-9)) for stage, found in sorted(stages.items())}


def _figures(found: list[Sample], seconds: float) -> Figures:
    waits = sorted(sample.wait_ms for sample in found)
    works = sorted(sample.work_ms for sample in found if not sample.cached) or [0.0]
    return Figures(
        photos=len(found),
        per_s=round(len(found) / seconds, 3),
        wait_p50_ms=round(quantile(waits, 0.5), 3),
        wait_p95_ms=round(quantile(waits, 0.95), 3),
        work_p50_ms=round(quantile(works, 0.5), 3),
        work_p95_ms=round(quantile(works, 0.95), 3),
        busy=round(sum(works) / 1000 / seconds, 3),
    )


def quantile(ordered: list[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank); 0 of none."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


class Window:
    """The samples of the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._samples: deque[Sample] = deque(maxlen=CAPACITY)

    def add(self, samples: Iterable[Sample]) -> None:
        self._samples.extend(samples)

    def at(self, now: float) -> list[Sample]:
        """Those that are young enough at `now`; the others are forgotten."""
        while self._samples and self._samples[0].at < now - self.seconds:
            self._samples.popleft()
        return list(self._samples)
