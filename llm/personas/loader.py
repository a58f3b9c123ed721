"""Personas: TOML files in `llm/personas/`, and in a folder of the user's own, read whole and checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from bus.findings import Frozen
from bus.observability.logs import log
from bus.roast.policy import MATERIAL, Policy, offence

PERSONAS = Path(__file__).parent

Lines = Annotated[tuple[str, ...], Field(min_length=1)]


class BrokenPersona(ValueError):
    """A persona file that cannot be used; the message names the file, the line where it is known, and the field."""


class Frame(Frozen):
    """A joke with holes: setup, then the turn of the asked heat (`turn` itself is medium, and stands in for both)."""

    setup: str
    turn: str
    gentle: str | None = None
    savage: str | None = None


class ByHeat(Frozen):
    """Lines for each heat."""

    gentle: Lines
    medium: Lines
    savage: Lines


class Words(Frozen):
    """What this voice calls things: nouns without an article, except `maker`, which is a whole noun phrase."""

    picture: str = "photograph"
    maker: str = "the photographer"


class Beat(Frozen):
    """A sample for language models: what was seen (of which `kind`), and what this voice said about it."""

    kind: str
    cue: str = Field(min_length=1, max_length=300)
    line: str = Field(min_length=1, max_length=400)

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in MATERIAL:
            raise ValueError(f"there are no cues of kind {kind!r}")
        return kind


class Persona(Frozen):
    """One voice. `voice`, `do`, `dont` and `beats` are for language models, the rest for the house writer and the page.

    `profanity` is the share of lines in which this voice may swear: none, unless a user's own persona says so.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)
    title: str
    description: str
    voice: str
    do: tuple[str, ...] = ()
    dont: tuple[str, ...] = ()
    beats: tuple[Beat, ...] = ()
    profanity: float = Field(0, ge=0, le=1)
    words: Words = Words()
    openings: ByHeat
    closings: ByHeat
    callbacks: Lines
    leads: Lines
    tags: ByHeat
    jokes: dict[str, tuple[Frame, ...]] = Field(default_factory=dict)

    @field_validator("callbacks")
    @classmethod
    def _have_a_handle(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        if any("{handle}" not in line and "{Handle}" not in line for line in lines):
            raise ValueError("each callback names what it comes back to, as {handle}")
        return lines

    @field_validator("jokes")
    @classmethod
    def _known_kinds(cls, jokes: dict[str, tuple[Frame, ...]]) -> dict[str, tuple[Frame, ...]]:
        unknown = sorted(set(jokes) - set(MATERIAL))
        if unknown:
            raise ValueError(f"there are no cues of kind {', '.join(unknown)}")
        return jokes


def read_persona(path: Path) -> Persona:
    """The persona in `path`. Raises BrokenPersona, saying what to mend."""
    text = ""
    try:
        text = path.read_text("utf-8")
        persona = Persona.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BrokenPersona(f"{path.name}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(_mistake(problem, text) for problem in error.errors()[:5])
        raise BrokenPersona(f"{path.name}: {wrong}") from error
    if persona.name != path.stem:
        raise BrokenPersona(f"{path.name}: its name is {persona.name!r}, so the file must be {persona.name}.toml")
    if foul := next(_offences(persona), None):
        raise BrokenPersona(f"{path.name}: {foul}")
    return persona


def _mistake(problem: Any, text: str) -> str:
    """A validation error as a sentence: the line on which the field begins, if it is there at all, and the field."""
    field = [str(part) for part in problem["loc"]]
    names = [re.escape(part) for part in field if not part.isdigit()]
    lines = text.splitlines()
    spots = (i for name in reversed(names) for i, line in enumerate(lines, 1) if re.match(rf"\s*\[*{name}\b", line))
    number = next(spots, None)
    return f"{f'line {number}: ' if number else ''}{'.'.join(field) or 'file'}: {problem['msg']}"


def _offences(persona: Persona) -> Iterator[str]:
    """What stands in the persona's own lines that may never be said, with the line."""
    by_heat = (persona.openings, persona.closings, persona.tags)
    around = [line for group in by_heat for _, lines in group for line in lines]
    frames = [text for jokes in persona.jokes.values() for f in jokes for text in (f.setup, f.turn, f.gentle, f.savage)]
    for line in (*around, *persona.leads, *persona.callbacks, *(text for text in frames if text)):
        if reason := offence(line, Policy(age_jokes=True, body_jokes=True)):
            yield f"{line!r} may not be said: {reason}"


def read_personas(folders: Iterable[Path]) -> Mapping[str, Persona]:
    """Every persona in `folders` by name; a later folder's persona replaces an earlier one's of the same name."""
    return {path.stem: read_persona(path) for folder in folders for path in sorted(folder.glob("*.toml"))}


@cache
def shipped() -> Mapping[str, Persona]:
    """The personas that come with Heckler."""
    return read_personas((PERSONAS,))


def own(data: Path) -> tuple[Mapping[str, Persona], tuple[str, ...]]:
    """The user's own personas in `data`/personas, and what is wrong with those that cannot be used."""
    found: dict[str, Persona] = {}
    problems: list[str] = []
    for path in sorted((data.expanduser() / "personas").glob("*.toml")):
        try:
            found[path.stem] = read_persona(path)
        except BrokenPersona as error:
            problems.append(str(error))
    return found, tuple(problems)


def available(data: Path) -> Mapping[str, Persona]:
    """The personas that came with Heckler and the user's own, which win; broken ones are left out and logged."""
    found, problems = own(data)
    for problem in problems:
        log.warning("persona left out", problem=problem, fix=f"mend it in {data / 'personas'}, and start again")
    return {**shipped(), **found}
