"""Which analyzers can work here: a class of the roster is made if its weights and libraries are here, else reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from analyzers.base import Weights, weight_names
from analyzers.inference.sessions import sessions_made
from analyzers.runtime.registry import load_roster, select, wiring_of
from analyzers.runtime.resting import Rest, Resting, taken_over
from analyzers.weights.install_hints import install_command, pull_command
from analyzers.weights.store import Store, store_of
from bus.observability.logs import log
from bus.service.presence import ServiceInfo
from bus.settings import Settings

BROKEN = "a library or a file of its package"


@dataclass(frozen=True)
class LoadedAnalyzer:
    """A class of the roster, how it presents itself, and the analyzer, if it can work here."""

    cls: type[Any]
    info: ServiceInfo
    weights: Weights = field(default_factory=dict)
    analyzer: Any | None = None

    @property
    def name(self) -> str:
        return self.info.name


def load_analyzers(settings: Settings, names: Sequence[str]) -> list[LoadedAnalyzer]:
    """The analyzers of these groups or names, each made if it can work here. Raises BadRoster, WeightsError.

    Those that rest (see `analyzers.runtime.resting`) are not made yet.
    """
    store, resting = store_of(settings), taken_over()
    return [
        _taken_over(cls, store, resting) or load_analyzer(cls, store) for cls in select(load_roster(settings), names)
    ]


def _taken_over(cls: type[Any], store: Store, resting: Mapping[str, Rest]) -> LoadedAnalyzer | None:
    """An analyzer that rests, if it does and its weights are still those that it had."""
    wiring = wiring_of(cls)
    rest = resting.get(wiring.name)
    if rest is None:
        return None
    weights, missing = store.available(cls)
    if missing or tuple(sorted(weights)) != rest.weights:
        return None
    fix = pull_command(store, better_ones(cls, weights))
    info = ServiceInfo(
        wiring.name, cls.group, cls.version, rest.model, needs=wiring.needs, fix=fix, runs_on=rest.runs_on
    )  # fmt: skip
    return LoadedAnalyzer(cls, info, weights, Resting(cls, weights, rest.model))


def load_analyzer(cls: type[Any], store: Store) -> LoadedAnalyzer:
    """An analyzer, if its weights and its libraries are here. One that lacks them does not take the others down."""
    weights, missing = store.available(cls)
    wiring = wiring_of(cls)
    fix = pull_command(store, missing or better_ones(cls, weights))
    info = ServiceInfo(wiring.name, cls.group, cls.version, needs=wiring.needs, missing=missing, fix=fix)
    if missing:
        return LoadedAnalyzer(cls, info, weights)
    try:
        with sessions_made() as sessions:
            analyzer = cls(weights)
    except Exception as error:  # weights that are no model, a library of the system…: of many kinds
        return LoadedAnalyzer(cls, _unable(info, error), weights)
    return LoadedAnalyzer(
        cls, replace(info, model=str(analyzer.model), runs_on=tuple(sessions.items())), weights, analyzer
    )


def better_ones(cls: type[Any], here: Weights) -> tuple[str, ...]:
    """The weights that would make a working analyzer better: its optional ones, and of alternatives those above the
    best that is here."""
    names = weight_names(cls)
    best = next((i for i, name in enumerate(names.any_of) if name in here), 0)
    return tuple(name for name in names.any_of[:best] + names.better if name not in here)


def _unable(info: ServiceInfo, error: Exception) -> ServiceInfo:
    expected = isinstance(error, ImportError | OSError)
    log.error("analyzer cannot start", analyzer=info.name, error=repr(error), exc_info=None if expected else error)
    fix = install_command(str(error))
    note = f"{str(error) or type(error).__name__}"[:300]
    return replace(info, missing=(BROKEN,), note=f"{note}: {fix}" if fix else note, fix=fix)
