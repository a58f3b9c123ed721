"""Analyzers of which one fails until somebody mends it: a file in the data folder stands for the new code."""

from __future__ import annotations

from typing import Any

from analyzers.base import Photo, Weights
from bus.findings import Facts, Text
from bus.settings import Settings

MENDED = "mended"


class Quick:
    group = "quality"
    version = "1"
    model = "quick"
    weights = ()
    optional_weights = ()

    def __init__(self, weights: Weights) -> None: ...


class Steady(Quick):
    """Under the name that makes a cue of the middle of the night."""

    name = "facts"

    def analyze(self, photo: Photo) -> Facts:
        return Facts(taken_hour=3, time_of_day="night", flash=True)


class Broken(Quick):
    name = "text"

    def analyze(self, photo: Photo) -> Text:
        if not (Settings().data / MENDED).exists():
            raise RuntimeError("not mended yet")
        return Text()


class Dependent(Quick):
    """Looks at what the other one found."""

    name = "dependent"

    def analyze(self, text: Text) -> Facts:
        return Facts(flash=text.is_empty(), time_of_day="noon")


ROSTER: tuple[type[Any], ...] = (Steady, Broken, Dependent)
