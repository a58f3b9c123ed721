"""Weights that come while other analyzers work: fetched in the background, and noticed however they came.

Every worker process fetches what its own analyzers lack, one file after the other; the store lets one process at a
time do so. What permissive licences and the operator's consent do not cover is left to `heckler models pull`.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from textwrap import shorten
from typing import Any

from analyzers.base import Weights, weight_names
from analyzers.runtime.loading import better_ones
from analyzers.weights.install_hints import is_published
from analyzers.weights.store import Store, WeightsError, store_of
from bus.observability.logs import log
from bus.service.presence import Download
from bus.settings import Settings

FIRST_PAUSE_S, LONGEST_PAUSE_S = 30.0, 3600.0
"""Between two attempts at what could not be fetched: the first pause, doubled each time up to the longest."""

REASON = 1000
"""Characters of a reason that are published: three mirrors fit, each with its address."""

PROGRESS_EVERY_S = 0.5
"""Least time between two reports of progress: a file comes in thousands of pieces."""


def lacking(cls: type[Any], here: Weights) -> tuple[str, ...]:
    """What would help an analyzer that has these weights: first what it needs, then the better of alternatives."""
    names = weight_names(cls)
    needed = tuple(name for name in names.needed if name not in here)
    any_of = () if any(name in here for name in names.any_of) else names.any_of
    return tuple(dict.fromkeys(needed + any_of + better_ones(cls, here)))


def may_come(store: Store, name: str) -> bool:
    """Whether these weights may be fetched without anyone's consent, and are published somewhere."""
    entry = store.entry(name)
    return entry.is_accepted(store.accepted) and is_published(store, name)


def plan(store: Store, classes: Iterable[type[Any]]) -> list[str]:
    """The weights to fetch now, in order: what keeps analyzers from working, then what makes them better.

    Of alternatives of which none is here, the best that may be had counts as needed.
    """
    needed: list[str] = []
    better: list[str] = []
    for cls in classes:
        here, missing = store.available(cls)
        needed += missing
        better += lacking(cls, here)
    return [name for name in dict.fromkeys(needed + better) if may_come(store, name)]


def arrival_for(names: Sequence[str], coming: dict[str, Download]) -> Download | None:
    """Of the weights that one analyzer lacks, what to say: what is being fetched, else what failed, else what waits."""
    arrivals = [coming[name] for name in names if name in coming]
    order = ("fetching", "failed", "waiting")
    return min(arrivals, key=lambda each: order.index(each.state), default=None)


class _Stopped(Exception):
    """The process is about to end: what has come of a file stays, and the next pull goes on there."""


class Fetcher:
    """Fetches what some analyzers lack, in a thread of its own, again and again until all of it is here.

    `changed` is called in that thread whenever `coming` has changed.
    """

    def __init__(self, settings: Settings, classes: Sequence[type[Any]], changed: Callable[[], None]) -> None:
        self._settings, self._classes, self._changed = settings, classes, changed
        self._stop = threading.Event()
        self._quiet_until = 0.0
        self.coming: dict[str, Download] = {}
        """Weights → how far they are. Replaced, never changed in place: it may be read at any time."""

    def start(self) -> None:
        """Begins, unless the settings say that nothing is to be fetched."""
        if self._settings.models_pull == "auto":
            # a daemon: it may be waiting for another process's pull, and the end of this one does not wait for that
            threading.Thread(target=self._run, name="fetch weights", daemon=True).start()

    def stop(self) -> None:
        """Breaks off what is under way."""
        self._stop.set()

    def _run(self) -> None:
        pause = FIRST_PAUSE_S
        try:
            while failed := self._round():
                log.info("weights did not come", models=failed, again_in_s=pause)
                if self._stop.wait(pause):
                    return
                pause = min(2 * pause, LONGEST_PAUSE_S)
        except _Stopped:
            return

    def _round(self) -> list[str]:
        """One attempt at everything that is lacking; the names of what did not come."""
        failed: list[str] = []
        tried: set[str] = set()
        try:
            # planned anew each time: what has just come may make others needless; a new store asks a dead mirror again
            while todo := [name for name in self._planned() if name not in tried]:
                tried.add(todo[0])
                if not self._fetch(todo[0]):
                    failed.append(todo[0])
        except WeightsError as error:  # a mirror folder that cannot be read, a broken manifest
            log.warning("no weights are fetched", error=str(error))
            return failed or ["all"]
        except _Stopped:
            raise
        except Exception:  # whatever it is: a thread that dies of it fetches nothing ever again
            log.exception("no weights are fetched")
            return failed or ["all"]
        return failed

    def _planned(self) -> list[str]:
        store = store_of(self._settings)
        names = plan(store, self._classes)
        known = self.coming
        self._tell({name: known.get(name) or _waiting(store, name) for name in names})
        return names

    def _fetch(self, name: str) -> bool:
        store = store_of(self._settings)
        try:
            _require_room(store, name)
            store.pull([name], self._on_progress)
        except (WeightsError, OSError) as error:
            before = self.coming.get(name) or _waiting(store, name)
            failed = Download("failed", name, total=before.total, reason=shorten(str(error), REASON, placeholder=" …"))
            self._tell({**self.coming, name: failed})
            return False
        self._tell({other: arrival for other, arrival in self.coming.items() if other != name})
        log.info("weights came", models=name)
        return True

    def _on_progress(self, name: str, done: int, total: int) -> None:
        if self._stop.is_set():
            raise _Stopped
        now = time.monotonic()
        if now < self._quiet_until and done < total:
            return
        self._quiet_until = now + PROGRESS_EVERY_S
        self._tell({**self.coming, name: Download("fetching", name, done, total)})

    def _tell(self, coming: dict[str, Download]) -> None:
        if coming != self.coming:
            self.coming = coming
            self._changed()


def _waiting(store: Store, name: str) -> Download:
    return Download("waiting", name, total=store.entry(name).size)


def _require_room(store: Store, name: str) -> None:
    """Raises WeightsError when the disk could not hold the file, and a tenth of its size beside it."""
    folder = next(parent for parent in (store.models_dir, *store.models_dir.parents) if parent.exists())
    free, size = shutil.disk_usage(folder).free, store.entry(name).size
    if free < 1.1 * size:
        raise WeightsError(f"{name} needs {size / 1e6:.0f} MB, and {folder} has {free / 1e6:.0f} MB left: make room")
