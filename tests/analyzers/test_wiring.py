"""An analyzer's annotations are its wiring; rosters load and select, or say what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from made_up import Base, Looks, NeedsTwo

from analyzers.base import Photo, wiring
from analyzers.runtime.loading import load_analyzers
from analyzers.runtime.registry import BadRoster, load_roster, select, wiring_of
from bus.findings import Facts, Lighting
from bus.settings import Settings


def test_the_annotations_are_the_wiring() -> None:
    assert wiring(NeedsTwo).needs == ("faces", "text")
    assert not wiring(NeedsTwo).takes_photo
    assert wiring(Looks).takes_photo


def test_a_class_that_is_no_analyzer_is_refused_with_the_mistake_named() -> None:
    class NoReturn(Base):
        def analyze(self, photo: Photo):  # type: ignore[no-untyped-def]
            return None

    class Strange(Base):
        def analyze(self, camera: int) -> Facts:
            return Facts()

    with pytest.raises(TypeError, match="must return a Finding"):
        wiring(NoReturn)
    with pytest.raises(TypeError, match="camera"):
        wiring(Strange)


def test_the_roster_loads_and_every_analyzer_has_a_name_of_its_own() -> None:
    names = [wiring_of(each).name for each in load_roster(Settings())]
    assert len(names) == len(set(names))
    assert {"facts", "faces", "explicit", "text", "quality", "lighting", "colors", "composition", "objects"} <= {*names}


@pytest.mark.parametrize("roster", ["nowhere:ROSTER", "analyzers.roster:NOTHING"])
def test_a_roster_that_does_not_load_is_named(roster: str) -> None:
    with pytest.raises(BadRoster, match=roster.split(":")[1]):
        load_roster(Settings(roster=roster))


def test_groups_and_names_select_and_unknown_ones_are_answered_with_those_there_are() -> None:
    roster = load_roster(Settings())
    chosen = select(roster, ["face", "text"])
    assert chosen == tuple(each for each in roster if each.group == "face" or wiring_of(each).name == "text")
    assert {"faces", "text", "mesh", "emotions"} <= {wiring_of(each).name for each in chosen}
    with pytest.raises(BadRoster, match=r"telepathy.*composition"):
        select(roster, ["telepathy"])


class Broken(Base):
    name = "broken"

    def __init__(self, weights: Any = None) -> None:
        raise ImportError("libGL.so.1: cannot open shared object file")

    def analyze(self, photo: Photo) -> Facts:
        return Facts()


def test_an_analyzer_that_lacks_a_library_says_so_and_the_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzers.runtime.loading.load_roster", lambda _: (Broken, Looks))
    broken, looks = load_analyzers(Settings(), [])
    assert (broken.analyzer, type(looks.analyzer)) == (None, Looks)
    assert (broken.name, bool(broken.info.missing)) == ("broken", True)
    assert (looks.name, looks.info.missing) == ("looks", ())
    assert broken.info.note == "libGL.so.1: cannot open shared object file: sudo apt-get install libgl1"


def test_lighting_is_a_finding_like_any_other() -> None:
    assert wiring_of(next(each for each in load_roster(Settings()) if wiring_of(each).name == "lighting")).returns is (
        Lighting
    )
