"""What a terminal shows of a roast in the making."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bus.events import Event, Failed, Feature, Joined, PhotoRef, Started, Submitted
from bus.findings import Facts
from bus.roast.events import Cued, Joke, Line, Roast
from cli.connect.api_client import InQueue, StreamEvent
from cli.roast.progress import Progress, describe, picture

ID = "request"
SUBMITTED = Submitted(
    product="roast",
    id=ID,
    photo=PhotoRef(key=ID, sha256="0" * 64, width=1, height=1, bytes=1),
    facts=Facts(),
    expects=("faces", "text"),
    join_by=0,
    expire_by=0,
)
FACES = Feature(id=ID, analyzer="faces", status="ok", compute_ms=12.4)
TEXT = Feature(id=ID, analyzer="text", status="failed", reason="[bold]it broke[/]")
JOINED = Joined(id=ID, complete=False, missing={"text": "it broke"})
ROAST = Roast(
    id=ID, text="One.\nTwo.", jokes=(Joke(text="One.", cues=("c",)),), writer="house", persona="critic", heat="medium"
)


def line(n: int, text: str, attempt: int = 1) -> Line:
    return Line(id=ID, attempt=attempt, n=n, joke=n, text=text)


def shown(*events: StreamEvent) -> str:
    progress = Progress("me.jpg")
    for event in events:
        progress.take(event)
    console = Console(width=100)
    with console.capture() as captured:
        console.print(picture(progress))
    return captured.get()


def test_every_expected_analyzer_has_a_row_from_the_start() -> None:
    assert [row.split() for row in shown(SUBMITTED).splitlines()] == [["me.jpg"], ["·", "faces"], ["·", "text"]]


def test_findings_and_failures_are_marked_and_explained() -> None:
    rows = shown(SUBMITTED, FACES, TEXT)
    assert "✓  faces  12 ms" in rows
    assert "✗  text   failed ([bold]it broke[/])" in rows


def test_a_late_start_does_not_undo_a_finding() -> None:
    assert "✓  faces" in shown(SUBMITTED, FACES, Started(id=ID, analyzer="faces", attempt=2))


def test_the_place_in_the_line_stands_there_until_it_is_over() -> None:
    assert "in line: 3 photos are on before this one" in shown(SUBMITTED, InQueue(3))
    assert "in line: 1 photo is on before this one" in shown(SUBMITTED, InQueue(3), InQueue(1))
    for later in (InQueue(0), JOINED):
        assert "in line" not in shown(SUBMITTED, InQueue(3), later)


def test_lines_appear_in_order_and_a_new_attempt_begins_anew() -> None:
    progress = Progress("me.jpg")
    for event in (line(1, "b"), line(0, "a"), line(0, "a")):
        progress.take(event)
    assert progress.text == "a\nb"
    progress.take(line(0, "c", attempt=2))
    progress.take(line(2, "late", attempt=1))
    assert progress.text == "c"


def test_the_final_words_replace_the_lines() -> None:
    progress = Progress("me.jpg")
    for event in (line(0, "Draft."), ROAST):
        progress.take(event)
    assert progress.text == "One.\nTwo."


def test_plain_lines_say_what_happened() -> None:
    assert describe(SUBMITTED) == "looking: faces, text"
    assert describe(FACES) == "faces: 12 ms"
    assert describe(FACES.model_copy(update={"cached": True})) == "faces: known already"
    assert describe(TEXT) == "text: failed ([bold]it broke[/])"
    assert describe(JOINED) == "joined, without text"
    assert describe(Cued(id=ID)) == "found: 0 cues"
    assert describe(line(0, "x")) is None


EVENTS = [SUBMITTED, FACES, TEXT, JOINED, line(0, "a"), line(1, "b", 2), ROAST, Started(id=ID, analyzer="faces"),
          Failed(id=ID, code="x", detail="y")]  # fmt: skip


@given(st.lists(st.sampled_from(EVENTS)))
def test_events_in_any_order_and_number_make_a_picture(events: list[Event]) -> None:
    assert shown(*events).startswith("me.jpg")


def drawn(size: tuple[int, int], *events: Event) -> list[str]:
    progress = Progress("a photo with quite a long name.jpg")
    for event in events:
        progress.take(event)
    console = Console(width=size[0], height=size[1], force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(picture(progress))
    return [row.rstrip() for row in captured.get().splitlines()]


MANY = SUBMITTED.model_copy(update={"expects": tuple(f"analyzer{number}" for number in range(19))})
LONG = line(0, f"{'Many words. ' * 60}The very end.")


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20), (60, 10), (40, 6)])
def test_it_never_outgrows_the_screen_and_the_newest_words_are_seen(size: tuple[int, int]) -> None:
    for events in ((MANY,), (MANY, JOINED), (MANY, JOINED, LONG)):
        rows = drawn(size, *events)
        assert len(rows) < size[1]
        assert max(map(len, rows)) <= size[0] - 3
    assert " ".join(rows[-2:]).endswith("The very end.")


def test_where_there_is_no_room_for_a_row_each_they_stand_side_by_side_and_then_are_counted() -> None:
    started = Started(id=ID, analyzer="analyzer3")
    done = Feature(id=ID, analyzer="analyzer1", status="ok", compute_ms=1)
    assert "✓  analyzer1   1 ms" in drawn((80, 40), MANY, done)
    assert drawn((50, 16), MANY, done)[1] == "· analyzer0   ✓ analyzer1   · analyzer2"
    assert drawn((60, 6), MANY, done, started)[1] == "1 of 19 have looked; analyzer3 at it"
