"""The estimate at admission: never more is accepted than can be done in time, and the wait that is named is enough."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.admission.forecast import FEW, GUESS_S, ROOM, Load, Pace, left_of

paces = st.floats(0.001, 60)
counts = st.integers(0, 2000)
loads = st.builds(Load, counts, counts, paces, paces)
EXPIRY_S = 300.0


@given(loads)
def test_a_photo_that_is_admitted_is_done_before_its_request_expires(load: Load) -> None:
    if load.refused_for(EXPIRY_S) == 0 and load.looking + load.writing:
        assert load.wait_s <= ROOM * EXPIRY_S


@given(loads)
def test_a_photo_that_comes_back_after_the_named_time_is_admitted(load: Load) -> None:
    seconds = load.refused_for(EXPIRY_S)
    looked = min(load.looking, int(seconds / load.look_s))
    written = min(load.writing + looked, int(seconds / load.write_s))
    later = Load(load.looking - looked, load.writing + looked - written, load.look_s, load.write_s)
    # less than one more of each may have begun and not be done: a second later at most
    assert later.refused_for(EXPIRY_S) <= load.look_s + load.write_s + 1


@given(loads, counts)
def test_the_longer_the_queue_the_longer_the_wait(load: Load, more: int) -> None:
    longer = Load(load.looking + more, load.writing, load.look_s, load.write_s)
    assert longer.refused_for(EXPIRY_S) >= load.refused_for(EXPIRY_S)


@given(paces)
def test_with_no_other_request_any_photo_is_admitted(pace: float) -> None:
    assert Load(0, 0, pace * 1000, pace).refused_for(EXPIRY_S) == 0


def test_slow_writing_counts_as_well() -> None:
    assert Load(1, 20, 0.1, 20).refused_for(EXPIRY_S) == 22 * 20 - ROOM * EXPIRY_S
    assert Load(1, 20, 0.1, 1).refused_for(EXPIRY_S) == 0


def test_the_pace_is_that_of_work_and_not_of_waiting_for_it() -> None:
    pace = Pace(GUESS_S)
    assert pace.seconds == GUESS_S
    for start in range(0, 1000, 100):  # two photos every hundred seconds, two seconds each
        pace.begun(start)
        pace.finished(start + 2, left=1)
        pace.finished(start + 4, left=0)
    assert pace.seconds == 2


@given(st.lists(st.floats(0, 100), max_size=FEW - 1))
def test_a_few_measurements_do_not_drown_the_guess(gaps: list[float]) -> None:
    pace, now = Pace(GUESS_S), 0.0
    for gap in gaps:
        pace.begun(now)
        pace.finished(now := now + gap, left=1)
    assert GUESS_S / FEW <= pace.seconds <= max(GUESS_S, sum(gaps) / FEW + GUESS_S)


def test_what_was_called_off_is_no_measurement() -> None:
    pace = Pace(GUESS_S)
    pace.begun(0)
    pace.idle()
    pace.begun(100)
    for at in range(101, 110):
        pace.finished(at, left=1)
    assert pace.seconds == 1


def test_what_is_over_or_too_old_does_not_count() -> None:
    assert left_of([("a", 10.0), ("b", 1.0), ("c", 11.0)], ["c"], oldest=5.0) == {"a": 10.0}
