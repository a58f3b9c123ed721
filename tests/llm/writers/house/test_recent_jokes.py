"""What the house remembers: which photo got which line, and how long ago each thing was said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llm.writers.house.recent_jokes import LATELY, NEVER, Diary, Memory


def test_a_line_belongs_to_the_first_photo_that_got_it_until_it_is_forgotten() -> None:
    memory = Memory(capacity=2)
    assert memory.claim("a", "one")
    assert not memory.claim("a", "two")
    assert memory.claim("a", "one")
    assert memory.claim("b", "two")
    assert memory.claim("c", "two")
    assert memory.claim("a", "two")


def test_a_thing_is_stale_for_a_while_after_it_was_said_and_then_fresh_again() -> None:
    diary = Diary()
    diary.page(0).note("a tag")
    ages = [diary.page(roast).age("a tag") for roast in range(1, LATELY + 2)]
    assert ages == list(range(1, LATELY + 2))
    assert not diary.page(LATELY).is_fresh("a tag")
    assert diary.page(LATELY + 1).is_fresh("a tag")
    assert diary.page(LATELY + 1).age("another tag") == NEVER


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=8))
def test_a_roast_told_again_sees_what_it_saw_the_first_time(told: list[set[str]]) -> None:
    diary, seen = Diary(), list[list[int]]()
    for roast, things in enumerate(told):
        page = diary.page(roast)
        seen.append([page.age(each) for each in "abc"])
        for thing in things:
            page.note(thing)
    for roast, ages in enumerate(seen):
        assert [diary.page(roast).age(each) for each in "abc"] == ages


def test_what_was_told_over_a_photo_counts_for_that_photo_in_every_other_roast_of_it() -> None:
    diary = Diary()
    diary.page(1, "beach").note_here("a joke")
    assert not diary.page(1, "beach").is_told_here("a joke")
    assert diary.page(2, "beach").is_told_here("a joke")
    assert not diary.page(3, "forest").is_told_here("a joke")


def test_the_diary_forgets_what_was_not_said_for_longest() -> None:
    diary = Diary(capacity=2)
    for roast, thing in enumerate(("a", "b", "a", "c")):
        diary.page(roast).note(thing)
    page = diary.page(9)
    assert page.age("b") == NEVER
    assert page.age("a") < NEVER
    assert page.age("c") < NEVER
