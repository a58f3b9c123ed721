"""A roster of one's own, as HECKLER_ROSTER names it: what a newcomer forgets is said in a sentence."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from analyzers.base import BEHAVIOUR, Analyzer, Photo
from analyzers.runtime.registry import BadRoster, load_roster, wiring_of
from analyzers.weights.store import store_of
from bus.events import Feature
from bus.findings import Finding, Quality, UnknownFinding
from bus.jetstream.codec import decode, encode
from bus.settings import Settings


class Grumpiness:
    """As small as an analyzer can be."""

    group, version, name, model = "quality", "1", "grumpiness", "none"

    def __init__(self, weights: Any = None) -> None: ...

    def analyze(self, photo: Photo, quality: Quality) -> Quality:
        return quality


class Unheard(Finding):
    kind: Literal["unheard"] = "unheard"
    loudness: float = 0.0


class Listens(Grumpiness):
    name = "unheard"

    def analyze(self, photo: Photo) -> Unheard:  # type: ignore[override]
        return Unheard()


class Echoes(Grumpiness):
    name = "echoes"

    def analyze(self, unheard: Unheard) -> Quality:  # type: ignore[override]
        raise NotImplementedError


class Impostor(Finding):
    kind: Literal["quality"] = "quality"


class Poses(Grumpiness):
    name = "poses"

    def analyze(self, photo: Photo) -> Impostor:  # type: ignore[override]
        return Impostor()


class Kindless(Finding):
    loudness: float = 0.0


class Shapeless(Grumpiness):
    name = "shapeless"

    def analyze(self, photo: Photo, quality: Quality) -> Kindless:  # type: ignore[override]
        return Kindless()


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


def test_a_finding_of_ones_own_is_read_into_its_class_with_the_roster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = Feature(id="x", analyzer="unheard", status="ok", finding=Unheard(loudness=0.25))
    before = decode(f"{found.subject}.before", encode(found))
    assert isinstance(before, Feature)
    assert type(before.finding) is UnknownFinding
    load(monkeypatch, Listens, Echoes)
    assert decode(found.subject, encode(found)) == decode(found.subject, encode(before)) == found


def test_a_class_that_inherits_nothing_behaves_as_the_protocol_says() -> None:
    plain = wiring_of(Grumpiness)
    assert {what: getattr(plain, what) for what in BEHAVIOUR} == {what: getattr(Analyzer, what) for what in BEHAVIOUR}


@pytest.mark.parametrize(
    ("analyzer", "words"),
    [
        (Poses, "two findings have the kind 'quality': bus.findings.quality.Quality"),
        (Shapeless, "Kindless has no kind"),
    ],
)
def test_a_finding_that_cannot_be_told_from_others_is_named(
    monkeypatch: pytest.MonkeyPatch, analyzer: type[Any], words: str
) -> None:
    with pytest.raises(BadRoster, match=words):
        load(monkeypatch, analyzer)


@pytest.mark.parametrize("forgotten", ["group", "version"])
def test_what_was_forgotten_is_named(monkeypatch: pytest.MonkeyPatch, forgotten: str) -> None:
    kept = {name: value for name, value in vars(Grumpiness).items() if name not in {forgotten, "__dict__"}}
    with pytest.raises(BadRoster, match=f"Grumpiness has no {forgotten}"):
        load(monkeypatch, type("Grumpiness", (), kept))
