"""Personas: what each must bring, and that a user's own are read from a folder, broken ones named and left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bus.roast.events import Cue
from bus.roast.policy import MATERIAL, offence
from bus.roast.style import Style
from llm.brief import Brief
from llm.personas.loader import PERSONAS, BrokenPersona, available, own, read_persona, shipped
from llm.writers.house.writer import HouseWriter

EIGHT = {"critic", "commentator", "noir", "naturalist", "victorian", "reviewer", "grandmother", "fool"}
VOICES = pytest.mark.parametrize("name", sorted(EIGHT))


def copied(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """A persona of the user's: the fool under another name, with changes."""
    text = (PERSONAS / "fool.toml").read_text("utf-8").replace('name = "fool"', f'name = "{name}"')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(text, "utf-8")
    return file


def test_there_are_eight_personas() -> None:
    assert set(shipped()) >= EIGHT


@VOICES
def test_each_persona_tells_a_model_what_to_do_what_not_to_do_and_shows_it(name: str) -> None:
    persona = shipped()[name]
    assert len(persona.do) >= 3
    assert len(persona.dont) >= 3
    assert len(persona.beats) >= 6
    assert len({beat.kind for beat in persona.beats}) == len(persona.beats)
    assert persona.profanity == 0


@VOICES
def test_the_samples_of_each_persona_keep_to_the_material_policy(name: str) -> None:
    for beat in shipped()[name].beats:
        assert beat.kind in MATERIAL
        assert offence(beat.line) is None, beat.line
        assert offence(beat.cue) is None, beat.cue


@VOICES
def test_each_persona_has_words_of_its_own_for_people_and_not_only_for_photographs(name: str) -> None:
    jokes = shipped()[name].jokes
    assert len(jokes) >= 30
    assert sum(MATERIAL[kind] == "person" for kind in jokes) >= 12


def test_no_two_personas_share_a_line() -> None:
    owners: dict[str, str] = {}
    for name, persona in shipped().items():
        around = [
            line for group in (persona.openings, persona.closings, persona.tags) for _, ls in group for line in ls
        ]
        for line in {*around, *persona.leads, *persona.callbacks, *(beat.line for beat in persona.beats)}:
            assert owners.setdefault(line, name) == name, line


def test_personas_can_be_told_apart_by_their_words() -> None:
    """Of the words that a voice uses most, few are another voice's favourites as well."""
    favourites = {name: frozenset(_favourites(name)) for name in EIGHT}
    for name, own_words in favourites.items():
        for other in EIGHT - {name}:
            assert len(own_words & favourites[other]) <= len(own_words) / 2, (name, other)


def _favourites(name: str) -> list[str]:
    def words(persona: str) -> list[str]:
        voice = shipped()[persona]
        around = [line for group in (voice.openings, voice.closings, voice.tags) for _, ls in group for line in ls]
        return re.findall(r"[a-z']+", " ".join([*around, *voice.leads]).lower())

    others = [word for other in EIGHT - {name} for word in words(other)]
    mine = words(name)
    share = {word: mine.count(word) / len(mine) - others.count(word) / len(others) for word in set(mine)}
    return sorted(share, key=lambda word: (-share[word], word))[:20]


def test_a_users_own_persona_is_picked_up_from_the_folder_and_writes(tmp_path: Path) -> None:
    copied(tmp_path / "personas", "jester", ("Good morrow, nuncle;", "Ahoy, nuncle;"))
    personas = available(tmp_path)
    assert set(personas) == {*shipped(), "jester"}
    cue = Cue(id="tie", kind="tie", text="A tie.", salience=0.5, evidence=("facts.format",))
    house = HouseWriter(personas)
    assert house.note(Brief(cues=(cue,), style=Style(persona="jester"))) is None
    assert list(house.jokes(Brief(cues=(cue,), style=Style(persona="jester"))))


def test_a_users_own_persona_replaces_one_of_the_same_name(tmp_path: Path) -> None:
    folder = tmp_path / "personas"
    copied(folder, "fool", ('title = "The Fool"', 'title = "My Fool"'))
    assert available(tmp_path)["fool"].title == "My Fool"
    assert shipped()["fool"].title == "The Fool"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('title = "The Fool"', "title = 7"), ("line 2", "title")),
        (('title = "The Fool"', 'title = "The Fool'), ("line 2",)),
        (("\narms_crossed = [", "\nunicorns = ["), ("jokes", "unicorns")),
        (("callbacks = [", 'callbacks = [\n  "Nothing to come back to.",'), ("callbacks", "{handle}")),
        (('kind = "tilted", cue', 'kind = "tlited", cue'), ("beats", "kind", "tlited")),
        (("Here stands one, and beside that one, none.", "What a hideous jacket."), ("hideous", "looks")),
    ],
)
def test_a_broken_persona_is_named_with_line_and_field_and_stops_no_other(
    tmp_path: Path, change: tuple[str, str], words: tuple[str, ...]
) -> None:
    folder = tmp_path / "personas"
    copied(folder, "jester", change)
    copied(folder, "wag")
    found, problems = own(tmp_path)
    assert set(found) == {"wag"}
    [problem] = problems
    assert problem.startswith("jester.toml")
    for word in words:
        assert word in problem, problem


def test_a_file_that_is_no_text_or_has_another_name_is_said_to_be_so(tmp_path: Path) -> None:
    noise = tmp_path / "noise.toml"
    noise.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BrokenPersona, match=r"noise\.toml"):
        read_persona(noise)
    file = copied(tmp_path, "jester")
    with pytest.raises(BrokenPersona, match=r"must be jester\.toml"):
        read_persona(file.rename(tmp_path / "other.toml"))


def test_without_a_folder_of_personas_there_are_those_that_came_with_heckler(tmp_path: Path) -> None:
    assert dict(available(tmp_path)) == dict(shipped())


@VOICES
def test_no_sentence_of_a_voice_stands_in_two_of_its_lines(name: str) -> None:
    """Else a roast may say it twice, however careful it is never to tell a frame again."""
    persona = shipped()[name]
    around = [lines for each in (persona.openings, persona.closings, persona.tags) for _, lines in each]
    frames = [frame for jokes in persona.jokes.values() for frame in jokes]
    told = [[line] for lines in (*around, persona.leads, persona.callbacks) for line in lines]
    told += [[text for text in (f.setup, f.turn, f.gentle, f.savage) if text] for f in frames]
    owners: dict[str, int] = {}
    for owner, lines in enumerate(told):
        for sentence in {part for line in lines for part in re.split(r"(?<=[.!?…]) ", line) if part.count(" ") > 2}:
            assert owners.setdefault(sentence, owner) == owner, sentence
