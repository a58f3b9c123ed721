"""When the embedded server is replaced, and when there is only waiting."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bus.jetstream.disk import Disk
from bus.jetstream.health import Look
from cli.up.log_keeper import IN_A_ROW, MUTE_S, PAUSES_S, Verdicts

BROKEN = {"KV_IMAGES": "no answer"}
ROOMY, FULL = Disk(Path("/x"), 10**9, 10**8), Disk(Path("/x"), 10**6, 10**8)
looks = st.builds(
    Look,
    connected=st.booleans(),
    answers=st.booleans(),
    failing=st.sampled_from([{}, BROKEN]),
    disk=st.sampled_from([None, ROOMY, FULL]),
)


def advice(*looks: Look, apart: float = 1.0) -> list[str]:
    verdicts = Verdicts()
    return [verdicts.after(look, number * apart) for number, look in enumerate(looks)]


def test_the_second_bad_look_in_a_row_replaces_the_server_and_one_alone_does_nothing() -> None:
    bad, good = Look(failing=BROKEN, disk=ROOMY), Look(disk=ROOMY)
    assert advice(bad, good, bad, bad) == ["nothing", "nothing", "nothing", "replace"]


def test_without_room_there_is_only_waiting_and_with_room_it_is_replaced_at_once() -> None:
    full, room = Look(failing=BROKEN, disk=FULL), Look(failing=BROKEN, disk=ROOMY)
    assert advice(full, full, full, room) == ["wait for room", "wait for room", "wait for room", "replace"]


def test_a_server_that_says_nothing_at_all_is_the_heartbeats_business() -> None:
    assert set(advice(*[Look(answers=False, disk=ROOMY)] * 5, *[Look(connected=False)] * 5)) == {"nothing"}


def test_a_server_that_is_alive_while_its_log_does_not_answer_is_replaced() -> None:
    verdicts, silent = Verdicts(), Look(answers=False, disk=ROOMY)
    said = [verdicts.after(silent, second, mute=second != 3) for second in range(30)]
    assert [second for second, each in enumerate(said) if each == "replace"] == [4 + MUTE_S, 4 + 2 * MUTE_S + 1]


def test_replacing_that_does_not_help_is_tried_less_and_less_often() -> None:
    said = advice(*[Look(failing=BROKEN, disk=ROOMY)] * 2000)
    times = [number for number, each in enumerate(said) if each == "replace"]
    pauses = [late - early for early, late in pairwise(times)]
    assert pauses[: len(PAUSES_S) - 1] == list(PAUSES_S[1:])
    assert set(pauses[len(PAUSES_S) :]) == {PAUSES_S[-1]}


def test_one_that_helped_is_followed_by_the_next_without_a_pause() -> None:
    """Four full disks within a minute, each healed by a replacement: the fifth is not made to wait for five minutes."""
    bad, good = Look(failing=BROKEN, disk=ROOMY), Look(disk=ROOMY)
    assert advice(*[bad, bad, good] * 5) == ["nothing", "replace", "nothing"] * 5
    silent = Look(answers=False, disk=ROOMY)
    assert (
        advice(*[bad, bad, silent] * 3)
        == ["nothing", "replace", "nothing", "nothing", "nothing", "nothing"] + ["nothing"] * 3
    )


@given(st.lists(looks, max_size=60), st.floats(0.1, 30))
def test_whatever_is_seen_a_server_is_replaced_only_with_room_and_after_two_bad_looks(
    seen: list[Look], apart: float
) -> None:
    said: list[Any] = advice(*seen, apart=apart)
    for number, each in enumerate(said):
        if each == "replace":
            last = seen[number - IN_A_ROW + 1 : number + 1]
            assert all(look.failing and not look.silence for look in last)
            assert seen[number].disk is not FULL
        if each == "wait for room":
            assert seen[number].disk is FULL
