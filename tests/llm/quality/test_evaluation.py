"""The measures of roasts: each is shown a good and a bad line, and knows them apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.roast.events import Cue
from llm.quality.evaluation import (
    Case,
    Sample,
    ShownLine,
    claimed,
    distinct,
    grounded,
    repeats,
    score,
    shared_lines,
    tokens,
)

TIE = Cue(id="tie", kind="tie", text="A tie is worn in it.", salience=0.5, evidence=("a.b",))
TILT = Cue(
    id="tilted",
    kind="tilted",
    text="The horizon leans 4 degrees to the left.",
    salience=0.5,
    evidence=("a.b",),
    values={"degrees": "4", "way": "left"},
)
CASE = Case(name="a.jpg", sha256="a", cues=(TIE, TILT), people=1)


def sample(*texts: str, case: str = "a.jpg", seed: int = 0, **more: object) -> Sample:
    lines = tuple(ShownLine(text=text, cues=("tie",)) for text in texts)
    return Sample(case=case, writer="w", persona="critic", heat="medium", seed=seed, lines=lines, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("There is a giraffe behind the tie.", {"giraffe"}),
        ("I see a bicycle and a tie.", {"bicycle"}),
        ("There is a tie, and it knows.", set()),
        ("There is a tie, like a giraffe at a wedding.", set()),
        ("A giraffe would have worn it better.", set()),
        ("It waits. There was no giraffe.", set()),
    ],
)
def test_only_what_is_said_to_be_there_is_a_claim(text: str, things: set[str]) -> None:
    assert claimed(text, CASE.cues) == things


def test_a_grounded_line_cites_this_photos_cues_and_gives_their_numbers() -> None:
    assert grounded(ShownLine(text="It leans 4 degrees.", cues=("tilted",)), CASE)
    assert not grounded(ShownLine(text="It leans 40 degrees.", cues=("tilted",)), CASE)
    assert not grounded(ShownLine(text="It leans.", cues=("unicorn",)), CASE)
    assert not grounded(ShownLine(text="It leans.", cues=("tilted", "unicorn")), CASE)
    assert not grounded(ShownLine(text="It leans.", cues=()), CASE)
    assert not grounded(ShownLine(text="There is a giraffe.", cues=("tilted",)), CASE)


def test_distinct_is_the_share_of_different_pairs_of_words() -> None:
    assert distinct(["the tie is the tie"]) == pytest.approx(3 / 4)
    assert distinct(["a b c", "a b c"]) == pytest.approx(2 / 4)
    assert distinct(["one"]) == 1.0


@given(st.lists(st.text(max_size=60), max_size=6))
def test_distinct_is_a_share_and_saying_it_all_again_never_raises_it(texts: list[str]) -> None:
    assert 0 < distinct(texts) <= 1
    assert distinct(texts * 2) <= distinct(texts)


@given(st.text(max_size=200))
def test_words_have_no_spaces_and_are_never_empty(text: str) -> None:
    assert all(word and not any(c.isspace() for c in word) for word in tokens(text))


def test_a_line_told_over_two_photos_of_a_batch_is_found_and_over_one_or_in_another_batch_it_is_not() -> None:
    line = "The tie has seen it all before."
    assert shared_lines([sample(line), sample(line, case="b.jpg")]) == [line]
    assert shared_lines([sample(line), sample(line)]) == []
    assert shared_lines([sample(line), sample(line, case="b.jpg", seed=1)]) == []


def test_a_sentence_told_twice_in_a_roast_is_a_repeat() -> None:
    twice = "The tie has seen it all before."
    lines = [ShownLine(text=f"{twice} It sighs.", cues=("tie",)), ShownLine(text=f"Again. {twice}", cues=("tie",))]
    assert repeats(lines) == 1
    assert repeats(lines[:1]) == 0


def test_the_scores_count_what_happened() -> None:
    samples = [
        sample("There is a tie in it, of course.", rejected=1, write_ms=500, first_word_ms=20),
        sample("There is a giraffe in it, of course.", case="b.jpg", write_ms=500, first_word_ms=40, failed="gone"),
    ]
    found = score(samples, [CASE, CASE.model_copy(update={"name": "b.jpg"})])
    assert (found.roasts, found.lines, found.failed) == (2, 2, 1)
    assert (found.grounded, found.invented) == (0.5, 0.5)
    assert found.rejected == pytest.approx(1 / 3)
    assert found.words_per_second == pytest.approx(16)
    assert found.first_word_ms == 40
    assert found.same_line == 0


def test_nothing_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="no roast"):
        score([], [CASE])


def test_a_brief_knows_the_photo_and_the_seed() -> None:
    brief = CASE.brief({"persona": "noir", "heat": "savage"}, 9)
    assert (brief.photo, brief.seed, brief.style.persona, brief.faces) == ("a", 9, "noir", 1)
