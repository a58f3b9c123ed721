"""The house writer: every frame it knows is sound, and its roasts are varied, cited and repeatable."""

from __future__ import annotations

import asyncio
import random
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.roast.events import Cue
from bus.roast.policy import MATERIAL, PHOTOGRAPH, SLOTS, Policy
from bus.roast.style import Style
from llm.brief import Brief
from llm.personas.loader import BrokenPersona, ByHeat, Frame, Persona, read_persona, read_personas, shipped
from llm.prompting.guard import check
from llm.quality.evaluation import claimed
from llm.writers.house.joke_library import JOKES, Candidate, candidates, handle, topics
from llm.writers.house.joke_selection import LENGTHS, select_jokes
from llm.writers.house.template import article, expand, sentences, slots
from llm.writers.house.writer import HouseWriter

HEATS = ("gentle", "medium", "savage")
SAMPLE = {
    "when": "at 3 in the morning", "software": "Snapseed", "year": "1999", "level": "40", "gadget": "action camera",
    "format": "HEIC", "quote": "ZERO EMISSIONS", "count": "four", "width": "128", "height": "96",
    "sides": "left and right",
    "megapixels": "48", "where": "top left", "percent": "62", "cast": "green", "side": "left",
    "color": "orange", "other": "blue", "base": "gray", "degrees": "4", "way": "right",
    "flaw": "blurred", "filter": "a sepia look", "animal": "elephant",
    "thing": "orange", "place": "office", "mark": "4.1", "look": "open mouth", "feeling": "anger",
    "gesture": "open palm", "posture": "crossed arms", "mood": "cold", "years": "eleven", "decade": "eighties",
    "shape": "inverted triangle",
}  # fmt: skip


def a_cue(kind: str, salience: float = 0.5) -> Cue:
    values = {slot: SAMPLE[slot] for slot in SLOTS[kind]}
    return Cue(id=kind, kind=kind, text=f"About {kind}.", salience=salience, evidence=("facts.format",), values=values)


def turns(frame: Frame) -> Iterator[str]:
    yield from (turn for turn in (frame.turn, frame.gentle, frame.savage) if turn)


def every_frame() -> Iterator[tuple[Persona, Candidate]]:
    for persona in shipped().values():
        for one in candidates(persona, [a_cue(kind) for kind in MATERIAL]):
            yield persona, one


def roast(brief: Brief) -> list[str]:
    return [text for text, _ in HouseWriter().jokes(brief)]


kinds = st.lists(st.sampled_from(sorted(MATERIAL)), min_size=1, max_size=14, unique=True)
styles = st.builds(
    Style,
    persona=st.sampled_from(sorted(shipped())),
    heat=st.sampled_from(HEATS),
    length=st.sampled_from(sorted(LENGTHS)),
)


def briefs(gentle: st.SearchStrategy[bool] | None = None) -> st.SearchStrategy[Brief]:
    return st.builds(
        lambda names, style, seed, gentle: Brief(
            cues=tuple(a_cue(k, 0.2 + i / 20) for i, k in enumerate(names)), style=style, seed=seed, gentle=gentle
        ),
        kinds,
        styles,
        st.integers(0, 2**32),
        st.booleans() if gentle is None else gentle,
    )


def test_there_are_enough_frames_and_none_is_there_twice() -> None:
    frames = {one.id: (one.frame.setup, one.frame.turn) for _, one in every_frame()}
    assert len(frames) >= 1000
    assert len(set(frames.values())) == len(frames)
    assert len({setup for setup, _ in frames.values()}) == len(frames)


def test_every_kind_of_cue_can_be_joked_about_by_anybody() -> None:
    assert set(topics()) == set(MATERIAL)
    assert all(topic.jokes for topic in topics().values())


