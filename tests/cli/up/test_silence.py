"""How long a process may be silent: more at its start, and only time in which its supervisor ran is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cli.up.silence import Silence, counted

seconds = st.floats(0, 1e6)


@given(st.lists(seconds, max_size=30))
def test_silence_is_too_long_exactly_when_it_has_lasted_longer_than_the_limit(pieces: list[float]) -> None:
    silence, lasted = Silence(30), 0.0
    silence.broken()
    for piece in pieces:
        lasted += piece
        assert silence.went_on(piece) == (lasted > 30)


@given(st.lists(st.floats(0, 30), max_size=30))
def test_a_process_that_gives_signs_of_life_in_between_is_never_too_silent(pieces: list[float]) -> None:
    silence = Silence(30)
    for piece in pieces:
        silence.broken()
        assert not silence.went_on(piece)


@given(st.floats(0.5, 600), st.floats(0.5, 600), st.integers(0, 40))
def test_each_start_that_came_to_nothing_gives_the_next_one_more_time(
    limit: float, start: float, failures: int
) -> None:
    silence = Silence(limit, start)
    allowed = [silence.allowed_s]
    for _ in range(failures):
        silence.broken_off()
        silence.started()
        allowed.append(silence.allowed_s)
    assert allowed[0] == max(limit, start)
    assert allowed == sorted(allowed)
    silence.broken()
    assert silence.allowed_s == limit
    silence.started()
    assert silence.allowed_s == allowed[0]


@given(st.lists(st.tuples(st.floats(0, 60), st.booleans()), max_size=30), st.integers(0, 6))
def test_a_start_is_broken_off_once_it_has_stood_still_for_too_long(
    looks: list[tuple[float, bool]], failures: int
) -> None:
    silence = Silence(30, 1e9)
    for _ in range(failures):
        silence.broken_off()
        silence.started()
    stood = 0.0
    for passed, works in looks:
        stood = 0.0 if works else stood + passed
        assert silence.went_on(passed, works) == (stood > 30 * 2 ** min(failures, 4))


@given(seconds)
def test_one_that_runs_need_not_be_at_work(limit: float) -> None:
    silence = Silence(limit)
    silence.broken()
    assert not silence.went_on(limit, works=False)


@given(seconds, st.floats(0.01, 100))
def test_what_the_supervisor_slept_through_is_nobodys_silence(elapsed: float, interval: float) -> None:
    assert counted(elapsed, interval) == elapsed if elapsed <= 2 * interval else counted(elapsed, interval) < elapsed
