"""The roster as the command line needs it. Imports every analyzer's module and its libraries."""

from __future__ import annotations

from typing import Any

from analyzers.base import weight_names
from analyzers.rosters import GROUPS, BadRoster, load_roster, wiring_of
from analyzers.weights import Store, store_of
from bus.settings import Settings
from cli.layout import Member, Roster

__all__ = ["BadRoster", "read"]


def read(settings: Settings) -> Roster:
    """The configured roster, and which weights each analyzer lacks. Raises BadRoster."""
    store = store_of(settings)
    return Roster(GROUPS, tuple(_member(analyzer, store) for analyzer in load_roster(settings)))


def _member(analyzer: Any, store: Store) -> Member:
    weights, missing = store.available(analyzer)
    names = weight_names(analyzer)
    best = next((i for i, name in enumerate(names.any_of) if name in weights), 0)
    better = names.any_of[:best] + tuple(name for name in names.better if name not in weights)
    return Member(wiring_of(analyzer).name, analyzer.group, tuple(missing), better)
