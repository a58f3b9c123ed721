"""`heckler look`: what each analyzer says of one photo, in this process, with nothing running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analyzers.base import Photo, UnreadablePhoto
from analyzers.runtime.in_process import Direct
from analyzers.runtime.registry import load_roster, select, wiring_of
from analyzers.weights.store import store_of
from bus.events import Feature
from bus.settings import Settings
from cli.look.drawing import draw
from gateway.upload.decode import normalise
from gateway.upload.photo import Limits, Rejected


class NoPhoto(Exception):
    """The file cannot be looked at; the message says why."""


def look(settings: Settings, file: Path, names: Sequence[str]) -> tuple[Photo, dict[str, Feature]]:
    """The photo as the intake makes it, and a feature for every analyzer of `names`, with those that they need.

    No names mean all analyzers whose weights are here. Raises NoPhoto, BadRoster.
    """
    try:
        normal = normalise(file.read_bytes(), Limits(settings.max_pixels, settings.max_side))
    except OSError as error:
        raise NoPhoto(f"{file} cannot be read: {error.strerror}") from error
    except Rejected as error:
        raise NoPhoto(f"{file}: {error}") from error
    photo = Photo(normal.data, normal.facts)
    direct = Direct(_wanted(settings, names), store_of(settings))
    try:
        return photo, direct.look(photo)
    except UnreadablePhoto as error:
        raise NoPhoto(f"{file}: {error}") from error


def _wanted(settings: Settings, names: Sequence[str]) -> list[type]:
    """The analyzers of these names or groups, and all that they need."""
    roster = load_roster(settings)
    wanted = {wiring_of(cls).name for cls in select(roster, names)}
    while more := {need for cls in roster if wiring_of(cls).name in wanted for need in wiring_of(cls).needs} - wanted:
        wanted |= more
    return [cls for cls in roster if wiring_of(cls).name in wanted]


def draw_all(photo: Photo, features: dict[str, Feature], folder: Path) -> list[Path]:
    """One SVG for each finding, named after its analyzer. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, feature in features.items():
        if feature.finding is not None:
            path = folder / f"{name}.svg"
            path.write_text(draw(photo, features, name) + "\n", "utf-8")
            drawn.append(path)
    return drawn
