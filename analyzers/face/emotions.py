"""Emotions: what every face seems to feel."""

from __future__ import annotations

from analyzers.base import Analyzer, Photo, Skip, Weights, practice_photo
from analyzers.face.emotion_networks import EmotionNetwork, Floats, HSEmotion, MiniXception
from analyzers.inference.crops import crop
from bus.findings import Box, Emotion, Emotions, FaceEmotion, Faces


class EmotionsAnalyzer(Analyzer):
    """Emotions by HSEmotion (eight classes) where its weights are there, else by mini-XCEPTION (seven, no contempt).

    A face shows what it shows, not what somebody feels; the scores are the networks' own, and are not calibrated.
    Input sizes, normalisation, class orders and sources: see `analyzers.face.emotion_networks`.
    """

    group = "face"
    version = "1"
    any_of = ("hsemotion", "mini_xception_emotion")

    def __init__(self, weights: Weights) -> None:
        self._network: EmotionNetwork = (
            HSEmotion(weights["hsemotion"])
            if "hsemotion" in weights
            else MiniXception(weights["mini_xception_emotion"])
        )
        self.model = self._network.model

    def warm_up(self) -> None:
        """Runs the network once."""
        self._network.scores(self._network.input(practice_photo(), [Box(x=0, y=0, w=200, h=200)]))

    def analyze(self, photo: Photo, faces: Faces) -> Emotions:
        """The emotion of every face, in one batch; raises Skip where none lies in the photo, UnreadablePhoto."""
        here = [(index, face.box) for index, face in enumerate(faces.faces) if self._shows(photo, face.box)]
        if not here:
            raise Skip("no face lies within the photo")
        scores = self._network.scores(self._network.input(photo, [box for _, box in here]))
        labels = self._network.labels
        return Emotions(faces=tuple(_felt(index, labels, row) for (index, _), row in zip(here, scores, strict=True)))

    def _shows(self, photo: Photo, box: Box) -> bool:
        """Whether the photo shows anything of the face in `box`."""
        return crop(photo.bgr, self._network.around(box)) is not None


def _felt(index: int, labels: tuple[Emotion, ...], row: Floats) -> FaceEmotion:
    scores = {label: min(max(float(score), 0.0), 1.0) for label, score in zip(labels, row, strict=True)}
    best = max(scores, key=lambda label: scores[label])
    return FaceEmotion(face=index, label=best, score=scores[best], scores=scores)
