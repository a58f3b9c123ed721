"""Which cue is worth a joke first, and which of its jokes: salience, the voice, luck, and what was told lately."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bus.roast.events import Cue
from bus.roast.policy import MATERIAL
from llm.personas.loader import Persona
from llm.writers.house.joke_library import Candidate, candidates
from llm.writers.house.recent_jokes import LATELY, Page

OWN_BONUS = 0.2
"""How much salience it makes up for that the joke would be the persona's own: told lately, it makes up for nothing."""

PEOPLE_BONUS = 0.15
"""The same for what people do, wear and feel: it is funnier than the colour of the wall behind them."""

OWN_LUCK = 0.9
"""How much likelier a persona's own frame is told than a shared one on the same cue: nearly always, while it is new."""

JITTER = 0.3
"""How far chance may lift a cue: enough to vary an encore, too little to bury the obvious."""

STALE = 0.45
"""How much salience a cue loses when all that can be said about it was said lately, and there is other material."""


@dataclass(frozen=True)
class CueSelection:
    """A voice's choice between jokes in one roast, whose place in the diary is `page`."""

    persona: Persona
    rng: random.Random
    page: Page

    def ranked(self, cues: Sequence[Cue]) -> list[tuple[float, list[Candidate]]]:
        """The frames of each cue in the order in which they would be told, those of the best cue first."""
        picked = [(cue, self._picked(cue)) for cue in cues]
        worth = [(self._score(cue, frames), cue.id, frames) for cue, frames in picked]
        return [(score, frames) for score, _, frames in sorted(worth, key=lambda each: (-each[0], each[1]))]

    def note(self, one: Candidate) -> None:
        """Writes down that `one` is told: in this voice, and over this photo."""
        self.page.note(self._thing(one))
        self.page.note_here(one.id)

    def _score(self, cue: Cue, frames: Sequence[Candidate]) -> float:
        """What the first of `frames`, those of `cue` in the order of telling, is worth."""
        people = 0.0 if MATERIAL.get(cue.kind) == "photograph" else PEOPLE_BONUS
        own = OWN_BONUS if frames and frames[0].own else 0
        return cue.salience + people + own + JITTER * self.rng.random() - STALE * self._is_stale(frames)

    def _picked(self, cue: Cue) -> list[Candidate]:
        """The frames of one cue: those not told lately first, mostly the persona's own; then the longest untold."""
        frames = list(candidates(self.persona, [cue]))
        luck = {one.id: self.rng.random() + (OWN_LUCK if one.own else 0) for one in frames}
        return sorted(frames, key=lambda one: (-self._age(one), -luck[one.id]))

    def _is_stale(self, frames: Sequence[Candidate]) -> bool:
        return all(self._age(one) <= LATELY for one in frames[:1])

    def _age(self, one: Candidate) -> int:
        """In roasts, and at most one more than LATELY: what is longer ago counts the same.

        A joke that another voice told over this very photo is no news here.
        """
        most = LATELY if self.page.is_told_here(one.id) else LATELY + 1
        return min(self.page.age(self._thing(one)), most)

    def _thing(self, one: Candidate) -> str:
        return f"{self.persona.name}: {one.id}"
