"""The pure parts of the card: which part of the photo, which words, which lines."""

from __future__ import annotations

import asyncio
import string
import threading

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bus.findings import Box
from bus.roast.events import Cue, Cued, Joke, Roast
from gateway.card.crop import region
from gateway.card.excerpt import Sizes, best_joke, chosen, cleaned, first_line, sentences
from gateway.card.fonts import DISPLAY, TEXT, Family, is_right_to_left
from gateway.card.render_queue import CardRenderQueue
from gateway.card.typesetting import balanced, fit, wrapped
from gateway.http.problems import Problem

sides = st.integers(1, 3000)
slots = st.tuples(st.integers(100, 1000), st.integers(100, 1000))
texts = st.lists(st.text(string.ascii_letters, min_size=1, max_size=14), min_size=1, max_size=60).map(" ".join)
SIZES = Sizes(60, 30, 20)


def by_letters(text: str) -> float:
    """A typeface in which every letter is half as wide as it is large."""
    return len(text) / 2


@st.composite
def photos_with_faces(draw: st.DrawFn) -> tuple[tuple[int, int], list[Box]]:
    width, height = draw(sides), draw(sides)
    faces = st.builds(
        Box, x=st.floats(-50, width), y=st.floats(-50, height), w=st.floats(1, width), h=st.floats(1, height)
    )
    return (width, height), draw(st.lists(faces, max_size=5))


@given(photos_with_faces(), slots)
def test_no_face_is_ever_cut_and_nothing_outside_the_photo_is_shown(
    photo: tuple[tuple[int, int], list[Box]], slot: tuple[int, int]
) -> None:
    (width, height), faces = photo
    left, top, right, bottom = region((width, height), slot, faces)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    for face in faces:
        assert left <= max(0, face.x)
        assert top <= max(0, face.y)
        assert right >= min(width, face.x + face.w) - 1e-3
        assert bottom >= min(height, face.y + face.h) - 1e-3


@given(sides, sides, slots)
def test_without_faces_the_largest_part_with_the_proportions_of_the_room_is_shown(
    width: int, height: int, slot: tuple[int, int]
) -> None:
    left, top, right, bottom = region((width, height), slot)
    assert right - left == width or bottom - top == height
    assert abs((right - left) - min(width, height * slot[0] / slot[1])) < 2
    assert abs((bottom - top) - min(height, width * slot[1] / slot[0])) < 2


def test_a_face_at_the_edge_is_followed_there() -> None:
    assert region((1000, 500), (500, 500), [Box(x=900, y=200, w=80, h=80)])[2] == 1000
    assert region((1000, 500), (500, 500), focus=Box(x=0, y=200, w=80, h=80))[0] == 0


@given(texts, st.floats(2, 40))
def test_lines_hold_every_word_in_order_and_none_is_too_wide(text: str, width: float) -> None:
    for lines in (wrapped(text, width, by_letters), balanced(text, width, by_letters)):
        assert all(by_letters(line) <= width for line in lines)
        assert "".join("".join(lines).split()) == "".join(text.split())
    assert len(balanced(text, width, by_letters)) <= len(wrapped(text, width, by_letters))


def test_a_last_word_is_not_left_alone() -> None:
    text = "aaaa bbbb cccc dddd eeee"
    assert wrapped(text, 9.5, by_letters)[-1] == "eeee"
    assert len(balanced(text, 9.5, by_letters)[-1].split()) > 1


@given(st.lists(texts, min_size=1, max_size=4))
def test_the_size_found_is_the_largest_that_fits(paragraphs: list[str]) -> None:
    box = 400, 500
    block = fit(paragraphs, box, (10, 60), by_letters)
    if block is None:
        assert fit(paragraphs, box, (10, 10), by_letters) is None
        return
    assert block.height <= box[1]
    assert all(by_letters(line) * block.size <= box[0] + 1e-6 for lines in block.paragraphs for line in lines)
    if block.size < 60:
        assert fit(paragraphs, box, (block.size + 1, block.size + 1), by_letters) is None


def roast(*jokes: str, text: str = "") -> Roast:
    told = tuple(Joke(text=joke, cues=(f"cue{n}",)) for n, joke in enumerate(jokes))
    return Roast(id="x", text=text or "\n\n".join(jokes), jokes=told, writer="house", persona="critic", heat="medium")


def cued(*saliences: float) -> Cued:
    cues = (
        Cue(id=f"cue{n}", kind="k", text="t", salience=salience, evidence=("e",))
        for n, salience in enumerate(saliences)
    )
    return Cued(id="x", cues=tuple(cues))


