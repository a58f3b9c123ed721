"""Ethnicity: what a classifier of seven classes takes every face for. For the debug view only."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Weights
from analyzers.inference.fairface import MODEL, WEIGHTS, FairFace
from bus.findings import Ethnicity, FaceEthnicity, Faces

Label: TypeAlias = Literal[
    "White", "Black", "Latino_Hispanic", "East Asian", "Southeast Asian", "Indian", "Middle Eastern"
]
LABELS: tuple[Label, ...] = get_args(Label)
"""FairFace's classes, in the order of its outputs."""


class EthnicityAnalyzer(Analyzer):
    """What FairFace takes every face for: seven classes of appearance, no fact about anybody. It never becomes a cue.

    It shares the run of the network with age and gender; see `analyzers.inference.fairface`.
    """

    group = "demographics"
    version = "1"
    model = MODEL
    weights = (WEIGHTS,)

    def __init__(self, weights: Weights) -> None:
        self._network = FairFace(weights[WEIGHTS])

    def warm_up(self) -> None:
        """Runs the network once."""
        self._network.warm_up()

    def analyze(self, photo: Photo, faces: Faces) -> Ethnicity:
        """The likeliest class of every face, in the order of `faces`, and all probabilities; raises UnreadablePhoto."""
        if faces.is_empty():
            return Ethnicity()
        rows = self._network.read(photo, faces).ethnicity
        return Ethnicity(faces=tuple(_finding_of(i, row) for i, row in enumerate(rows)))


def _finding_of(face: int, row: NDArray[np.floating[Any]]) -> FaceEthnicity:
    scores = {label: min(1.0, float(value)) for label, value in zip(LABELS, row, strict=True)}
    best = LABELS[int(row.argmax())]
    return FaceEthnicity(face=face, label=best, score=scores[best], scores=dict(scores))
