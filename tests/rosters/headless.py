"""One analyzer for which a library of the system is missing, and one that does not care."""

from __future__ import annotations

from typing import Any

from analyzers.base import Photo, Weights
from bus.findings import Facts


class Blind:
    """As an analyzer on MediaPipe where there is no libEGL."""

    name, group, version, model = "blind", "face", "1", "m"

    def __init__(self, weights: Weights) -> None:
        raise OSError("libEGL.so.1: cannot open shared object file: No such file or directory")

    def analyze(self, photo: Photo) -> Facts:
        raise AssertionError("never made")


class Steady(Blind):
    name, group = "steady", "quality"

    def __init__(self, weights: Weights) -> None: ...

    def analyze(self, photo: Photo) -> Facts:
        return Facts(flash=True)


ROSTER: tuple[type[Any], ...] = (Blind, Steady)
