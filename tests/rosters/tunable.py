"""Real analyzers, the quick ones, of which one has a threshold that a test moves while they are at work."""

from __future__ import annotations

from typing import Any

from analyzers.base import Photo
from analyzers.face.faces import FacesAnalyzer
from analyzers.quality.colors import ColorsAnalyzer
from analyzers.quality.composition import CompositionAnalyzer
from analyzers.quality.lighting import LightingAnalyzer
from analyzers.scene.facts import FactsAnalyzer
from bus.findings import Faces
from bus.settings import Settings

THRESHOLD = "threshold"
"""A file in the data folder: the score that a face must have to count. It stands for a change of the code."""


class TunableFaces(FacesAnalyzer):
    def analyze(self, photo: Photo) -> Faces:
        found, file = super().analyze(photo), Settings().data / THRESHOLD
        least = float(file.read_text()) if file.exists() else 0.0
        return found.model_copy(update={"faces": tuple(face for face in found.faces if face.score >= least)})


ROSTER: tuple[type[Any], ...] = (FactsAnalyzer, LightingAnalyzer, ColorsAnalyzer, TunableFaces, CompositionAnalyzer)
