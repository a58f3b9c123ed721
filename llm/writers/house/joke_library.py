"""The jokes that the house writer knows: the shared ones in `jokes/*.toml`, and each persona's own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from bus.findings import Frozen
from bus.roast.events import Cue
from bus.roast.policy import MATERIAL
from llm.personas.loader import Frame, Persona

JOKES = Path(__file__).parent / "jokes"


class Topic(Frozen):
    """What any persona can say about one kind of cue. `handle` is a noun phrase to come back to it with."""

    handle: str
    jokes: tuple[Frame, ...]


@dataclass(frozen=True)
class Candidate:
    """A joke that could be told about a cue. `id` names the frame: its persona, its kind of cue, and its number."""

    id: str
    frame: Frame
    cue: Cue
    own: bool


@cache
def topics() -> Mapping[str, Topic]:
    """The shared jokes by kind of cue. Raises ValueError for a file with a mistake, an unknown kind or a kind twice."""
    found: dict[str, Topic] = {}
    for path in sorted(JOKES.glob("*.toml")):
        for kind, table in tomllib.loads(path.read_text("utf-8")).items():
            if kind not in MATERIAL or kind in found:
                raise ValueError(f"{path.name}: {kind!r} is no kind of cue, or is there twice")
            try:
                found[kind] = Topic.model_validate(table)
            except ValidationError as error:
                raise ValueError(f"{path.name}: {kind}: {error.errors()[0]['msg']}") from error
    return found


def candidates(persona: Persona, cues: Sequence[Cue]) -> Iterator[Candidate]:
    """Every joke that `persona` can tell about `cues`: its own first, then the shared ones."""
    for cue in cues:
        for number, frame in enumerate(persona.jokes.get(cue.kind, ())):
            yield Candidate(f"{persona.name}/{cue.kind}/{number}", frame, cue, own=True)
        topic = topics().get(cue.kind)
        for number, frame in enumerate(topic.jokes if topic else ()):
            yield Candidate(f"house/{cue.kind}/{number}", frame, cue, own=False)


def handle(cue: Cue) -> str:
    """The template of the noun phrase by which a later line calls `cue`."""
    return topics()[cue.kind].handle
