"""Personas: TOML files in `llm/personas/`, and in a folder of the user's own, read whole and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator

from bus.features import Frozen
from bus.policy import MATERIAL

PERSONAS = Path(__file__).parent / "personas"

Lines = Annotated[tuple[str, ...], Field(min_length=1)]


class BrokenPersona(ValueError):
    """A persona file that cannot be used; the message names the file and what is wrong with it."""


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
    try:
        persona = Persona.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BrokenPersona(f"{path.name}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors()[:5])
        raise BrokenPersona(f"{path.name}: {wrong}") from error
    if persona.name != path.stem:
        raise BrokenPersona(f"{path.name}: its name is {persona.name!r}, so the file must be {persona.name}.toml")
    return persona


def read_personas(folders: Iterable[Path]) -> Mapping[str, Persona]:
    """Every persona in `folders` by name; a later folder's persona replaces an earlier one's of the same name."""
    return {path.stem: read_persona(path) for folder in folders for path in sorted(folder.glob("*.toml"))}


@cache
def shipped() -> Mapping[str, Persona]:
    """The personas that come with Heckler."""
    return read_personas((PERSONAS,))
