"""The course of a request, worked out from its events: who waited for whom, and what it was all about."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.events import Deadline, Event, Failed, Feature, Joined, PhotoRef, Rerun, Submitted
from bus.findings import Facts
from bus.history import History, Stored
from bus.roast.events import Line, Roast
from cli.replay.text import course
from cli.replay.timeline import Timeline, described, timeline

ID = "AbCdEfGhIjKlMnOpQrStUv"
NEEDS = {"faces": (), "colors": (), "mesh": ("faces",), "age": ("mesh", "faces")}
PHOTO = PhotoRef(key=ID, sha256="s", width=4, height=3, bytes=2)


def submitted(*expects: str, **more: Any) -> Submitted:
    return Submitted(
        product="roast", id=ID, photo=PHOTO, facts=Facts(), expects=expects, join_by=20, expire_by=300, **more
    )


def feature(name: str, compute: float, **more: Any) -> Feature:
    return Feature(**{"id": ID, "analyzer": name, "status": "ok", "compute_ms": compute, **more})


ROAST = Roast(id=ID, text="t", jokes=(), writer="house", persona="critic", heat="medium", write_ms=100)


def history(*events: tuple[float, Event]) -> History:
    return History(tuple(Stored(n, 1000 + at, event) for n, (at, event) in enumerate(events, 1)))


WHOLE = history(
    (0, submitted("faces", "colors", "mesh", "age")),
    (0.10, feature("colors", 40)),
    (0.20, feature("faces", 150)),
    (0.50, feature("mesh", 200)),
    (0.90, feature("age", 350, attempt=2)),
    (0.95, Joined(id=ID, complete=True)),
    (1.00, Line(id=ID, attempt=1, n=0, joke=0, text=" ha ")),
    (1.10, ROAST),
)


def stages(found: Timeline) -> dict[str, Any]:
    return {stage.name: stage for stage in found.stages}


def test_a_stage_is_ready_when_the_last_of_its_needs_is_there() -> None:
    found = stages(timeline(WHOLE, NEEDS))
    assert [stage.name for stage in timeline(WHOLE, NEEDS).stages] == [
        "colors",
        "faces",
        "mesh",
        "age",
        "join",
        "writer",
    ]
    assert (found["faces"].ready_ms, found["faces"].began_ms) == (0, pytest.approx(50))
    assert found["mesh"].ready_ms == pytest.approx(200)
    assert found["mesh"].queue_ms == pytest.approx(100)
    assert found["age"].ready_ms == pytest.approx(500)
    assert found["age"].attempt == 2
    assert found["join"].work_ms == pytest.approx(50)
    assert found["writer"].work_ms == pytest.approx(100)


def test_the_critical_path_leads_from_the_photo_to_the_end() -> None:
    found = timeline(WHOLE, NEEDS)
    assert found.path == ("faces", "mesh", "age", "join", "writer")
    assert {stage.name for stage in found.stages if stage.critical} == set(found.path)
    assert found.total_ms == pytest.approx(1100)
    assert found.waits[-1] == ("age", pytest.approx(400))


def test_when_time_was_up_the_deadline_is_what_it_was_all_about() -> None:
    found = timeline(
        history(
            (0, submitted("faces", "colors")),
            (0.1, feature("colors", 40)),
            (20, Deadline(id=ID, what="join", due=0)),
            (20.1, Joined(id=ID, complete=False, timed_out=True, missing={"faces": "still busy"})),
            (20.2, ROAST),
            (25, feature("faces", 9000)),
        ),
        NEEDS,
    )
    assert found.path == ("the deadline", "join", "writer")
    assert [name for name, _ in found.waits] == ["colors"]
    assert stages(found)["faces"].done_ms == pytest.approx(25_000)


def test_what_runs_and_what_waits_in_a_request_under_way() -> None:
    found = timeline(history((0, submitted("faces", "mesh")), (0.1, feature("colors", 5))), NEEDS)
    assert {name: stage.status for name, stage in stages(found).items()} == {
        "colors": "ok",
        "faces": "running",
        "mesh": "waiting",
    }
    assert found.total_ms is None
    ended = timeline(history((0, submitted("faces")), (1, Failed(id=ID, code="expired", detail="d"))), NEEDS)
    assert stages(ended)["faces"].status == "late"


def test_what_was_reused_or_cached_took_no_work() -> None:
    rerun = submitted("faces", "colors", parent="p", rerun=Rerun(reused=("faces",)))
    found = stages(
        timeline(history((0, rerun), (0.01, feature("faces", 900)), (0.02, feature("colors", 50, cached=True))), NEEDS)
    )
    assert found["faces"].note == "reused"
    assert found["faces"].work_ms == pytest.approx(10)
    assert found["colors"].work_ms == 0


@given(st.permutations(range(len(WHOLE.events))), st.integers(0, len(WHOLE.events)))
def test_whatever_of_a_request_is_known_in_whatever_order_has_a_course(order: list[int], count: int) -> None:
    some = [Stored(seq, 1000 + seq / 7, WHOLE.events[index].event) for seq, index in enumerate(order[:count], 1)]
    found = timeline(History.of(some), NEEDS)
    for stage in found.stages:
        assert stage.queue_ms >= 0
        assert stage.work_ms is None or stage.work_ms >= 0
    assert len(found.path) == len(set(found.path))


def test_an_event_is_told_in_one_line_with_its_offset() -> None:
    lines = [described(stored, WHOLE.events[0].at) for stored in WHOLE.events]
    assert lines[4].startswith("+  0.900 s  feature.age")
    assert "attempt 2" in lines[4]
    assert lines[6].endswith("ha")
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_on_a_terminal_each_stage_keeps_to_one_row_and_what_is_quick_at_the_end_has_a_bar(width: int) -> None:
    rows = [row for row, _ in course(timeline(WHOLE, NEEDS), width) if row[2:3].isalpha() and row[:2] in ("  ", "> ")]
    assert max(map(len, rows)) <= width
    assert {row[2:].split()[0] for row in rows} == {"stage", "colors", "faces", "mesh", "age", "join", "writer"}
    assert all("█" in row for row in rows[1:])
