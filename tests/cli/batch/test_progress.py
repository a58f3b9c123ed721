"""How far a batch is, by a clock of the test's own."""

from __future__ import annotations

import pytest

from bus.events import Feature, Joined, PhotoRef, Submitted
from bus.findings import Facts
from cli.batch.progress import WINDOW_S, WRITER, Tally, in_words, line

NEEDS = {"emotions": ("faces",), "composition": ("faces", "objects")}


def submitted(id: str, *expects: str) -> Submitted:
    photo = PhotoRef(key=id, sha256="s", width=1, height=1, bytes=1)
    return Submitted(product="roast", id=id, photo=photo, facts=Facts(), expects=expects, join_by=1, expire_by=1)


def feature(id: str, name: str) -> Feature:
    return Feature(id=id, analyzer=name, status="skipped")


def running(*ids: str) -> Tally:
    tally = Tally(0, NEEDS)
    for id in ids:
        tally.begins(id)
        tally.takes(id, submitted(id, "faces", "objects", "emotions", "composition"))
    return tally


def test_the_slowest_stage_is_the_one_that_most_photos_wait_for_and_that_could_work() -> None:
    tally = running("a", "b", "c")
    assert tally.slowest() == ("faces", 3)
    for id in ("a", "b", "c"):
        tally.takes(id, feature(id, "faces"))
    assert tally.slowest() == ("emotions", 3)
    tally.takes("a", feature("a", "emotions"))
    assert tally.slowest() == ("objects", 3)
    for id in ("a", "b", "c"):
        tally.takes(id, Joined(id=id, complete=False))
    assert tally.slowest() == (WRITER, 3)
    for id in ("a", "b", "c"):
        tally.ends(id)
    assert tally.slowest() is None
    assert tally.running == 0


def test_the_rate_is_that_of_the_last_minute_and_tells_how_long_the_rest_takes() -> None:
    tally = Tally(0)
    tally.total = 100
    assert tally.left_s(0) is None
    for second in range(1, 11):
        tally.tells("done", None, second)
        tally.tells("copy", None, second)
    assert tally.rate(10) == pytest.approx(1)
    assert tally.left_s(10) == pytest.approx(80)
    assert tally.rate(WINDOW_S + 5.5) == pytest.approx(5 / WINDOW_S)
    assert tally.rate(WINDOW_S * 3) == 0


def test_what_an_earlier_run_told_counts_as_finished_and_not_as_fast() -> None:
    tally = Tally(0)
    tally.total, tally.before = 10, 6
    tally.tells("done", None, 1)
    assert tally.finished == 7
    assert tally.left_s(1) == pytest.approx(3)


def test_all_of_it_on_one_line() -> None:
    tally = running("a")
    tally.total = 5
    tally.tells("done", None, 1)
    tally.tells("bad", ("not_an_image", "hint"), 1)
    assert line(tally, 2) == "2/5 · 1 roasted · 1 running · 1 bad file · 0.5 photos/s · 6 s left"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (75, "1 min 15 s"), (3600, "1 h 0 min"), (7325, "2 h 2 min")]
)
def test_times_are_said_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
