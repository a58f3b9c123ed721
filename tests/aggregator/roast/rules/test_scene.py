"""What the rules are given to look at, and what they leave alone in it."""

from __future__ import annotations

from typing import get_args, get_type_hints

from aggregator.roast.cues import find_cues
from aggregator.roast.findings_view import FindingsView
from bus.events import Feature, PhotoRef
from bus.findings import Faces, Facts, Place, ScenePlace

REF = PhotoRef(key="k", sha256="0" * 64, width=1000, height=1000, bytes=1)


def test_every_finding_that_the_rules_look_at_goes_by_its_kind() -> None:
    hints = {name: get_args(hint)[0] for name, hint in get_type_hints(FindingsView).items() if name != "photo"}
    assert {name: kind.model_fields["kind"].default for name, kind in hints.items()} == {name: name for name in hints}


def test_a_finding_under_another_name_or_of_no_avail_is_not_there() -> None:
    faces = Faces()
    known = {"faces": Feature(id="x", analyzer="faces", status="ok", finding=faces)}
    assert FindingsView.of(known, REF).faces is faces
    misnamed = {"faces": Feature(id="x", analyzer="faces", status="ok", finding=Facts())}
    skipped = {"faces": Feature(id="x", analyzer="faces", status="skipped", reason="no")}
    assert FindingsView.of(misnamed, REF) == FindingsView.of(skipped, REF) == FindingsView(REF)


def test_attributes_that_come_without_a_score_give_no_cue() -> None:
    def cues(*attributes: str) -> object:
        scene = ScenePlace(places=(Place(label="beach", score=0.9),), indoor=0.1, attributes=attributes)
        return find_cues({"scene": Feature(id="x", analyzer="scene", status="ok", finding=scene)}, REF)

    assert cues("praying", "stressful", "dirty") == cues() != ()
