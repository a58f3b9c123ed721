"""The analyzers of a roster without any pipeline: one after another, in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from analyzers.base import Photo, Skip
from analyzers.runtime.registry import wiring_of
from analyzers.service import unmet
from analyzers.weights.store import Store
from bus.events import Feature


class Direct:
    """For measurements, documentation and tests: the same analyzers, the same findings, no log."""

    def __init__(self, roster: Sequence[type[Any]], store: Store) -> None:
        self.analyzers: dict[str, Any] = {}
        self.missing: dict[str, tuple[str, ...]] = {}
        for cls in in_order(roster):
            weights, missing = store.available(cls)
            if missing:
                self.missing[wiring_of(cls).name] = tuple(missing)
            else:
                self.analyzers[wiring_of(cls).name] = cls(weights)

    def look(self, photo: Photo, id: str = "direct") -> dict[str, Feature]:
        """Name → what each analyzer says of `photo`. Raises what an analyzer raises, besides Skip."""
        features: dict[str, Feature] = {}
        for name in self.analyzers:
            features[name] = self.ask(name, photo, features, id)
        return features

    def each(self, photo: Photo, id: str = "direct") -> Iterator[Feature]:
        """Like `look`, one after another."""
        features: dict[str, Feature] = {}
        for name in self.analyzers:
            features[name] = self.ask(name, photo, features, id)
            yield features[name]

    def ask(self, name: str, photo: Photo, features: dict[str, Feature], id: str = "direct") -> Feature:
        """What the analyzer `name` says of `photo`, given what others have said."""
        analyzer = self.analyzers[name]
        wiring = wiring_of(type(analyzer))
        base = Feature(id=id, analyzer=name, status="skipped", model=analyzer.model, version=analyzer.version)
        absent = [need for need in wiring.needs if need not in features]
        if absent:
            return base.model_copy(update={"reason": f"needs {', '.join(absent)}, not here"})
        needs = [features[need] for need in wiring.needs]
        if reason := unmet(needs, wiring.accepts_empty):
            return base.model_copy(update={"reason": reason})
        arguments: dict[str, Any] = dict(zip(wiring.parameters, (need.finding for need in needs), strict=True))
        if wiring.takes_photo:
            arguments["photo"] = photo
        began = time.perf_counter()
        try:
            finding = analyzer.analyze(**arguments)
        except Skip as skip:
            return base.model_copy(update={"reason": str(skip)})
        took = (time.perf_counter() - began) * 1000
        return base.model_copy(update={"status": "ok", "finding": finding, "compute_ms": took})


def in_order(roster: Sequence[type[Any]]) -> list[type[Any]]:
    """The analyzers so that each comes after those it needs; otherwise as in the roster.

    Those whose needs are not in the roster, or go in a circle, come last: they can only skip.
    """
    waiting, done, ordered = list(roster), set[str](), list[type[Any]]()
    while ready := [cls for cls in waiting if done.issuperset(wiring_of(cls).needs)]:
        ordered += ready
        done |= {wiring_of(cls).name for cls in ready}
        waiting = [cls for cls in waiting if cls not in ready]
    return ordered + waiting
