"""What a card shows of a request, and nothing else of it: see the material policy. Pure values; no imaging library."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from bus.findings import Box, Faces, Objects
from bus.history import History
from bus.roast.events import Cued, Roast
from gateway.http.problems import Problem

VERSION = "1"
"""Of the card's looks: counts up when they change, so that no client keeps an old card."""
Format = Literal["landscape", "portrait"]


@dataclass(frozen=True, slots=True)
class Content:
    """What a card shows. Nothing else of a request may reach it: see the material policy."""

    photo: bytes
    roast: Roast
    persona: str
    """The persona's title."""
    cued: Cued | None = None
    faces: tuple[Box, ...] = ()
    """In pixels of the photo: they are never cut."""
    focus: Box | None = None
    """What else to centre the photo on."""


def roast_of(history: History) -> Roast:
    """The roast that the request ended with. Raises Problem `no_roast`."""
    match history.ending:
        case Roast() as roast:
            return roast
        case None:
            raise Problem("no_roast", "It has not ended yet.")
        case _:
            raise Problem("no_roast", "It ended without one.")


def faces_in(history: History) -> tuple[Box, ...]:
    """Where the faces are, in pixels of the photo."""
    faces = _finding(history, "faces")
    return tuple(face.box for face in faces.faces if face.box.w > 0 < face.box.h) if isinstance(faces, Faces) else ()


def focus_in(history: History) -> Box | None:
    """Where the largest thing is."""
    objects = _finding(history, "objects")
    return objects.objects[0].box if isinstance(objects, Objects) and objects.objects else None


def etag(history: History, persona: str, format: str) -> str:
    """A strong validator (RFC 9110 §8.8.3): a request that has ended changes no more, but the card's looks may."""
    roast = roast_of(history)
    seen = "\n".join((VERSION, format, roast.id, persona, roast.text, str(faces_in(history))))
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'


def _finding(history: History, analyzer: str) -> object:
    feature = history.features.get(analyzer)
    return feature.finding if feature else None
