"""Two networks that read a face's emotion: what each wants to see, and in which order it answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Photo, Pixels, onnx_session
from analyzers.inference.crops import crop, padded
from bus.findings import Box, Emotion

Floats = NDArray[np.float32]

MOST_AT_ONCE = 16
"""Faces in one batch: HSEmotion holds some 10 MB for each while it works."""


class EmotionNetwork(Protocol):
    """What reads emotions. `model` names it, `labels` are its classes in the order of its scores."""

    model: str
    labels: tuple[Emotion, ...]

    def around(self, box: Box) -> Box:
        """What the network wants to see of the face in `box`."""

    def input(self, photo: Photo, boxes: Sequence[Box]) -> Floats:
        """What the network is shown of the faces in `boxes`; [n, …] float32. What is `around` each meets the photo."""

    def scores(self, faces: Floats) -> Floats:
        """[n, classes] float32, each row adding up to 1."""


class HSEmotion:
    """HSEmotion (Savchenko 2021 and 2022; EfficientNet-B0, pre-trained on VGGFace2, then on AffectNet).

    `enet_b0_8_best_afew.onnx`, of the hsemotion-onnx library: [n, 3, 224, 224] float32, red first, 0..1, minus
    ImageNet's mean, over its deviation → [n, 8] logits. Like its author's, the crop is the detector's tight box,
    stretched to a square.
    """

    model = "hsemotion-enet-b0-8-afew"
    labels: tuple[Emotion, ...] = (
        "anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise",
    )  # fmt: skip
    INPUT_SIZE = 224
    MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)
        self._name: str = self._session.get_inputs()[0].name

    def around(self, box: Box) -> Box:
        """The box itself."""
        return box

    def input(self, photo: Photo, boxes: Sequence[Box]) -> Floats:
        shown = np.stack([seen(photo.rgb, self.around(box), self.INPUT_SIZE) for box in boxes]).astype(np.float32)
        shown -= 255 * np.array(self.MEAN, np.float32)
        shown /= 255 * np.array(self.DEVIATION, np.float32)
        return np.ascontiguousarray(shown.transpose(0, 3, 1, 2))

    def scores(self, faces: Floats) -> Floats:
        return softmax(_in_batches(self._session, self._name, faces))


class MiniXception:
    """mini-XCEPTION (Arriaga, Valdenegro-Toro and Plöger 2017), trained on FER2013; oarriaga/face_classification.

    [n, 64, 64, 1] float32, grey in -1..1 → [n, 7] probabilities. It knows no contempt.
    """

    model = "mini-xception-fer2013"
    labels: tuple[Emotion, ...] = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
    INPUT_SIZE = 64
    MARGIN = 0.15
    """Around a square of the box's mean side. Of 84 crops that were tried it is among the three that read all 16 clear
    faces of the test photos and of their mirror images as a person does (probability of a right answer: .94), and the
    one of these whose answers change least from a face to its mirror image (by .17). Smiles are read in every crop;
stern faces pass from neutral to sad or angry with a shift of a few pixels."""

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)
        self._name: str = self._session.get_inputs()[0].name

    def input(self, photo: Photo, boxes: Sequence[Box]) -> Floats:
        shown = np.stack([seen(photo.gray, self.around(box), self.INPUT_SIZE) for box in boxes]).astype(np.float32)
        return shown[..., None] / 127.5 - 1

    def scores(self, faces: Floats) -> Floats:
        return _in_batches(self._session, self._name, faces)

    def around(self, box: Box) -> Box:
        """The square that the network is shown of the face in `box`."""
        side = (box.w + box.h) / 2
        square = Box(x=box.x + (box.w - side) / 2, y=box.y + (box.h - side) / 2, w=side, h=side)
        return padded(square, self.MARGIN)


def seen(image: Pixels, box: Box, side: int) -> Pixels:
    """What there is of `box` in `image`, stretched to `side` × `side` pixels. The box must meet the image."""
    found = crop(image, box)
    assert found is not None, "a face that lies beside the photo"
    shrinks = min(found.pixels.shape[:2]) > side
    resampling = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(found.pixels, (side, side), interpolation=resampling), np.uint8)


def softmax(logits: Floats) -> Floats:
    """Probabilities of [n, classes] logits."""
    powers: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    total: Floats = powers.sum(axis=1, keepdims=True)
    return np.divide(powers, total)


def _in_batches(session: Any, name: str, faces: Floats) -> Floats:
    parts = [session.run(None, {name: faces[i : i + MOST_AT_ONCE]})[0] for i in range(0, len(faces), MOST_AT_ONCE)]
    return np.concatenate(parts).astype(np.float32)
