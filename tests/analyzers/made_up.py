"""Analyzers of the tests' own making, with one habit each."""

from __future__ import annotations

from typing import Any

from analyzers.base import Analyzer, Photo, Skip
from bus.findings import Faces, Facts, Text


class Base(Analyzer):
    group, version, model = "quality", "1", "m"

    def __init__(self, weights: Any = None) -> None:
        self.calls = 0


class Looks(Base):
    name = "looks"

    def analyze(self, photo: Photo) -> Facts:
        self.calls += 1
        return Facts(original_width=photo.width, original_height=photo.height)


class NeedsFaces(Base):
    name = "needy"

    def analyze(self, faces: Faces) -> Facts:
        return Facts(original_width=len(faces.faces))


class NeedsTwo(Base):
    name = "pair"

    def analyze(self, faces: Faces, text: Text) -> Facts:
        self.calls += 1
        return Facts(original_width=len(faces.faces), original_height=len(text.lines))


class Skips(Base):
    name = "skips"

    def analyze(self, photo: Photo) -> Facts:
        raise Skip("nothing to see")
