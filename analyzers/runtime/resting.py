"""Models that have not been used for long: the process becomes a fresh one that has not loaded them (decision 0030).

Memory that a network's libraries have taken comes back for certain only with the end of a process. So the process
replaces itself (exec(2), see `cli.up.serve`). The new one gets the names of the analyzers to present without loading.
The first photo for one of those waits until its models are there.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from analyzers.base import Weights
from bus.service.presence import ServiceInfo
from bus.service.restart import RESTING

QUIET_S = 3.0
"""Seconds without any look before a process may start afresh: it is not between two photos of a row."""
NEARLY = 0.9
"""Share of the time after which an analyzer rests as well when another one does: they were used for the same photo."""


@dataclass(frozen=True)
class Resting:
    """Stands for an analyzer whose models are not loaded: how it presents itself, and how it is made."""

    cls: type[Any]
    weights: Weights
    model: str

    @property
    def version(self) -> str:
        return str(self.cls.version)

    def load(self) -> Any:
        """The analyzer. Raises whatever its class raises."""
        return self.cls(self.weights)


@dataclass(frozen=True)
class Rest:
    """What is known of an analyzer that rests: its model, where that ran, the names of its weights."""

    model: str
    runs_on: tuple[tuple[str, str], ...]
    weights: tuple[str, ...]


class Used(Protocol):
    """What the memory of is at stake."""

    @property
    def is_resting(self) -> bool: ...

    @property
    def used_at(self) -> float: ...


def class_of(analyzer: Any) -> type[Any]:
    """The class in the roster of an analyzer, loaded or not."""
    return analyzer.cls if isinstance(analyzer, Resting) else type(analyzer)


def to_rest(executors: Mapping[str, Used], ttl_s: float, now: float) -> set[str]:
    """The analyzers to let rest in a fresh process. Once one of them has not been used for `ttl_s` seconds: all that
    are in that state or nearly so, and those that rest already. None while any was used a moment ago."""
    loaded = {name: now - each.used_at for name, each in executors.items() if not each.is_resting}
    idle = loaded.values()
    if not loaded or max(idle) < ttl_s or min(idle) < min(QUIET_S, ttl_s):
        return set()
    unused = {name for name, idle_s in loaded.items() if idle_s >= NEARLY * ttl_s}
    return unused | (executors.keys() - loaded.keys())


def handed_over(resting: Iterable[tuple[ServiceInfo, Collection[str]]]) -> dict[str, str]:
    """The environment that names these analyzers and their weights for the next process."""
    rests = {info.name: [info.model, info.runs_on, sorted(weights)] for info, weights in resting}
    return {RESTING: json.dumps(rests)}


def taken_over() -> dict[str, Rest]:
    """The analyzers that the process before this one handed over, by name. Children of this process do not get them."""
    rests = json.loads(os.environ.pop(RESTING, "") or "{}")
    return {
        name: Rest(model, tuple((file, provider) for file, provider in runs_on), tuple(weights))
        for name, (model, runs_on, weights) in rests.items()
    }


def now() -> float:
    """The clock of `used_at`, in seconds."""
    return time.monotonic()
