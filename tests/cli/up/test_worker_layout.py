"""Which analyzers run in which process."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.up.worker_layout import Member, Roster, UnknownNames, check, choose, members_of

GROUPS = ("face", "body", "demographics", "scene", "quality")
ROSTER = Roster(
    GROUPS,
    (
        Member("faces", "face"),
        Member("age", "demographics", missing=("agenet",)),
        Member("text", "scene"),
        Member("colors", "quality"),
        Member("quality", "quality", better_with=("brisque",)),
    ),
)
rosters = st.lists(
    st.builds(
        Member, st.text("abc", min_size=1, max_size=3), st.sampled_from(GROUPS), st.sampled_from([(), ("weights",)])
    ),
    max_size=8,
).map(lambda members: Roster(GROUPS, tuple(members)))


def test_four_processors_get_the_people_and_the_picture() -> None:
    assert choose(ROSTER, 4) == ["face", "scene+quality+demographics"]


@pytest.mark.parametrize("processors", [1, 2, 3])
def test_few_processors_get_one_process(processors: int) -> None:
    assert choose(ROSTER, processors) == ["face+demographics+scene+quality"]


def test_many_processors_get_a_process_for_each_group_that_can_work() -> None:
    assert choose(ROSTER, 16) == ["face", "scene", "quality+demographics"]


@given(rosters, st.integers(1, 64))
def test_every_analyzer_runs_in_exactly_one_process(roster: Roster, processors: int) -> None:
    processes = [process.split("+") for process in choose(roster, processors)]
    for member in roster.members:
        assert sum(process.count(member.group) for process in processes) == 1
    assert all(any(roster.of(group) for group in process) for process in processes)
    assert len(processes) <= max(1, processors)


def test_the_operator_decides_if_they_say_so() -> None:
    assert choose(ROSTER, 2, " faces + body , text,") == ["faces+body", "text"]


def test_unknown_names_are_listed_with_the_valid_ones() -> None:
    with pytest.raises(UnknownNames, match=r"facez, noses\. Groups: face, .*Analyzers: faces, age"):
        check(["facez", "text", "noses"], ROSTER)
    with pytest.raises(UnknownNames, match="facez"):
        choose(ROSTER, 2, "face,facez")


def test_the_analyzers_of_a_layout_are_known() -> None:
    assert members_of(["face+text"], ROSTER) == {"faces", "text"}
    assert members_of(choose(ROSTER, 2), ROSTER) == {member.name for member in ROSTER.members}
