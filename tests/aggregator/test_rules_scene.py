"""What the rules are given to look at."""

from __future__ import annotations

from typing import get_args, get_type_hints

from aggregator.scene import Scene
from bus.events import Feature, PhotoRef
from bus.features import Faces, Facts

REF = PhotoRef(key="k", sha256="0" * 64, width=1000, height=1000, bytes=1)


def test_every_finding_that_the_rules_look_at_goes_by_its_kind() -> None:
    hints = {name: get_args(hint)[0] for name, hint in get_type_hints(Scene).items() if name != "photo"}
    assert {name: kind.model_fields["kind"].default for name, kind in hints.items()} == {name: name for name in hints}


def test_a_finding_under_another_name_or_of_no_avail_is_not_there() -> None:
    faces = Faces()
    known = {"faces": Feature(id="x", analyzer="faces", status="ok", finding=faces)}
    assert Scene.of(known, REF).faces is faces
    misnamed = {"faces": Feature(id="x", analyzer="faces", status="ok", finding=Facts())}
    skipped = {"faces": Feature(id="x", analyzer="faces", status="skipped", reason="no")}
    assert Scene.of(misnamed, REF) == Scene.of(skipped, REF) == Scene(REF)
