"""The house writer: a deterministic joke grammar over cues. No weights, no network, no waiting.

The same brief gives the same roast; only where something in it has lately been said over another photo, the house
says something else, and what only decorates (an opening, a lead, a tag, a closing) it rather leaves out than repeats.
Every joke is a frame with a setup and a turn, told once; the persona opens, comes in between with tags and leads, comes
back at the end to something said at the start, and closes.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import islice

from bus.roast.events import Cue
from bus.roast.style import Style
from llm.brief import Brief
from llm.personas.loader import ByHeat, Frame, Persona, shipped
from llm.writers.base import Piece
from llm.writers.house.cue_selection import CueSelection
from llm.writers.house.joke_library import Candidate, handle
from llm.writers.house.joke_selection import LENGTHS, select_jokes
from llm.writers.house.recent_jokes import Diary, Memory, Page
from llm.writers.house.template import expand, sentences

DEFAULT = "critic"

ATTEMPTS = 60
"""Ways to say a line that are tried before one is told twice."""


class HouseWriter:
    """Writes roasts out of the jokes in this folder and in the personas (those that come with Heckler by default)."""

    name = "house"

    def __init__(self, personas: Mapping[str, Persona] | None = None) -> None:
        self._personas = shipped() if personas is None else personas
        self._memory, self._diary = Memory(), Diary()

    async def write(self, brief: Brief) -> AsyncIterator[Piece]:
        """The roast, a sentence a piece. Nothing at all when the brief has no cue that may be roasted."""
        for number, (text, cues) in enumerate(self.jokes(brief)):
            for sentence in sentences(text):
                yield Piece(joke=number, text=sentence, cues=cues)

    def note(self, brief: Brief) -> str | None:
        """Says so when the reader asked for what the house does not have, or will not do here."""
        notes = []
        if brief.style.language.split("-")[0].lower() != "en":
            notes.append(f"The house writer knows only English, so this is not in {brief.style.language!r}.")
        if brief.style.persona not in self._personas:
            notes.append(f"There is no persona {brief.style.persona!r} here; {self._persona(brief).title} stood in.")
        if _heat(brief) != brief.style.heat:
            notes.append("Somebody here may be young: only the photograph is roasted, and nothing is savage.")
        return " ".join(notes) or None

    def jokes(self, brief: Brief) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The texts of the roast's jokes in order, each with the ids of the cues that it stands on."""
        persona = self._persona(brief)
        photo = brief.photo or f"cues {_seed(brief.model_copy(update={'seed': 0, 'style': Style()}))}"
        rng, page = random.Random(_seed(brief)), self._diary.page(_seed(brief), photo)
        jokes = select_jokes(persona, brief.material, LENGTHS[brief.style.length], rng, page)
        if jokes:
            for variants, cited in _Rendering(persona, brief, rng, page).lines(jokes):
                yield self._new_line(variants, photo), cited

    def _new_line(self, variants: Iterator[str], photo: str) -> str:
        """The first of `variants` that no other photo got; the last one tried when all were told."""
        text = ""
        for text in islice(variants, ATTEMPTS):
            if self._memory.claim(text, photo):
                break
        return text

    def _persona(self, brief: Brief) -> Persona:
        return self._personas.get(brief.style.persona) or self._personas[DEFAULT]


