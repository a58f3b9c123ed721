"""The house writer over what was seen in every test photo, in every voice and heat: sound, varied, without repeats.

`cues.json` holds what the analyzers saw (made by `heckler eval PHOTOS --cues tests/llm/cues.json`), so that these tests
judge the writer and not the arithmetic of the machine they run on.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bus.roast.policy import MATERIAL
from bus.roast.style import Style
from cli.eval.photos import load
from cli.eval.samples_doc import markdown
from llm.personas.loader import shipped
from llm.prompting.guard import check
from llm.quality.evaluation import Sample, ShownLine, claimed, distinct, grounded, repeats, score, shared_lines
from llm.writers.house.joke_selection import FAMILIES, THEMES, select_jokes
from llm.writers.house.recent_jokes import LATELY
from llm.writers.house.writer import HouseWriter

CASES = load(Path(__file__).parents[2] / "cues.json")
BY_NAME = {case.name: case for case in CASES}
HEATS = ("gentle", "medium", "savage")
SEEDS = 5

GRAMMAR = {
    "a before a vowel": r"\b[Aa] (?=[aeiou](?!ne\b|nce\b|u|ni|s[aeu]))[a-z]",
    "an before a consonant": r"\b[Aa]n (?!hour|heir|hon|[aeiouAEIOU8]|1[18]\b|[FHLMNRSX][A-Z])\w",
    "a word twice": r"(?i)\b(the|a|an|of|to|in|is|and|it|on|with|for|at|this|that|those|they|was|are|from) \1\b",
    "a space before punctuation": r" [,.;:!?](?!\.)",
    "no space after a comma": r",[A-Za-z]",
    "two marks in a row": r"[,;:]{2}|[.!?][,;]|,\.|\.\.(?!\.)|!\?!",
    "two spaces": r"  ",
    "an unfilled hole": r"[{}\[\]|]",
    "a sentence in small letters": r"(?<![.…])[.!?] (?:[a-z])",
    "a straight quotation mark": r'"',
    "an s too many": r"\b(?:one|1) [a-z]+(?:pixels|degrees|ties|people|faces)\b|\b1 (?:degrees|pixels)\b",
    "an s too few": r"\b(?:[2-9]|1\d|two|three|four|five|six) (?:degree|pixel|tie|person|face)\b",
    "one thing, many verbs": r"(?i)(?<!i[nf] )(?<!o[fn] )\b(?:it|this|(?:no|some|every)body) (?:are|were|have)\b",
    "many things, one verb": r"(?i)(?<!of )\b(?:they|we|you) (?:is|was|has|does)\b",
}
"""What broken sentences look like. Each is tried on a broken sentence below."""


def batch(seed: int) -> list[Sample]:
    """All photos in all voices and heats, by one house: what somebody gets who puts the whole folder through it."""
    house = HouseWriter()
    return [
        Sample(
            case=case.name,
            writer="house",
            persona=persona,
            heat=heat,
            seed=seed,
            lines=tuple(
                ShownLine(text=text, cues=ids)
                for text, ids in house.jokes(case.brief({"persona": persona, "heat": heat}, seed))
            ),
        )
        for persona in sorted(shipped())
        for heat in HEATS
        for case in CASES
    ]


@pytest.fixture(scope="module")
def batches() -> list[list[Sample]]:
    return [batch(seed) for seed in range(SEEDS)]


@pytest.fixture(scope="module")
def samples(batches: list[list[Sample]]) -> list[Sample]:
    return [sample for one in batches for sample in one]


def lines(samples: list[Sample]) -> Iterator[tuple[Sample, ShownLine]]:
    for sample in samples:
        for line in sample.lines:
            yield sample, line


def test_every_photo_gets_a_whole_roast_in_every_voice(samples: list[Sample]) -> None:
    assert len(samples) == len(CASES) * len(shipped()) * len(HEATS) * SEEDS
    assert {len(sample.lines) for sample in samples} == {5}


def test_every_line_is_grounded_and_claims_nothing_that_is_not_there(samples: list[Sample]) -> None:
    for sample, line in lines(samples):
        assert grounded(line, BY_NAME[sample.case]), line
        assert claimed(line.text, BY_NAME[sample.case].cues) == frozenset(), line


def test_every_line_passes_the_guard(samples: list[Sample]) -> None:
    for sample, line in lines(samples):
        case = BY_NAME[sample.case]
        brief = case.brief(Style(), sample.seed)
        by_id = {cue.id: cue for cue in case.cues}
        assert check(line.text, [by_id[id] for id in line.cues], brief) is None, line


def test_no_line_is_told_over_two_photos_of_a_batch(batches: list[list[Sample]]) -> None:
    for one in batches:
        assert shared_lines(one) == []


def test_nothing_is_told_twice_in_a_roast(samples: list[Sample]) -> None:
    assert [sample for sample in samples if repeats(sample.lines)] == []


def test_the_voices_differ_over_the_same_photo(samples: list[Sample]) -> None:
    """distinct-2 of one photo in all eight voices; and within a roast, where less would be a stutter."""
    for case in CASES:
        for heat in HEATS:
            for seed in range(SEEDS):
                told = [s for s in samples if (s.case, s.heat, s.seed) == (case.name, heat, seed)]
                assert distinct(line.text for sample in told for line in sample.lines) >= 0.6, (case.name, heat)
    assert all(distinct(line.text for line in sample.lines) >= 0.8 for sample in samples)


@pytest.mark.parametrize("rule", GRAMMAR)
def test_no_line_breaks_a_rule_of_grammar(rule: str, samples: list[Sample]) -> None:
    broken = {
        match[0] + "  IN  " + line.text for _, line in lines(samples) if (match := re.search(GRAMMAR[rule], line.text))
    }
    assert sorted(broken)[:5] == []


def test_every_line_begins_with_a_capital_and_ends_with_a_mark(samples: list[Sample]) -> None:
    for _, line in lines(samples):
        assert re.match(r"[“”'‘…]?[A-Z0-9“]", line.text), line.text
        assert re.search(r"[.!?…][”’]?$", line.text), line.text


BROKEN = {
    "a before a vowel": "It is a orange.",
    "an before a consonant": "It is an bus.",
    "a word twice": "It is the the bus.",
    "a space before punctuation": "It is late .",
    "no space after a comma": "Late,but here.",
    "two marks in a row": "It is late.,",
    "two spaces": "It is  late.",
    "an unfilled hole": "It is {color}.",
    "a sentence in small letters": "It is late. it rains.",
    "a straight quotation mark": 'It says "stop".',
    "an s too many": "It leans 1 degrees.",
    "an s too few": "It leans 4 degree.",
    "one thing, many verbs": "Nobody are here.",
    "many things, one verb": "They was here.",
}


def test_each_rule_of_grammar_notices_a_broken_sentence() -> None:
    assert set(BROKEN) == set(GRAMMAR)
    for rule, sentence in BROKEN.items():
        assert re.search(GRAMMAR[rule], sentence), rule


def test_people_are_roasted_before_palettes() -> None:
    """Where people did something, it is more than half of what is said; colour and light are one joke of four."""
    house, told, colors, people = HouseWriter(), 0, 0, 0
    for case in CASES:
        kinds = {cue.id: cue.kind for cue in case.cues}
        person = [cue for cue in case.cues if MATERIAL[cue.kind] == "person"]
        if len(person) < 4:
            continue
        for persona in shipped():
            for seed in range(SEEDS):
                said = [ids[0] for _, ids in house.jokes(case.brief({"persona": persona}, seed))][:-1]
                told += len(said)
                people += sum(MATERIAL[kinds[id]] == "person" for id in said)
                shades = sum(_theme(kinds[id]) == "colour and light" for id in said)
                assert shades <= 1, (case.name, persona)
                colors += shades
    assert people / told > 0.5
    assert colors / told < 0.25


def _theme(kind: str) -> str | None:
    return THEMES.get(FAMILIES.get(kind, kind))


def test_photos_with_the_same_cues_get_different_roasts_and_the_same_photo_its_own_again() -> None:
    house, case = HouseWriter(), BY_NAME["orientation/portrait_3.jpg"]
    twin = case.model_copy(update={"name": "twin", "sha256": "0" * 64})
    style = {"persona": "noir", "heat": "savage"}
    first, second, again = (list(house.jokes(one.brief(style, 3))) for one in (case, twin, case))
    assert not {text for text, _ in first} & {text for text, _ in second}
    assert first == again


def test_the_page_of_roasts_is_what_the_house_writes_today() -> None:
    page = Path(__file__).parents[4] / "docs" / "roasts.md"
    assert page.read_text("utf-8") == markdown(CASES), "heckler eval tests/llm/cues.json --markdown > docs/roasts.md"
    assert page.read_text("utf-8").count("\n## ") == 20


def test_the_house_scores_full_marks_for_grounding(samples: list[Sample]) -> None:
    found = score(samples, CASES)
    assert (found.grounded, found.invented, found.same_line, found.same_frame) == (1, 0, 0, 0)
    assert found.distinct_2 >= 0.6


def test_a_folder_in_one_voice_is_varied(batches: list[list[Sample]]) -> None:
    """distinct-2 over all photos in one voice and heat: what somebody reads who roasts a folder."""
    for one in batches:
        for persona in sorted(shipped()):
            for heat in HEATS:
                told = [s for s in one if (s.persona, s.heat) == (persona, heat)]
                assert distinct(line.text for sample in told for line in sample.lines) >= 0.6, (persona, heat)


@pytest.mark.parametrize("persona", ["commentator", "fool", "victorian"])
def test_strong_voices_tell_their_own_jokes(persona: str) -> None:
    """A neutral joke in a costume is what a reader hears first."""
    voice = shipped()[persona]
    for seed in range(SEEDS):
        told = [
            one for case in CASES for one in select_jokes(voice, case.cues, 4, random.Random(f"{case.name} {seed}"))
        ]
        assert sum(one.own for one in told) / len(told) >= 0.95


def test_openings_and_closings_are_rather_left_out_than_repeated_over_a_folder(batches: list[list[Sample]]) -> None:
    for persona, voice in shipped().items():
        for heat in HEATS:
            roasts = [s for s in batches[0] if (s.persona, s.heat) == (persona, heat)]
            for opening in dict(voice.openings)[heat]:
                told = [i for i, one in enumerate(roasts) if one.lines[0].text.startswith(opening)]
                assert all(later - earlier > LATELY for earlier, later in pairwise(told)), opening
            for closing in dict(voice.closings)[heat]:
                told = [i for i, one in enumerate(roasts) if one.lines[-1].text.endswith(closing)]
                assert all(later - earlier > LATELY for earlier, later in pairwise(told)), closing


def test_a_roast_asked_for_again_after_a_whole_folder_is_told_in_the_same_words() -> None:
    house, style = HouseWriter(), {"persona": "victorian"}
    first = [list(house.jokes(case.brief(style, 1))) for case in CASES]
    again = [list(house.jokes(case.brief(style, 1))) for case in reversed(CASES)]
    assert again == first[::-1]


def test_one_sign_gets_one_joke_while_there_is_other_material() -> None:
    kinds = {cue.id: cue.kind for cue in BY_NAME["orientation/portrait_7.jpg"].cues}
    assert {"writing", "words_nobody"} <= set(kinds.values())
    for persona in shipped():
        for seed in range(SEEDS):
            brief = BY_NAME["orientation/portrait_7.jpg"].brief({"persona": persona}, seed)
            told = [kinds[ids[0]] for _, ids in HouseWriter().jokes(brief)][:-1]
            assert sum(kind in {"writing", "words_nobody"} for kind in told) <= 1, (persona, told)
