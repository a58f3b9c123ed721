"""One roast in the making by a language model: which of its lines were passed, and why the others were not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bus.roast.events import Cue
from llm.brief import Brief
from llm.personas.loader import Persona
from llm.prompting.guard import check_free, seems_adrift, swears
from llm.prompting.prompt import CUES, Prompt, prompt, swearing_jokes
from llm.writers.backend import BackendFailed, TooLong
from llm.writers.base import Piece

ENOUGH = {"short": 1, "medium": 2, "long": 3}
"""Lines fit to print without which it is no roast of that length."""


@dataclass
class Draft:
    """The `lines` so far, the `reasons` against others, how often the model was `asked`, and whether its answers
    `has_text`.

    `deadline` is on the event loop's clock; `most` is how many cues fit into the prompt, for all that is known.
    """

    brief: Brief
    persona: Persona
    deadline: float
    lines: list[Piece] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    has_text: bool = False
    asked: int = 0
    most: int = CUES
    _adrift: int = 0
    _swearing: int = 0

    @property
    def cues(self) -> Mapping[str, Cue]:
        return {cue.id: cue for cue in self.brief.cues}

    @property
    def is_enough(self) -> bool:
        return len(self.lines) >= ENOUGH[self.brief.style.length]

    @property
    def prompt(self) -> Prompt:
        """What the model is asked next."""
        return prompt(self.brief, self.persona, correction=self.correction, most=self.most)

    @property
    def correction(self) -> str:
        """What the next prompt says about earlier answers: reasons of the guard's, never the model's own words.

        Nothing when no line was thrown away and there are enough: then it is merely asked for another candidate.
        """
        if not self.asked or (self.is_enough and not self.reasons):
            return ""
        faults = sorted({reason.partition(":")[0] for reason in self.reasons if "'" not in reason})
        wrong = f": {'; '.join(faults)}" if faults else ""
        return f"Lines that broke the rules were thrown away{wrong}. Write new ones."

    @property
    def verdict(self) -> str:
        """Why there is no roast, for people."""
        if not self.has_text:
            return "it said nothing"
        why = f", because {self.reasons[0]}" if self.reasons else ""
        return f"too few of its lines were fit to print ({len(self.lines)}{why})"

    def shorten(self, asked: Prompt, failure: TooLong) -> None:
        """Leaves the least salient cue of `asked` out from now on. Raises BackendFailed when it was the only one."""
        if len(asked.cues) <= 1:
            raise BackendFailed(f"even with a single observation, {failure}") from failure
        self.most = len(asked.cues) - 1

    def add(self, piece: Piece) -> Piece:
        """Takes a line that nothing speaks against; returns it with its number in this roast."""
        self.lines.append(piece.model_copy(update={"joke": len(self.lines)}))
        self._swearing += swears(piece.text)
        return self.lines[-1]

    def objection(self, piece: Piece, source: str) -> str | None:
        """Why this line may not be shown, which is noted; None when it may. `source` is what it must not recite."""
        cited = [self.cues[id] for id in piece.cues]
        may_swear = self._swearing < swearing_jokes(self.brief, self.persona)
        reason = check_free(piece.text, cited, self.brief, source, may_swear=may_swear)
        if reason is None and piece.text in {line.text for line in self.lines}:
            reason = "it was said before"
        if reason is None and seems_adrift(piece.text, cited, self.brief):
            reason = None if 2 * self._adrift < len(self.lines) else "it is about something else"
            self._adrift += reason is None  # fewer than those that are surely about the photo, at any time
        if reason is not None:
            self.reasons.append(reason)
        return reason
