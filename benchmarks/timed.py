"""Analyzers that take their time and no processor: for measurements of queues on a machine that others use as well."""

from __future__ import annotations

import time
from typing import Any

from analyzers.base import Photo, Weights
from bus.findings import Facts, Text

EACH_S = 0.08


class Timed:
    group = "quality"
    version = "1"
    model = "clock"
    weights = ()
    optional_weights = ()

    def __init__(self, weights: Weights) -> None: ...


class Hour(Timed):
    """Under the name that makes a cue of the middle of the night."""

    name = "facts"

    def analyze(self, photo: Photo) -> Facts:
        time.sleep(EACH_S)
        return Facts(taken_hour=3, time_of_day="night", flash=True)


class First(Timed):
    name = "text"

    def analyze(self, photo: Photo) -> Text:
        time.sleep(EACH_S)
        return Text()


class Second(Timed):
    """Needs what the first one found."""

    name = "second"
    accepts_empty = True

    def analyze(self, text: Text) -> Facts:
        time.sleep(EACH_S)
        return Facts(flash=text.is_empty())


def alone(number: int) -> type[Any]:
    """One of several that need nothing and find nothing."""

    def analyze(self: Any, photo: Photo) -> Facts:
        time.sleep(EACH_S)
        return Facts()

    return type(f"Alone{number}", (Timed,), {"name": f"alone{number}", "analyze": analyze})


ROSTER: tuple[type[Any], ...] = (Hour, First, Second, *(alone(number) for number in range(7)))
