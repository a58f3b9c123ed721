"""What is different between two requests, as values; and which stage of one a rerun begins with."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.events import Event, Feature, Joined, PhotoRef, Submitted
from bus.findings import Facts
from bus.history import History, Stored
from bus.roast.events import Cue, Cued, Roast
from bus.roast.history import cued_of
from bus.roast.style import Style
from bus.service.presence import ServiceInfo
from cli.replay.diff import Change, Difference, changes, compare
from cli.replay.find_request import Trouble
from cli.replay.import_export import has_metadata
from cli.replay.rerun import able, plan
from cli.replay.text import differences

ID = "AbCdEfGhIjKlMnOpQrStUv"
PHOTO = PhotoRef(key=ID, sha256="s", width=4, height=3, bytes=2)
NEEDS = {"faces": (), "colors": (), "mesh": ("faces",), "age": ("mesh",)}


def feature(name: str, **more: Any) -> Feature:
    return Feature(id=ID, analyzer=name, status="ok", finding=Facts(**more))


def cue(id: str, **more: Any) -> Cue:
    return Cue(**{"id": id, "kind": id, "text": f"about {id}", "salience": 0.5, "evidence": ("faces.kind",), **more})


JOINED = Joined(id=ID, complete=True)


def cued(*cues: Cue, **more: Any) -> Cued:
    return Cued(id=ID, cues=cues, style=Style(seed=1), **more)


def history(*events: Event, product: str = "roast") -> History:
    names = ("faces", "colors", "mesh", "age")
    given = {"photo": PHOTO, "facts": Facts(), "expects": names, "join_by": 20, "expire_by": 300, "product": product}
    submitted = Submitted.model_validate({"id": ID, **given})
    return History(tuple(Stored(n, n, event) for n, event in enumerate((submitted, *events), 1)))


def roast(text: str) -> Roast:
    return Roast(id=ID, text=text, jokes=(), writer="house", persona="critic", heat="medium", write_ms=5)


def prompt(cued: Cued) -> str:
    return "\n".join(cue.text for cue in cued.cues)


WHOLE = history(
    *(feature(name) for name in ("faces", "colors", "mesh", "age")), JOINED, cued(cue("a"), cue("b")), roast("ha")
)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_nothing_is_different_from_itself(value: Any) -> None:
    assert list(changes(value, value, 0)) == []


@given(values, values)
def test_what_differs_one_way_differs_the_other_way(before: Any, after: Any) -> None:
    there = {(c.path, repr(c.before), repr(c.after)) for c in changes(before, after, 0)}
    back = {(c.path, repr(c.after), repr(c.before)) for c in changes(after, before, 0)}
    assert there == back


def test_changes_name_their_place_and_small_ones_are_none() -> None:
    before, after = {"faces": [{"score": 0.5}, {"score": 0.9}]}, {"faces": [{"score": 0.5004}]}
    assert list(changes(before, after, 1e-3)) == [Change("faces.1", {"score": 0.9}, None)]
    assert [change.path for change in changes(before, after, 0)] == ["faces.0.score", "faces.1"]


def test_each_stage_that_differs_is_named_and_no_other() -> None:
    assert compare(WHOLE, WHOLE, prompt).same
    features = (feature("faces", flash=True), feature("colors"), feature("mesh"), feature("text"))
    found = compare(WHOLE, history(*features, JOINED, cued(cue("a"), cue("c")), roast("ho")), prompt)
    assert list(found.findings) == ["faces"]
    assert found.findings["faces"] == (Change("flash", None, True),)
    assert (found.appeared, found.vanished) == (("text",), ("age",))
    assert [(change.path, change.before is None) for change in found.cues] == [("b", False), ("c", True)]
    assert found.prompt == ("@@ -1,2 +1,2 @@", " about a", "-about b", "+about c")
    assert [change.path for change in found.text] == ["text"]
    assert found.stages == ("findings", "cues", "prompt", "text")
    lines = [line for line, _ in differences(found)]
    assert "finding age: vanished" in lines
    assert "cue c: appeared: about c" in lines
    assert lines[-2] == "different: findings, cues, prompt, text"


def test_what_came_too_late_for_the_join_is_no_part_of_the_comparison() -> None:
    late = history(*(stored.event for stored in WHOLE.events[1:-1]), feature("text"), roast("ha"))
    assert compare(WHOLE, late, prompt).same


def test_a_rerun_looks_again_with_whom_it_begins_and_those_who_need_it() -> None:
    found = plan(WHOLE, "mesh", NEEDS)
    assert (found.again, found.reused) == (("age", "mesh"), ("faces", "colors"))
    assert plan(WHOLE, "analyzers", NEEDS).reused == ()
    assert plan(WHOLE, "join", NEEDS).again == ()
    assert plan(WHOLE, "writer", NEEDS).copies[-2:] == (WHOLE.joined, cued_of(WHOLE))
    assert plan(WHOLE, "writer", NEEDS).settled


def test_who_should_look_again_and_does_not_run_is_named_or_its_finding_is_kept() -> None:
    here = {name: needs for name, needs in NEEDS.items() if name != "age"}
    with pytest.raises(Trouble, match="age should look again"):
        plan(WHOLE, "analyzers", here)
    assert plan(WHOLE, "analyzers", here, keep_missing=True).reused == ("age",)


def test_a_request_that_was_never_joined_has_nothing_for_a_writer() -> None:
    for nothing in (history(feature("faces")), history(JOINED, product="analysis")):
        with pytest.raises(Trouble, match="rerun it --from join"):
            plan(nothing, "writer", NEEDS)


def test_who_was_too_late_the_first_time_is_left_out_after_the_join() -> None:
    late = history(feature("faces"), JOINED, cued(), feature("colors"), roast("ha"))
    found = plan(late, "join", NEEDS)
    assert found.reused == ("faces",)
    assert found.left_out == ("age", "colors", "mesh")


def test_what_was_mended_after_the_join_is_reused_in_the_place_of_the_failure() -> None:
    mended = history(
        feature("faces"), JOINED, cued(), feature("colors").model_copy(update={"supersedes": 3}), roast("ha")
    )
    found = plan(mended, "join", NEEDS)
    assert found.reused == ("faces", "colors")


def test_only_those_can_look_again_whose_needs_can() -> None:
    alive = {
        "faces": ServiceInfo("faces", missing=("yunet",)),
        "mesh": ServiceInfo("mesh", needs=("faces",)),
        "age": ServiceInfo("age", needs=("mesh",)),
        "colors": ServiceInfo("colors"),
    }
    assert able(alive) == {"colors": ()}


@pytest.mark.parametrize(
    ("segments", "has"),
    [
        (b"", False),
        (b"\xff\xe0\x00\x04JF", False),
        (b"\xff\xe1\x00\x08Exif\0\0", True),
        (b"\xff\xe0\x00\x04JF\xff\xfe\x00\x04hi", True),
        (b"\xff\xed\x00\x04ps", True),
    ],
)
def test_metadata_in_a_photo_is_found_before_it_leaves(segments: bytes, has: bool) -> None:
    assert has_metadata(b"\xff\xd8" + segments + b"\xff\xda\x00\x04..picture") == has
    assert has_metadata(b"GIF89a")
    assert has_metadata(b"\xff\xd8\xff\xe0\x00")


def test_a_difference_is_no_difference_in_times_alone() -> None:
    slower = history(
        *(
            feature(name).model_copy(update={"compute_ms": 99.0, "attempt": 2})
            for name in ("faces", "colors", "mesh", "age")
        ),
        JOINED,
        cued(cue("a"), cue("b")),
        roast("ha").model_copy(update={"write_ms": 900.0}),
    )
    found: Difference = compare(WHOLE, slower, prompt)
    assert found.same
    assert found.times["faces"] == (0, 99.0)
    assert found.times["writer"] == (5, 900.0)
