"""Attractiveness: what a network trained on raters' votes says of every face. For the debug view only."""

from __future__ import annotations

import numpy as np

from analyzers.base import Analyzer, Photo, Pixels, Weights, onnx_session
from analyzers.inference.crops import padded
from analyzers.inference.face_alignment import square
from analyzers.inference.fairface import normalised, run_batches
from bus.findings import Attractiveness, Face, FaceAttractiveness, Faces

RESIZED, INPUT_SIZE = 256, 224
"""Pixels: the pictures are scaled to the first, and the second is cut out of their middle."""

MARGIN = 0.4
"""Share of the box added on every side: in SCUT-FBP5500's pictures a whole head with its hair fills the square."""


class AttractivenessAnalyzer(Analyzer):
    """A mean of votes from 1 to 5 for every face, by ResNet-18 on SCUT-FBP5500. It never becomes a cue.

    Liang et al. 2018, "SCUT-FBP5500: A Diverse Benchmark Dataset for Multi-Paradigm Facial Beauty Prediction". As its
    makers' forward.py does it: scaled to 256 px, 224 px of the middle, red first, 0..1, minus ImageNet's mean, over
    its deviation; one output. Sixty young volunteers voted: it says what they liked, and nothing about a person.
    """

    group = "face"
    version = "1"
    model = "scut-fbp5500-resnet18"
    weights = ("scut_fbp5500",)

    def __init__(self, weights: Weights) -> None:
        self._session = onnx_session(weights["scut_fbp5500"])

    def warm_up(self) -> None:
        """Runs the network once."""
        run_batches(self._session, np.zeros((1, 3, INPUT_SIZE, INPUT_SIZE), np.float32))

    def analyze(self, photo: Photo, faces: Faces) -> Attractiveness:
        """The rating of every face, in the order of `faces`, within the scale; raises UnreadablePhoto."""
        if faces.is_empty():
            return Attractiveness()
        views = np.stack([view(photo.rgb, face) for face in faces.faces])
        votes = run_batches(self._session, normalised(views)).reshape(-1).clip(1, 5).tolist()
        return Attractiveness(faces=tuple(FaceAttractiveness(face=i, score=vote) for i, vote in enumerate(votes)))


def view(rgb: Pixels, face: Face) -> Pixels:
    """[224, 224, 3] uint8: the middle of a square picture of the head."""
    picture = square(rgb, padded(face.box, MARGIN, square=True), RESIZED)
    edge = (RESIZED - INPUT_SIZE) // 2
    return picture[edge : edge + INPUT_SIZE, edge : edge + INPUT_SIZE]