class _Rendering:
    """One roast while it is written: remembers which tags and leads were used."""

    def __init__(self, persona: Persona, brief: Brief, rng: random.Random, page: Page) -> None:
        self._persona, self._heat, self._rng, self._page = persona, _heat(brief), rng, page
        self._tags = _shuffled(self._lines(persona.tags), rng)
        self._leads = _shuffled(persona.leads, rng)

    def lines(self, jokes: Sequence[Candidate]) -> Iterator[tuple[Iterator[str], tuple[str, ...]]]:
        """For each line the ways to say it, the best one first, and the cues that it stands on."""
        for number, one in enumerate(jokes):
            CueSelection(self._persona, self._rng, self._page).note(one)
            yield self._ways(number, one), (one.cue.id,)
        yield self._endings(jokes[0].cue), (jokes[0].cue.id,)

    def _ways(self, number: int, one: Candidate) -> Iterator[str]:
        before, after = self._opening() if number == 0 else self._lead(one), self._tag(one)
        yield _spaced(before, self._joke(one), after)
        for lead, tag in self._others():  # that was told elsewhere: other words around it
            yield _spaced(lead, self._joke(one), tag)

    def _others(self) -> Iterator[tuple[str, str]]:
        """What to put around a line that cannot do without: a tag, or a lead as well, the longest untold first.

        Each still comes once in a roast.
        """
        for lines in (self._leads, self._tags):
            lines.sort(key=lambda line: self._page.age(self._thing(line)))
        while self._leads and self._tags:
            tag = self._tags.pop()
            yield "", self._noted(tag)
            lead = self._leads.pop()
            yield self._noted(lead), self._say(tag)
            self._leads.insert(0, lead)
            self._tags.insert(0, tag)

    def _joke(self, one: Candidate) -> str:
        values = self._values(one.cue)
        setup = expand(one.frame.setup, values, self._rng)
        return f"{setup} {expand(self._turn(one.frame), values, self._rng)}"

    def _turn(self, frame: Frame) -> str:
        return {"gentle": frame.gentle, "savage": frame.savage}.get(self._heat) or frame.turn

    def _values(self, cue: Cue) -> dict[str, str]:
        return {**self._persona.words.model_dump(), **cue.values}

    def _lines(self, lines: ByHeat) -> tuple[str, ...]:
        by_heat: dict[str, tuple[str, ...]] = dict(lines)
        return by_heat[self._heat]

    def _opening(self) -> str:
        return self._once(_shuffled(self._lines(self._persona.openings), self._rng))

    def _lead(self, one: Candidate) -> str:
        """A few words of the persona's, more often before a joke that is not its own."""
        wanted = self._rng.random() < (0.2 if one.own else 0.4)
        return self._once(self._leads) if wanted else ""

    def _tag(self, one: Candidate) -> str:
        """An afterthought of the persona's, more often when the joke was not its own."""
        return self._once(self._tags) if self._rng.random() < (0.15 if one.own else 0.3) else ""

    def _once(self, lines: list[str]) -> str:
        """The last of `lines` that was not said lately, which is taken out of them; nothing when all were."""
        fresh = next((line for line in reversed(lines) if self._page.is_fresh(self._thing(line))), None)
        if fresh is None:
            return ""
        lines.remove(fresh)
        return self._noted(fresh)

    def _endings(self, cue: Cue) -> Iterator[str]:
        values = self._values(cue)
        closing = self._once(_shuffled(self._lines(self._persona.closings), self._rng))
        callbacks = _shuffled(self._persona.callbacks, self._rng)
        while True:
            for line in sorted(callbacks, key=lambda line: -self._page.age(self._thing(line))):
                named = expand(handle(cue), values, self._rng)
                self._page.note(self._thing(line))
                yield _spaced(expand(line, {**values, "handle": named}, self._rng), closing)
            closing = self._say(self._rng.choice(self._lines(self._persona.closings)))

    def _noted(self, line: str) -> str:
        self._page.note(self._thing(line))
        return self._say(line)

    def _thing(self, line: str) -> str:
        return f"{self._persona.name}: {line}"

    def _say(self, line: str) -> str:
        return expand(line, self._persona.words.model_dump(), self._rng)


def _heat(brief: Brief) -> str:
    """The asked heat; but nothing savage is said over a photo with people who are to be spared."""
    return "medium" if brief.gentle and brief.style.heat == "savage" else brief.style.heat


def _seed(brief: Brief) -> int:
    """A number that differs when the seed, photo, style or material do, and is the same on every machine."""
    style = brief.style.model_dump(exclude={"seed"})
    cues = [(cue.id, sorted(cue.values.items())) for cue in brief.material]
    text = json.dumps([brief.seed, brief.photo, style, cues], sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _shuffled(lines: Sequence[str], rng: random.Random) -> list[str]:
    return rng.sample(lines, k=len(lines))


def _spaced(*parts: str) -> str:
    return " ".join(part for part in parts if part)
