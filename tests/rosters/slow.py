"""Analyzers that need their time, one of them for what another one found."""

from __future__ import annotations

import time
from typing import Any

from analyzers.base import Photo, Weights
from bus.findings import Facts, Text

EACH_S = 0.12


class Slow:
    group = "quality"
    version = "1"
    model = "slow"
    weights = ()
    optional_weights = ()

    def __init__(self, weights: Weights) -> None: ...


class Steady(Slow):
    """Under the name that makes a cue of the middle of the night."""

    name = "facts"

    def analyze(self, photo: Photo) -> Facts:
        time.sleep(EACH_S)
        return Facts(taken_hour=3, time_of_day="night", flash=True)


class Reader(Slow):
    name = "text"

    def analyze(self, photo: Photo) -> Text:
        time.sleep(EACH_S)
        return Text()


class Dependent(Slow):
    """Looks at what the other one found."""

    name = "dependent"
    accepts_empty = True

    def analyze(self, text: Text) -> Facts:
        time.sleep(EACH_S)
        return Facts(flash=text.is_empty(), time_of_day="noon")


ROSTER: tuple[type[Any], ...] = (Steady, Reader, Dependent)
