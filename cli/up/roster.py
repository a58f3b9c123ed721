"""The roster as the command line needs it. Imports every analyzer's module and its libraries."""

from __future__ import annotations

from typing import Any

from analyzers.runtime.loading import better_ones
from analyzers.runtime.registry import GROUPS, BadRoster, load_roster, wiring_of
from analyzers.runtime.weight_fetcher import may_come
from analyzers.weights.install_hints import pull_command
from analyzers.weights.store import Store, store_of
from bus.settings import Settings
from cli.up.worker_layout import Member, Roster

__all__ = ["BadRoster", "read"]


def read(settings: Settings) -> Roster:
    """The configured roster, and which weights each analyzer lacks. Raises BadRoster."""
    store, fetches = store_of(settings), settings.models_pull == "auto"
    return Roster(GROUPS, tuple(_member(analyzer, store, fetches) for analyzer in load_roster(settings)))


def _member(analyzer: type[Any], store: Store, fetches: bool) -> Member:
    weights, missing = store.available(analyzer)
    better = better_ones(analyzer, weights)
    lacks = missing or better
    coming = tuple(name for name in lacks if fetches and may_come(store, name))
    fix = pull_command(store, [name for name in lacks if name not in coming])
    wiring = wiring_of(analyzer)
    return Member(wiring.name, analyzer.group, tuple(wiring.needs), missing, better, coming, fix)
