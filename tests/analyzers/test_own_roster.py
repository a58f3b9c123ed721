"""A roster of one's own, as HECKLER_ROSTER names it: what a newcomer forgets is said in a sentence."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from analyzers.base import Photo
from analyzers.runtime.registry import BadRoster, load_roster, wiring_of
from analyzers.weights.store import store_of
from bus.findings import Finding, Quality
from bus.settings import Settings


class Grumpiness:
    """As small as an analyzer can be."""

    group, version, name, model = "quality", "1", "grumpiness", "none"

    def __init__(self, weights: Any = None) -> None: ...

    def analyze(self, photo: Photo, quality: Quality) -> Quality:
        return quality


class Unheard(Finding):
    kind: Literal["unheard"] = "unheard"


class Unlisted(Grumpiness):
    name = "unlisted"

    def analyze(self, photo: Photo, quality: Quality) -> Unheard:  # type: ignore[override]
        return Unheard()


def load(monkeypatch: pytest.MonkeyPatch, *classes: Any) -> tuple[type[Any], ...]:
    own = ModuleType("own_roster")
    own.MINE = classes  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "own_roster", own)
    return load_roster(Settings(roster="own_roster:MINE"))


def test_a_class_with_the_wiring_is_all_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    (loaded,) = load(monkeypatch, Grumpiness)
    assert (wiring_of(loaded).name, wiring_of(loaded).needs) == ("grumpiness", ("quality",))


def test_weights_need_no_mention_where_there_are_none(tmp_path: Path) -> None:
    available = store_of(Settings(data=tmp_path)).available(Grumpiness)
    assert (available.weights, available.missing) == ({}, ())


def test_a_finding_that_no_event_can_carry_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadRoster, match="returns Unheard: add it to AnyFinding"):
        load(monkeypatch, Unlisted)


@pytest.mark.parametrize("forgotten", ["group", "version"])
def test_what_was_forgotten_is_named(monkeypatch: pytest.MonkeyPatch, forgotten: str) -> None:
    kept = {name: value for name, value in vars(Grumpiness).items() if name not in {forgotten, "__dict__"}}
    with pytest.raises(BadRoster, match=f"Grumpiness has no {forgotten}"):
        load(monkeypatch, type("Grumpiness", (), kept))