def words_of(told: Roast, box: tuple[int, int], known: Cued | None = None) -> list[str]:
    block = chosen(told, known, box, SIZES, str, by_letters)
    assert block is not None
    return [" ".join(lines) for lines in block.paragraphs]


def test_a_short_roast_is_told_whole() -> None:
    assert words_of(roast("One.", "Two.", text="Hello.\n\nOne.\n\nTwo."), (900, 600)) == ["Hello.", "One.", "Two."]


def test_of_a_long_one_the_best_joke_is_told_with_what_fits_beside_it() -> None:
    told = roast(*(letter * 9 + f" {letter * 9}." for letter in "abcdef"))
    found = words_of(told, (300, 140), cued(0.1, 0.2, 0.3, 0.9, 0.2, 0.1))
    assert "ddddddddd ddddddddd." in found
    assert len(found) < 6


def test_the_best_joke_is_the_one_about_the_most_striking_thing() -> None:
    assert best_joke(roast("a", "b", "c"), cued(0.2, 0.7, 0.7)) == 1
    assert best_joke(roast("a", "b", "c"), None) == 0


def test_an_ellipsis_stands_at_the_end_of_a_sentence() -> None:
    (told,) = words_of(roast("A first sentence here. " + "And then it goes on and on. " * 20), (400, 120))
    assert told.endswith(". …")
    assert told.startswith("A first sentence here.")


def test_a_single_sentence_that_fits_nowhere_is_broken_off_rather_than_left_out() -> None:
    (told,) = words_of(roast("word " * 500), (300, 100))
    assert told.startswith("word word")
    assert told.endswith("…")


def test_a_roast_without_jokes_still_has_words() -> None:
    assert words_of(roast(text="Nothing to see."), (500, 300)) == ["Nothing to see."]


@given(st.text(max_size=300))
def test_what_only_steers_is_taken_out(text: str) -> None:
    found = cleaned(text)
    assert found == " ".join(found.split())
    assert not set(found) & set("\u202e\u2066\u0000\n\t")


def test_sentences_keep_their_quotation_marks() -> None:
    assert sentences('He said “no.” Then Dr. Who left! "Really?" Yes') == [
        "He said “no.”", "Then Dr. Who left!", '"Really?"', "Yes",
    ]  # fmt: skip
    assert first_line(roast("Dark. Darker.")) == "Dark."


def test_letters_that_no_typeface_has_are_left_out_and_words_of_them_make_no_card() -> None:
    assert DISPLAY.printable("Nice hat 🎩👨‍👩‍👧 sir") == "Nice hat sir"
    assert DISPLAY.printable("\U000e0001" * 4) == ""
    assert TEXT.printable("The Critic") == "The Critic"


@pytest.mark.parametrize(("text", "backwards"), [("abc אבג", False), ("אבג abc", True), ("«سلام»", True), ("…", False)])
def test_the_first_strong_letter_decides_the_direction(text: str, backwards: bool) -> None:
    assert is_right_to_left(text) == backwards


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60))
@example("\u05d0\U000e0100")
@example("\u0142\ufe0f")
def test_any_text_has_a_width(text: str) -> None:
    assert DISPLAY.width(cleaned(text)) >= 0


def test_without_a_built_page_there_is_still_a_typeface() -> None:
    unbuilt = Family(("no-such-typeface-*.woff2",))
    assert unbuilt.printable("Nice hat.") == "Nice hat."
    assert 0 < unbuilt.width("i") < unbuilt.width("W")
    assert unbuilt.width("Nice hat.") != DISPLAY.width("Nice hat.")


def test_a_card_that_is_never_drawn_holds_up_the_next_for_its_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr("gateway.card.render_queue.DRAW_S", 0.05)

    async def scenario() -> bytes:
        studio = CardRenderQueue()
        monkeypatch.setattr("gateway.card.render_queue._draw", lambda *_: let_go.wait())
        with pytest.raises(Problem, match="busy"):
            await studio.draw(None, None)  # type: ignore[arg-type]
        monkeypatch.setattr("gateway.card.render_queue.DRAW_S", 60)
        monkeypatch.setattr("gateway.card.render_queue._draw", lambda *_: b"a card")
        card = await studio.draw(None, None)  # type: ignore[arg-type]
        let_go.set()
        return card

    assert asyncio.run(scenario()) == b"a card"
