"""FairFace: one network that takes every face for an age, a gender and an ethnicity; run once per photo for all three.

Kärkkäinen and Joo 2021, "FairFace: Face Attribute Dataset for Balanced Race, Gender, and Age for Bias Measurement and
Mitigation": ResNet-34, the checkpoint `res34_fair_align_multi_7_20190809`. As its makers' predict.py does it: a dlib
face chip of 300 px with padding 0.25, scaled to 224 px, red first, 0..1, minus ImageNet's mean, over its deviation;
18 outputs, a softmax over each of three groups.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from analyzers.base import Photo, Pixels, onnx_session
from analyzers.inference.face_alignment import chip
from bus.findings import Faces

Floats: TypeAlias = NDArray[np.floating[Any]]
T = TypeVar("T")

WEIGHTS = "fairface"
MODEL = "fairface-resnet34"

INPUT_SIZE, PADDING = 224, 0.25
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, red first, of values in 0..1."""

ETHNICITIES, GENDERS, AGES = slice(0, 7), slice(7, 9), slice(9, 18)
"""Where in the 18 outputs each group is."""

BATCH = 16
"""Faces in one run of the network: a crowd must not take gigabytes."""


class Reading(NamedTuple):
    """Probabilities for every face, in the order of `faces`, each row adding up to 1.

    `ethnicity` [n, 7]: White, Black, Latino_Hispanic, East Asian, Southeast Asian, Indian, Middle Eastern;
    `gender` [n, 2]: man, woman; `age` [n, 9]: 0–2, 3–9, 10–19, 20–29, 30–39, 40–49, 50–59, 60–69, 70 and more.
    """

    ethnicity: Floats
    gender: Floats
    age: Floats


class FairFace:
    """The network. Analyzers that ask for the same file share it, and what it says about a photo."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session = onnx_session(path)

    def read(self, photo: Photo, faces: Faces) -> Reading:
        """What the network says about all faces; it runs once per photo, whichever analyzer asks first.

        Raises UnreadablePhoto.
        """
        name = f"{MODEL} {self._path} {hash(faces)}"
        return photo.shared(name, lambda: _Once(lambda: self._look(photo, faces))).get()

    def warm_up(self) -> None:
        """Runs the network once."""
        run_batches(self._session, np.zeros((1, 3, INPUT_SIZE, INPUT_SIZE), np.float32))

    def _look(self, photo: Photo, faces: Faces) -> Reading:
        chips = [chip(photo.rgb, face, INPUT_SIZE, PADDING) for face in faces.faces]
        outputs = run_batches(self._session, normalised(np.stack(chips)))
        return Reading(*(softmax(outputs[:, group]) for group in (ETHNICITIES, GENDERS, AGES)))


class _Once(Generic[T]):
    """A value made by the first thread that asks, while other threads can still use the photo."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = threading.Lock()

    def get(self) -> T:
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


def normalised(rgb: Pixels) -> Floats:
    """[n, 3, height, width] float32 of pixels [n, height, width, 3] uint8, red first, by ImageNet's statistics."""
    scaled = (rgb.astype(np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))


def run_batches(session: Any, inputs: Floats) -> Floats:
    """The first output of `session` for every row of `inputs`, at most `BATCH` at a time, or as many as it must have.

    A network exported for a fixed number of rows gets copies of the last row to fill them.
    """
    entry = session.get_inputs()[0]
    fixed = entry.shape[0] if isinstance(entry.shape[0], int) else None
    step = fixed or BATCH
    outputs = []
    for start in range(0, len(inputs), step):
        rows = inputs[start : start + step]
        filled = np.concatenate([rows, *[rows[-1:]] * (step - len(rows))]) if fixed else rows
        outputs.append(np.asarray(session.run(None, {entry.name: filled})[0])[: len(rows)])
    return np.concatenate(outputs)


def softmax(outputs: Floats) -> Floats:
    """Probabilities along the last axis."""
    raised = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
