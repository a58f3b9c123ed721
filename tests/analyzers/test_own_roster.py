"""A roster of one's own, as HECKLER_ROSTER names it: what a newcomer forgets is said in a sentence."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from analyzers.base import Photo
from analyzers.rosters import BadRoster, load_roster, wiring_of
from bus.features import Quality
from bus.settings import Settings


class Grumpiness:
    """As small as an analyzer can be."""

    group, version, name, model = "quality", "1", "grumpiness", "none"

    def __init__(self, weights: Any = None) -> None: ...

    def analyze(self, photo: Photo, quality: Quality) -> Quality:
        return quality


def load(monkeypatch: pytest.MonkeyPatch, *classes: Any) -> tuple[type[Any], ...]:
    own = ModuleType("own_roster")
    own.MINE = classes  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "own_roster", own)
    return load_roster(Settings(roster="own_roster:MINE"))


def test_a_class_with_the_wiring_is_all_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    (loaded,) = load(monkeypatch, Grumpiness)
    assert (wiring_of(loaded).name, wiring_of(loaded).waits_for) == ("grumpiness", ("quality",))


@pytest.mark.parametrize("forgotten", ["group", "version"])
def test_what_was_forgotten_is_named(monkeypatch: pytest.MonkeyPatch, forgotten: str) -> None:
    kept = {name: value for name, value in vars(Grumpiness).items() if name not in {forgotten, "__dict__"}}
    with pytest.raises(BadRoster, match=f"Grumpiness has no {forgotten}"):
        load(monkeypatch, type("Grumpiness", (), kept))