@pytest.mark.parametrize(
    "file", ["places", "backdrop", "expressions", "feelings", "poses", "outfits", "contrasts", "guesses"]
)
def test_about_people_and_places_there_are_two_jokes_of_each_kind_at_every_heat(file: str) -> None:
    kinds = tomllib.loads((JOKES / f"{file}.toml").read_text("utf-8"))
    assert kinds
    for kind in kinds:
        jokes = topics()[kind].jokes
        assert len(jokes) >= 2, kind
        assert all(len(set(turns(joke))) == 3 for joke in jokes), kind


def test_every_frame_uses_only_the_slots_of_its_kind() -> None:
    for persona, one in every_frame():
        words = set(persona.words.model_dump())
        for text in (one.frame.setup, *turns(one.frame), handle(one.cue)):
            assert slots(text) <= set(SLOTS[one.cue.kind]) | words, one.id


@pytest.mark.parametrize("heat", HEATS)
def test_every_frame_of_every_persona_passes_the_guard(heat: str) -> None:
    for persona, one in every_frame():
        values = {**persona.words.model_dump(), **one.cue.values}
        turn = getattr(one.frame, heat, None) or one.frame.turn
        gentle = one.cue.kind in PHOTOGRAPH  # the photograph may be roasted even where people may not
        matter = MATERIAL[one.cue.kind]  # words about years and bodies only where the kind is about them
        policy = Policy(age_jokes=matter == "age", body_jokes=matter == "body")
        brief = Brief(cues=(one.cue,), style=Style(persona=persona.name, heat=heat), gentle=gentle, policy=policy)
        for seed in range(4):  # enough to meet each of the bracketed choices
            text = expand(f"{one.frame.setup} {turn} {handle(one.cue)}", values, random.Random(seed))
            assert check(text, [one.cue], brief) is None, f"{one.id}: {check(text, [one.cue], brief)}: {text}"


def test_every_line_around_the_jokes_passes_the_guard_in_gentle_mode_too() -> None:
    cue = a_cue("tilted")
    for persona in shipped().values():
        groups: tuple[ByHeat, ...] = (persona.openings, persona.closings, persona.tags)
        around = [line for by_heat in groups for _, lines in by_heat for line in lines]
        for line in [*around, *persona.leads, *persona.callbacks]:
            said = expand(line, {**persona.words.model_dump(), "handle": "that tilt"}, random.Random(1))
            text = f"{said} Then it stopped."
            assert check(text, [cue], Brief(cues=(cue,), gentle=True)) is None, f"{persona.name}: {line}"


def test_no_frame_claims_a_thing_that_its_cue_does_not_have() -> None:
    """Over unknown photos, too: 'there's a dog' may only be said of a dog."""
    for persona, one in every_frame():
        values = {**persona.words.model_dump(), **one.cue.values}
        for turn in turns(one.frame):
            text = expand(f"{one.frame.setup} {turn}", values, random.Random(0))
            assert claimed(text, [one.cue]) == frozenset(), f"{one.id}: {text}"


def test_every_handle_can_stand_in_the_middle_of_a_sentence() -> None:
    for kind in MATERIAL:
        assert not re.search(r"[,;:.!?]", re.sub(r"\{.*?\}", "", handle(a_cue(kind)))), kind


def test_quotes_stand_in_quotation_marks_wherever_they_are_used() -> None:
    for _, one in every_frame():
        for text in (one.frame.setup, *turns(one.frame), handle(one.cue)):
            bare = re.sub(r"“\{quote\}”", "", text)
            assert one.cue.kind == "number" or "quote}" not in bare, one.id


@given(briefs())
@settings(max_examples=150, deadline=None)
def test_every_joke_of_every_roast_passes_the_guard_and_cites_its_cue(brief: Brief) -> None:
    by_id = {cue.id: cue for cue in brief.cues}
    for text, cited in HouseWriter().jokes(brief):
        assert cited
        assert check(text, [by_id[id] for id in cited], brief) is None, text


@given(briefs(st.just(False)))
@settings(max_examples=80, deadline=None)
def test_the_same_brief_gives_the_same_roast_and_never_tells_a_frame_twice(brief: Brief) -> None:
    assert roast(brief) == roast(brief)
    persona = shipped()[brief.style.persona]
    told = [one.id for one in select_jokes(persona, brief.material, 6, random.Random(brief.seed))]
    assert len(set(told)) == len(told)


