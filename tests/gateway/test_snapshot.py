"""The document of a request, from any part of its history."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.analysis.product import Analyzed
from bus.events import Cancelled, Deadline, Event, Failed, Feature, Joined, PhotoRef, Submitted
from bus.findings import Faces, Facts
from bus.history import History, Stored
from bus.roast.events import Cue, Cued, Joke, Line, Roast
from bus.roast.style import Style
from gateway.products.registry import snapshot
from gateway.products.roast import RoastSnapshot
from gateway.snapshot import Snapshot

ID = "AbCdEfGhIjKlMnOpQrStUv"
CUE = Cue(id="dim", kind="lighting", text="dim", salience=0.5, evidence=("lighting.exposure",))
SUBMITTED = Submitted(
    product="roast",
    id=ID,
    photo=PhotoRef(key=ID, sha256="0" * 64, width=640, height=480, bytes=1000),
    facts=Facts(),
    options=Style(heat="gentle").model_dump(),
    expects=("faces", "facts", "text"),
    join_by=20,
    expire_by=300,
)
EVENTS: list[Event] = [
    Feature(id=ID, analyzer="facts", status="ok", finding=Facts(), compute_ms=1.5),
    Feature(id=ID, analyzer="faces", status="ok", finding=Faces()),
    Feature(id=ID, analyzer="text", status="skipped", reason="nothing to read"),
    Deadline(id=ID, what="join", due=0),
    Joined(id=ID, complete=False, timed_out=True, missing={"text": "too late"}),
    Cued(id=ID, cues=(CUE,)),
    Line(id=ID, attempt=1, n=0, joke=0, text="It is dark", cues=("dim",)),
]
ROAST = Roast(
    id=ID,
    text="It is dark.",
    jokes=(Joke(text="It is dark.", cues=("dim",)),),
    writer="house",
    persona="critic",
    heat="gentle",
    write_ms=3,
)
ENDINGS: list[Event] = [
    ROAST,
    Failed(id=ID, code="expired", detail="too slow", hint="try again"),
    Failed(id=ID, code="explicit", detail="no, thank you"),
    Cancelled(id=ID),
    Analyzed(id=ID),
]


def history(*events: Event) -> History:
    """The events, one after the other, a tenth of a second apart from second 1000 on."""
    return History.of(Stored(n + 1, 1000 + n / 10, event) for n, event in enumerate(events))


def of(*events: Event) -> RoastSnapshot:
    document = snapshot(history(SUBMITTED, *events))
    assert isinstance(document, RoastSnapshot)
    return document


@given(st.lists(st.sampled_from(EVENTS), unique_by=lambda event: event.subject), st.sampled_from([None, *ENDINGS]))
def test_any_part_of_a_history_has_a_document(events: list[Event], ending: Event | None) -> None:
    everything = [*events, *([ending] if ending else [])]
    document = of(*everything)
    assert (document.status == "running") == (ending is None)
    assert set(document.features) == {event.analyzer for event in events if isinstance(event, Feature)}
    assert (document.roast is not None) == isinstance(ending, Roast)
    assert (document.failed is not None) == isinstance(ending, Failed)
    assert (document.timings.total_ms is None) == (ending is None)
    assert RoastSnapshot.model_validate_json(document.model_dump_json()) == document


@given(st.permutations(list(enumerate([SUBMITTED, *EVENTS, ROAST]))), st.integers(0, 8))
def test_neither_order_nor_duplicates_of_what_was_read_matter(order: list[tuple[int, Event]], again: int) -> None:
    stored = [Stored(n + 1, 1000 + n / 10, event) for n, event in [*order, order[again]]]
    assert snapshot(History.of(stored)) == of(*EVENTS, ROAST)


@given(st.lists(st.sampled_from([*EVENTS, *ENDINGS]), max_size=4))
def test_without_a_submission_there_is_no_document(events: list[Event]) -> None:
    assert snapshot(history(*events)) is None


@pytest.mark.parametrize(
    ("ending", "status"), list(zip(ENDINGS, ["done", "failed", "refused", "cancelled", "done"], strict=True))
)
def test_the_ending_gives_the_status(ending: Event, status: str) -> None:
    assert of(ending).status == status


def test_the_place_in_the_line_is_what_it_is_told_and_0_by_itself() -> None:
    waiting = snapshot(history(SUBMITTED), ahead=3)
    assert waiting is not None
    assert (waiting.ahead, of().ahead) == (3, 0)


def test_timings_count_from_the_submission_by_the_clock_of_the_log() -> None:
    timings = of(*EVENTS, ROAST).timings
    assert (timings.submitted_at, timings.joined_ms, timings.first_line_ms) == (1000, 500, 700)
    assert (timings.roast_ms, timings.total_ms, timings.write_ms) == (800, 800, 3)


def test_an_ending_that_overtook_the_clock_does_not_take_negative_time() -> None:
    stored = [Stored(1, 1000.2, SUBMITTED), Stored(2, 1000.1, Cancelled(id=ID))]
    document = snapshot(History.of(stored))
    assert document is not None
    assert document.timings.total_ms == 0


def test_who_is_missing_is_what_the_join_said() -> None:
    assert [(missing.analyzer, missing.reason) for missing in of(*EVENTS).missing] == [("text", "too late")]


def test_a_request_that_ended_before_its_join_misses_those_who_had_not_answered() -> None:
    document = of(EVENTS[0], Cancelled(id=ID))
    assert [missing.analyzer for missing in document.missing] == ["faces", "text"]
    assert of(EVENTS[0]).missing == ()  # still running: nobody is missing yet


def test_an_analysis_has_what_every_request_has_and_no_cues() -> None:
    analysis = SUBMITTED.model_copy(update={"product": "analysis", "options": {}})
    document = snapshot(history(analysis, *EVENTS[:3], Joined(id=ID, complete=True), Analyzed(id=ID)))
    assert document is not None
    assert type(document) is Snapshot
    assert (document.product, document.status) == ("analysis", "done")
    assert (document.timings.joined_ms, document.timings.total_ms) == (400, 500)
    assert not {"cues", "roast", "card"} & {*document.model_dump(), *document.links.model_dump()}


def test_links_lead_to_this_request_also_when_the_photo_is_that_of_another() -> None:
    encore = SUBMITTED.model_copy(
        update={"photo": SUBMITTED.photo.model_copy(update={"key": "x" * 22}), "parent": "x" * 22}
    )
    document = snapshot(history(encore))
    assert document is not None
    assert document.parent == "x" * 22
    assert document.photo.url == document.links.photo == f"/api/requests/{ID}/photo"
