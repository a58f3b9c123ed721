"""A roast at the gateway: its document, which `heckler roast --json` prints, and its persona, which must be here."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from pydantic import Field

from bus.findings import Frozen
from bus.history import History
from bus.roast.events import Cue, Joke, Line, Roast
from bus.roast.history import cues_of
from bus.roast.personas import available
from bus.roast.style import Style, style_of
from bus.settings import Settings
from gateway.http.problems import Problem
from gateway.snapshot import Links, Snapshot, Timings, since_submission
from gateway.upload.options import Asked


class RoastLinks(Links):
    """The links of a roast."""

    card: str

    @classmethod
    def of(cls, id: str) -> RoastLinks:
        """The links of request `id`."""
        return cls(**Links.of(id).model_dump(), card=f"/api/roasts/{id}/card.png")


class RoastView(Frozen):
    """The words, and their writer."""

    text: str
    jokes: tuple[Joke, ...]
    writer: str
    persona: str
    heat: str
    note: str | None
    attempt: int
    write_ms: float
    first_word_ms: float


class RoastTimings(Timings):
    """Milliseconds since the submission was stored, by the log's clock; None for what has not happened."""

    first_line_ms: float | None = None
    roast_ms: float | None = None
    write_ms: float | None = Field(None, description="how long the writer took, by its own clock")


class RoastSnapshot(Snapshot):
    """A roast so far."""

    options: Style
    links: RoastLinks
    timings: RoastTimings
    cues: tuple[Cue, ...]
    roast: RoastView | None


def document(history: History, core: Snapshot) -> RoastSnapshot:
    """The document of a request for a roast, of which `core` holds what every request has."""
    submitted = history.submitted
    assert submitted is not None  # else there is no document at all
    roast = history.ending if isinstance(history.ending, Roast) else None
    timings = RoastTimings(
        **core.timings.model_dump(),
        first_line_ms=since_submission(history, Line),
        roast_ms=since_submission(history, Roast),
        write_ms=roast.write_ms if roast else None,
    )
    view = RoastView(**{name: getattr(roast, name) for name in RoastView.model_fields}) if roast else None
    same = {name: getattr(core, name) for name in Snapshot.model_fields}
    own = {
        "options": style_of(submitted),
        "links": RoastLinks.of(core.id),
        "timings": timings,
        "cues": cues_of(history),
        "roast": view,
    }
    return RoastSnapshot(**(same | own))


async def check(asked: Asked, settings: Settings) -> None:
    """Whether the persona is here; a user's own are files, which are read anew each time, in a thread. Raises Problem
    `unknown_persona`."""
    check_persona(asked, [persona.name for persona in await asyncio.to_thread(available, settings.data)])


def check_persona(asked: Asked, personas: Collection[str]) -> None:
    """Whether the persona is one of `personas`. Raises Problem `unknown_persona`."""
    names, persona = sorted(personas), getattr(asked.options, "persona", None)
    if persona not in names:
        detail = f"`persona` is {persona!r}; there are: {', '.join(names) or 'none'}."
        raise Problem("unknown_persona", detail, field="persona", allowed=names)
