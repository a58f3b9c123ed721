"""Scene: which kind of place the photo was taken in, and whether that is indoors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from analyzers.base import Analyzer, Photo, Pixels, Weights, onnx_session
from analyzers.quality.overview import overview
from bus.findings import Place, ScenePlace

Floats: TypeAlias = NDArray[np.floating[Any]]

SQUARE = 256
"""Side to which the picture is squeezed, whatever its shape."""
INPUT_SIZE = 224
"""Side of the network's input, cut from the middle."""
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, red first, of values in 0..1."""
TOP = 5
VOTERS = 10
"""The most probable places that say whether it is indoors, as in the authors' own script."""
ATTRIBUTES = 9
"""SUN attributes that the authors' script names."""
INDOORS = "1"
"""What stands behind an indoor category in IO_places365.txt; outdoor ones have a 2."""


class SceneAnalyzer(Analyzer):
    """The 365 categories of Places365, by ResNet-18 (MIT CSAIL, CC BY).

    Zhou, Lapedriza, Khosla, Oliva, Torralba: "Places: A 10 million image database for scene recognition", TPAMI 2017.
    Input [1, 3, 224, 224] float32, see `prepare`; first output [1, 365] logits in the order of
    categories_places365.txt. A second output of as many values as there are SUN attributes is read as their responses;
    any other one, such as the 512 features before the last layer, is left alone.
    """

    group: ClassVar[str] = "scene"
    version: ClassVar[str] = "1"
    model: str = "places365-resnet18"
    weights: ClassVar[tuple[str, ...]] = ("places365_resnet18", "places365_categories", "places365_io")
    optional_weights: ClassVar[tuple[str, ...]] = ("sun_attributes",)

    def __init__(self, weights: Weights) -> None:
        """Raises ValueError where the label files and the network do not belong together."""
        self._labels = read_labels(weights["places365_categories"])
        self._indoors = read_indoors(weights["places365_io"])
        self._attributes = read_lines(weights["sun_attributes"]) if "sun_attributes" in weights else ()
        self._session = onnx_session(weights["places365_resnet18"])
        self._input: str = self._session.get_inputs()[0].name
        logits, _ = self._run(np.zeros((1, 3, INPUT_SIZE, INPUT_SIZE), np.float32))  # warm from here on
        if not len(logits) == len(self._labels) == len(self._indoors):
            counts = f"{len(logits)} scores, {len(self._labels)} categories, {len(self._indoors)} marked in or out"
            raise ValueError(f"the Places365 network and its labels do not belong together: {counts}")

    def analyze(self, photo: Photo) -> ScenePlace:
        """The place that the picture inside of its bars looks like; raises UnreadablePhoto."""
        logits, responses = self._run(prepare(overview(photo).image))
        chances = softmax(logits)
        order = np.argsort(-chances, kind="stable")
        return ScenePlace(
            places=tuple(Place(label=self._labels[i], score=_share(chances[i])) for i in order[:TOP]),
            indoor=indoor_share(chances, self._indoors),
            attributes=tuple(self._attributes[i] for i in np.argsort(-responses, kind="stable")[:ATTRIBUTES]),
        )

    def _run(self, blob: Floats) -> tuple[Floats, Floats]:
        """The logits, and the responses of the SUN attributes or nothing."""
        outputs = [np.asarray(each, np.float64).reshape(-1) for each in self._session.run(None, {self._input: blob})]
        heads = [each for each in outputs[1:] if len(each) == len(self._attributes)]
        return outputs[0], heads[0] if heads else np.zeros(0)


def prepare(bgr: Pixels) -> NDArray[np.float32]:
    """The network's input [1, 3, 224, 224] for a picture [height, width, 3] uint8, blue first.

    As run_placesCNN_basic.py of CSAILVision/places365: squeezed to 256 × 256 (Pillow's bilinear, which averages when
    it shrinks), the middle 224 × 224, red first, 0..1, minus ImageNet's mean, over its deviation.
    """
    rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    squeezed = np.asarray(Image.fromarray(rgb).resize((SQUARE, SQUARE), Image.Resampling.BILINEAR))
    edge = (SQUARE - INPUT_SIZE) // 2
    middle = squeezed[edge : edge + INPUT_SIZE, edge : edge + INPUT_SIZE].astype(np.float32) / 255
    normal = (middle - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return np.ascontiguousarray(normal.transpose(2, 0, 1)[None])


def indoor_share(chances: Floats, indoors: NDArray[np.bool_]) -> float:
    """The share of indoor categories among the ten most probable, each with the weight of its probability."""
    voters = np.argsort(-chances, kind="stable")[:VOTERS]
    return _share(float(chances[voters][indoors[voters]].sum() / chances[voters].sum()))


def softmax(logits: Floats) -> Floats:
    """Probabilities that add up to 1."""
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum())


def read_labels(path: Path) -> tuple[str, ...]:
    """Categories in the order of their numbers: of '/g/gymnasium/indoor 168' it is 'gymnasium/indoor'."""
    return tuple(line.split(" ")[0][3:] for line in read_lines(path))


def read_indoors(path: Path) -> NDArray[np.bool_]:
    """[categories] whether each is indoors."""
    return np.array([line.split(" ")[-1] == INDOORS for line in read_lines(path)])


def read_lines(path: Path) -> tuple[str, ...]:
    """The lines of a text file that are not empty."""
    return tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def _share(value: float) -> float:
    return min(1.0, max(0.0, float(value)))
