"""Gender: what a classifier of two classes takes every face for. For the debug view only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Pixels, Weights, onnx_session
from analyzers.inference.crops import padded
from analyzers.inference.face_alignment import chip, mirrored, square
from analyzers.inference.fairface import MODEL, WEIGHTS, FairFace, run_batches
from bus.findings import Face, FaceGender, Faces, Gender

Floats: TypeAlias = NDArray[np.floating[Any]]


class Classifier(Protocol):
    """What tells genders. `model` names it."""

    model: str

    def men(self, photo: Photo, faces: Faces) -> Floats:
        """For every face [n] the probability, 0..1, of the class `man`; the rest is that of `woman`."""
        ...

    def warm_up(self) -> None: ...


class FairFaceGenders:
    """FairFace's two classes; see `analyzers.inference.fairface`."""

    model = MODEL

    def __init__(self, path: Path) -> None:
        self._network = FairFace(path)
        self.warm_up = self._network.warm_up

    def men(self, photo: Photo, faces: Faces) -> Floats:
        return self._network.read(photo, faces).gender[:, 0]


class UtkGenders:
    """The `lite` network of shubham0204/Age-Gender_Estimation_TF-Android, trained on UTKFace: man, woman.

    Input 128 × 128, red first, 0..1, channels last: a dlib chip with padding 0.2, as UTKFace's pictures are. Each face
    is looked at in two sizes, and mirrored. It takes every clear face of the test photos for what a person does.
    """

    model = "utk-gender-lite"
    INPUT_SIZE = 128
    PADDINGS = (0.2, 0.25)

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)

    def men(self, photo: Photo, faces: Faces) -> Floats:
        views = [chip(photo.rgb, face, self.INPUT_SIZE, padding) for face in faces.faces for padding in self.PADDINGS]
        inputs = np.divide(mirrored(views), 255, dtype=np.float32)
        return np.asarray(run_batches(self._session, inputs)[:, 0].reshape(len(faces.faces), -1).mean(axis=1))

    def warm_up(self) -> None:
        run_batches(self._session, np.zeros((1, self.INPUT_SIZE, self.INPUT_SIZE, 3), np.float32))


class MiniXceptionGenders:
    """mini-XCEPTION of oarriaga/face_classification (Arriaga, Valdenegro-Toro and Plöger 2017): woman, man.

    Input 64 × 64 grey, −1..1, channels last: the face's box made square, with a fifth to three tenths of its size
    added on every side, in three sizes, and mirrored. A cap and glasses lead it astray (hopper.jpg).
    """

    model = "mini-xception-gender"
    INPUT_SIZE = 64
    MARGINS = (0.2, 0.25, 0.3)

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)

    def men(self, photo: Photo, faces: Faces) -> Floats:
        views = [self._gray(photo.rgb, face, margin) for face in faces.faces for margin in self.MARGINS]
        inputs = mirrored(views)[..., None].astype(np.float32) / 127.5 - 1
        return np.asarray(run_batches(self._session, inputs)[:, 1].reshape(len(faces.faces), -1).mean(axis=1))

    def warm_up(self) -> None:
        run_batches(self._session, np.zeros((1, self.INPUT_SIZE, self.INPUT_SIZE, 1), np.float32))

    def _gray(self, rgb: Pixels, face: Face, margin: float) -> Pixels:
        view = square(rgb, padded(face.box, margin, square=True), self.INPUT_SIZE)
        return np.asarray(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY), np.uint8)


CLASSIFIERS: Mapping[str, Callable[[Path], Classifier]] = {
    WEIGHTS: FairFaceGenders,
    "utk_gender_lite": UtkGenders,
    "mini_xception_gender": MiniXceptionGenders,
}
"""The weights of each, best first."""


class GenderAnalyzer(Analyzer):
    """What a classifier of two classes takes every face for. It never becomes a cue.

    By FairFace where its weights are here, else by a small network of UTKFace, else by mini-XCEPTION.
    """

    group = "face"
    version = "1"
    any_of: ClassVar[tuple[str, ...]] = tuple(CLASSIFIERS)

    def __init__(self, weights: Weights) -> None:
        self._classifier = next(CLASSIFIERS[name](weights[name]) for name in self.any_of if name in weights)
        self.model = self._classifier.model

    def warm_up(self) -> None:
        """Runs the network once."""
        self._classifier.warm_up()

    def analyze(self, photo: Photo, faces: Faces) -> Gender:
        """The likelier class of every face, in the order of `faces`, and its probability; raises UnreadablePhoto."""
        if faces.is_empty():
            return Gender()
        men = np.clip(self._classifier.men(photo, faces), 0, 1).tolist()
        return Gender(faces=tuple(_finding_of(i, man) for i, man in enumerate(men)))


def _finding_of(face: int, man: float) -> FaceGender:
    return FaceGender(face=face, label="man" if man >= 0.5 else "woman", score=max(man, 1 - man))
