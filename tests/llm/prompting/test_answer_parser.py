"""The parser: the same jokes however the text is cut, citations out of whatever markup, and an end to the endless."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.roast.events import Cue
from llm.brief import Brief
from llm.personas.loader import shipped
from llm.prompting.answer_parser import LONGEST, MAX_CHARACTERS, Answer
from llm.prompting.prompt import Prompt, prompt
from llm.writers.base import Piece

CUES = tuple(
    Cue(id=kind, kind=kind, text=f"About {kind}.", salience=0.9 - i / 10, evidence=("x.y",))
    for i, kind in enumerate(("tilted", "noisy", "pair", "flash"))
)
PROMPT: Prompt = prompt(Brief(cues=CUES), shipped()["critic"])
JOKE = "The horizon has given up standing."


def parsed(text: str, size: int = 10_000) -> list[Piece]:
    answer = Answer(PROMPT)
    pieces = [piece for start in range(0, len(text), size) for piece in answer.feed(text[start : start + size])]
    return [*pieces, *answer.finish()]


def jokes(text: str) -> list[tuple[tuple[str, ...], str]]:
    return [(piece.cues, piece.text) for piece in parsed(text)]


WELL_FORMED = f"[1] {JOKE}\n[2,3] The grain and the pair have met before.\n\n[4] The flash wanted to be alone."

fragments = st.lists(
    st.sampled_from(
        ["[1]", "[2, 3] ", "(4)", "[9]", "1. ", "- ", "**", "\n", "\n\n", " ", JOKE, "A pair of socks. ", "```", '"',
         "<|eot_id|>", "<", "|>", "user:", "[", "]", "(", "Sure! Here they are:", "ha " * 200, "About noisy.", "“”"]
    )
    | st.text(max_size=12),
    max_size=30,
).map("".join)  # fmt: skip


@given(fragments, st.data())
@settings(max_examples=300, deadline=None)
def test_any_way_of_cutting_the_answer_gives_the_same_jokes(text: str, data: st.DataObject) -> None:
    whole = parsed(text)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    answer = Answer(PROMPT)
    pieces = [
        piece
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)
        for piece in answer.feed(text[start:end])
    ]
    assert [*pieces, *answer.finish()] == whole
    assert parsed(text, 1) == whole


@given(fragments)
@settings(max_examples=300, deadline=None)
def test_whatever_is_said_every_joke_cites_cues_that_are_there_and_is_a_line_of_bearable_length(text: str) -> None:
    pieces = parsed(text)
    assert [piece.joke for piece in pieces] == list(range(len(pieces)))
    for piece in pieces:
        assert piece.cues
        assert set(piece.cues) <= {cue.id for cue in CUES}
        assert 0 < len(piece.text) <= LONGEST
        assert "\n" not in piece.text
        assert "**" not in piece.text


def test_a_well_formed_answer_is_read_joke_by_joke() -> None:
    assert jokes(WELL_FORMED) == [
        (("tilted",), JOKE),
        (("noisy", "pair"), "The grain and the pair have met before."),
        (("flash",), "The flash wanted to be alone."),
    ]


def test_a_joke_comes_as_soon_as_its_line_is_whole() -> None:
    answer = Answer(PROMPT)
    assert list(answer.feed(f"[1] {JOKE}")) == []
    assert [piece.text for piece in answer.feed("\n[2] The")] == [JOKE]


@pytest.mark.parametrize(
    "line",
    [
        f"[1] {JOKE}", f"(1) {JOKE}", f"1. [1] {JOKE}", f"3) [1] {JOKE}", f"- [1] {JOKE}", f"* **[1]** {JOKE}",
        f"**[1] {JOKE}**", f"[1]: {JOKE}", f"[1] - {JOKE}", f"[1]{JOKE}", f"  [ 1 ]  {JOKE}", f"[#1] {JOKE}",
        f"[cue 1] {JOKE}", f'[1] "{JOKE}"', f"> [1] {JOKE}", f"[1]\n{JOKE}", f"**[1]**\n\n{JOKE}", f"[1] *{JOKE}*",
        f"[1] {JOKE}<|eot_id|>", f"[1] {JOKE}</s>", f"Sure! Here are your jokes:\n\n[1] {JOKE}",
        f"```\n[1] {JOKE}\n```", f"[1] {JOKE}\r\n", f"assistant: go\n[1] {JOKE}",
    ],
)  # fmt: skip
def test_markup_of_all_kinds_is_understood_and_hidden(line: str) -> None:
    assert jokes(line) == [(("tilted",), JOKE)]


@pytest.mark.parametrize(
    "marks", ["[1,4]", "[1, 4]", "[1][4]", "[1] [4]", "(1 and 4)", "[1 & 4]", "[1;4]", "[1, 4, 1]"]
)
def test_several_numbers_cite_several_cues(marks: str) -> None:
    assert jokes(f"{marks} {JOKE}") == [(("tilted", "flash"), JOKE)]


@pytest.mark.parametrize(
    "line",
    [JOKE, f"1. {JOKE}", f"- {JOKE}", f"[9] {JOKE}", f"[0] {JOKE}", f"[1, 9] {JOKE}", f"[one] {JOKE}", "[1]", ""],
)
def test_what_cites_no_cue_or_one_that_is_not_there_is_no_joke(line: str) -> None:
    assert jokes(line) == []


def test_brackets_and_numbers_inside_a_joke_are_the_jokes_own() -> None:
    assert jokes("[1] 4 degrees (to the left) are plenty.") == [(("tilted",), "4 degrees (to the left) are plenty.")]
    assert jokes("[1] (No comment.) It leans.") == [(("tilted",), "(No comment.) It leans.")]


def test_a_number_waits_for_its_joke_for_one_line_only() -> None:
    assert jokes(f"[1]\n{JOKE}\nAnd that is that, dear friends.") == [(("tilted",), JOKE)]


def test_echoes_of_the_observations_are_no_jokes() -> None:
    assert jokes(f"[1] About tilted.\n[2] About noisy.\n[1] {JOKE}") == [(("tilted",), JOKE)]


def test_what_comes_after_a_stop_sign_or_when_the_model_talks_to_itself_is_dropped() -> None:
    for end in ("<|eot_id|>", "<|im_end|>", "</s>", "<|endoftext|>", "\nuser:", "\n### User:", "<|end|>"):
        assert jokes(f"[1] {JOKE}{end} write more\n[2] The grain is back.") == [(("tilted",), JOKE)]


def test_the_same_line_over_and_over_ends_the_answer() -> None:
    answer = Answer(PROMPT)
    said = [piece for _ in range(10) for piece in answer.feed(f"[1] {JOKE}\n")]
    assert len(said) == 1
    assert answer.is_over


def test_a_line_without_end_is_cut_at_a_full_stop_and_soon_dropped() -> None:
    endless = f"[1] {JOKE} {'and then some more ' * 40}"
    assert jokes(f"{endless}\n[2] The grain is back.") == [(("tilted",), JOKE), (("noisy",), "The grain is back.")]
    answer = Answer(PROMPT)
    for number in range(4):
        list(answer.feed(f"[1] {number} {'and then some more ' * 40}\n"))
    assert answer.is_over


def test_an_answer_without_end_is_over_some_day() -> None:
    answer = Answer(PROMPT)
    assert [piece for _ in range(MAX_CHARACTERS) for piece in answer.feed("ab\n")] == []
    assert answer.is_over
    assert list(answer.feed(f"[1] {JOKE}\n")) == []


def test_a_joke_that_the_token_limit_cut_in_two_is_told_up_to_its_last_full_stop_or_not_at_all() -> None:
    assert jokes(f"[1] {JOKE} And furtherm") == [(("tilted",), JOKE)]
    assert jokes("[1] The horizon has given") == []
    assert jokes("[1] 地平线已经放弃了。") == [(("tilted",), "地平线已经放弃了。")]


def test_many_more_jokes_than_were_asked_for_are_dropped() -> None:
    many = "\n".join(f"[1] Joke number {n} about leaning." for n in range(100))
    assert len(parsed(many)) == 2 * PROMPT.lines
