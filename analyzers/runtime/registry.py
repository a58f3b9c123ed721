"""Reading a roster: ours, or the one that HECKLER_ROSTER names."""

from __future__ import annotations

import importlib
from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, cast

from analyzers.base import Wiring, wiring
from bus.findings import register
from bus.settings import Settings

GROUPS = ("face", "body", "demographics", "scene", "quality")


@cache
def _wiring(analyzer: Hashable) -> Wiring:
    return wiring(cast("type[Any]", analyzer))


def wiring_of(analyzer: type[Any]) -> Wiring:
    """The wiring of a class, read once. Raises TypeError."""
    return _wiring(cast(Hashable, analyzer))


class BadRoster(Exception):
    """The roster cannot be used; the message says which entry and why."""


def load_roster(settings: Settings) -> tuple[type[Any], ...]:
    """The analyzer classes of `settings.roster`. Raises BadRoster: a broken unit fails at the start, loudly.

    The findings that they return and need are read into their classes from now on, wherever those are written.
    """
    module, _, attribute = settings.roster.partition(":")
    try:
        roster = tuple(getattr(importlib.import_module(module), attribute or "ROSTER"))
    except (ImportError, AttributeError) as error:
        raise BadRoster(f"HECKLER_ROSTER={settings.roster}: {error}") from error
    names: list[str] = []
    for analyzer in roster:
        try:
            wired = wiring_of(analyzer)
            for finding in (wired.returns, *wired.parameters.values()):
                register(finding)
        except TypeError as error:
            raise BadRoster(str(error)) from error
        names.append(wired.name)
        if lacking := [each for each in ("group", "version") if not hasattr(analyzer, each)]:
            raise BadRoster(f"{analyzer.__name__} has no {' and no '.join(lacking)}")
        if analyzer.group not in GROUPS:
            raise BadRoster(f"{analyzer.__name__}: group {analyzer.group!r} is none of {', '.join(GROUPS)}")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise BadRoster(f"two analyzers of the same name: {', '.join(sorted(twice))}")
    return roster


def select(roster: Sequence[type[Any]], wanted: Sequence[str]) -> tuple[type[Any], ...]:
    """The analyzers whose group or name is wanted, all of them for nothing wanted. Raises BadRoster."""
    names = {wiring_of(analyzer).name for analyzer in roster}
    unknown = [each for each in wanted if each not in names and each not in GROUPS]
    if unknown:
        raise BadRoster(
            f"no analyzer or group named {', '.join(unknown)}; "
            f"groups: {', '.join(GROUPS)}; analyzers: {', '.join(sorted(names))}"
        )
    if not wanted:
        return tuple(roster)
    return tuple(each for each in roster if each.group in wanted or wiring_of(each).name in wanted)