@given(briefs(st.just(False)))
@settings(max_examples=40, deadline=None)
def test_the_pieces_of_a_joke_are_its_text_and_come_in_order(brief: Brief) -> None:
    async def pieces() -> list[tuple[int, str]]:
        return [(piece.joke, piece.text) async for piece in HouseWriter().write(brief)]

    said = asyncio.run(pieces())
    assert [number for number, _ in said] == sorted(number for number, _ in said)
    for number, text in enumerate(roast(brief)):
        assert "".join(part for joke, part in said if joke == number) == text


def test_another_seed_style_or_photo_gives_another_roast() -> None:
    cues = tuple(a_cue(kind) for kind in ("pair", "crisp", "dominant", "tilted", "side_light", "no_record"))
    first = Brief(cues=cues, seed=1)
    others = [
        first.model_copy(update={"seed": 2}),
        *(first.model_copy(update={"style": Style(heat=heat)}) for heat in ("gentle", "savage")),
        *(first.model_copy(update={"style": Style(persona=name)}) for name in shipped() if name != "critic"),
        first.model_copy(update={"cues": (*cues[1:], a_cue("nobody"))}),
    ]
    texts = ["\n".join(roast(brief)) for brief in (first, *others)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_heats_share_no_opening_closing_or_tag(name: str) -> None:
    persona = shipped()[name]
    for by_heat in (persona.openings, persona.closings, persona.tags):
        lines = [line for _, heat in by_heat for line in heat]
        assert len(set(lines)) == len(lines)


def test_callbacks_agree_with_one_thing_and_with_many() -> None:
    singular = re.compile(r"\{handle\} (?:\w+ly )?(?:is|was|has|does|takes|passes|comes|goes|wanders|visits)\b", re.I)
    for persona in shipped().values():
        assert [line for line in persona.callbacks if singular.search(line)] == []


def test_personas_sound_different() -> None:
    assert len(shipped()) >= 4
    openings = [line for p in shipped().values() for _, lines in p.openings for line in lines]
    assert len(set(openings)) == len(openings)
    assert all(len(persona.jokes) >= 20 for persona in shipped().values())


@pytest.mark.parametrize("length", sorted(LENGTHS))
def test_length_decides_how_many_jokes_there_are(length: str) -> None:
    names = ("pair", "crisp", "dominant", "tilted", "side_light", "no_record", "writing", "upright")
    cues = tuple(a_cue(kind) for kind in names)
    assert len(roast(Brief(cues=cues, style=Style(length=length)))) == LENGTHS[length] + 1


def test_a_black_photo_with_a_single_cue_still_gets_a_whole_roast_about_the_dark() -> None:
    texts = roast(Brief(cues=(a_cue("pitch_dark", 0.95),), seed=3))
    assert len(texts) >= 5
    assert len(set(texts)) == len(texts)


def test_no_material_gives_no_roast_and_gentle_mode_drops_people() -> None:
    person = a_cue("solo")
    assert roast(Brief()) == []
    assert roast(Brief(cues=(person,), gentle=True)) == []
    cited = {id for _, ids in HouseWriter().jokes(Brief(cues=(person, a_cue("tilted")), gentle=True)) for id in ids}
    assert cited == {"tilted"}


def test_in_gentle_mode_nothing_is_savage_and_the_reader_is_told() -> None:
    house, style = HouseWriter(), Style(heat="savage", persona="noir")
    cues = (a_cue("tilted"), a_cue("noisy"), a_cue("blocky"))
    persona = shipped()["noir"]
    for seed in range(20):
        text = " ".join(roast(Brief(cues=cues, style=style, seed=seed, gentle=True)))
        assert not [line for line in (*persona.openings.savage, *persona.tags.savage) if line in text]
    assert "nothing is savage" in (house.note(Brief(cues=cues, style=style, gentle=True)) or "")
    assert house.note(Brief(cues=cues, style=style)) is None


def test_the_ending_comes_back_to_the_first_joke() -> None:
    cues = (a_cue("tilted"), a_cue("nobody"), a_cue("writing"))
    told = list(HouseWriter().jokes(Brief(cues=cues, seed=5)))
    first, last = told[0], told[-1]
    assert last[1] == first[1]
    cue = next(cue for cue in cues if cue.id == first[1][0])
    assert expand(handle(cue), cue.values, random.Random(0)).casefold() in last[0].casefold()


def test_the_house_says_when_it_cannot_do_as_asked() -> None:
    house = HouseWriter()
    assert house.note(Brief()) is None
    assert "only English" in (house.note(Brief(style=Style(language="fr"))) or "")
    assert "'nobody-here'" in (house.note(Brief(style=Style(persona="nobody-here"))) or "")
    assert roast(Brief(cues=(a_cue("tilted"),), style=Style(persona="nobody-here")))


def test_a_hundred_roasts_are_varied() -> None:
    rng = random.Random(7)
    words: list[str] = []
    names = sorted(shipped())
    for number in range(100):
        cues = tuple(a_cue(kind, rng.random()) for kind in rng.sample(sorted(MATERIAL), 12))
        style = Style(persona=names[number % len(names)], heat=HEATS[number % 3])
        words += re.findall(r"[a-z']+", " ".join(roast(Brief(cues=cues, style=style, seed=number))).lower())
    bigrams = list(pairwise(words))
    assert len(set(bigrams)) / len(bigrams) > 0.4


def test_templates_agree_in_article_and_number() -> None:
    assert [article(v) for v in ("orange", "blue", "8", "11", "18", "110", "HEIC", "GIF")] == [
        "an", "a", "an", "an", "an", "a", "an", "a",
    ]  # fmt: skip
    rng = random.Random(0)
    assert expand("{degrees:degree}, {A color} one", {"degrees": "1", "color": "orange"}, rng) == (
        "1 degree, An orange one"
    )
    assert expand("{degrees:degree}", {"degrees": "4"}, rng) == "4 degrees"
    assert {expand("[x|y]", {}, random.Random(s)) for s in range(20)} == {"x", "y"}
    with pytest.raises(KeyError):
        expand("{nothing}", {}, rng)


@given(st.text())
def test_sentences_put_together_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


def test_a_users_own_persona_needs_no_jokes_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "aunt.toml").write_text(PERSONA)
    personas = read_personas((tmp_path,))
    brief = Brief(cues=(a_cue("tilted"),), style=Style(persona="aunt", length="short"))
    text = " ".join(text for text, _ in HouseWriter({**shipped(), **personas}).jokes(brief))
    assert "Oh dear." in text
    assert "Have some cake." in text


PERSONA = """
name = "aunt"
title = "The Aunt"
description = "Means well."
voice = "Kind."
callbacks = ["And then {handle}."]
leads = ["And:"]
[openings]
gentle = ["Oh dear."]
medium = ["Oh dear."]
savage = ["Oh dear."]
[closings]
gentle = ["Have some cake."]
medium = ["Have some cake."]
savage = ["Have some cake."]
[tags]
gentle = ["Dear."]
medium = ["Dear."]
savage = ["Dear."]
"""


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("name =", "nome ="), "nome"),
        (('name = "aunt"', 'name = "uncle"'), "uncle.toml"),
        (("{handle}", "it"), "handle"),
        (('leads = ["And:"]', "leads = []"), "leads"),
        (('voice = "Kind."', "voice = "), "line"),
        (('leads = ["And:"]', 'leads = ["And:"]\n[jokes]\nnose = [{setup = "a", turn = "b"}]'), "nose"),
    ],
)
def test_a_broken_persona_file_says_what_is_wrong(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    path = tmp_path / "aunt.toml"
    path.write_text(PERSONA.replace(*change, 1))
    with pytest.raises(BrokenPersona, match=r"aunt\.toml") as caught:
        read_persona(path)
    assert complaint in str(caught.value)
