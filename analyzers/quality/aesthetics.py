"""Aesthetics: the votes that a photo would get in a photography contest."""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Pixels, Weights, onnx_session
from analyzers.quality.overview import overview
from bus.findings import Aesthetics

Floats: TypeAlias = NDArray[np.floating[Any]]

INPUT_SIZE = 224
RATINGS = np.arange(1, 11)


class AestheticsAnalyzer(Analyzer):
    """NIMA with MobileNet, trained on the contests of AVA (idealo, Apache-2.0).

    Talebi and Milanfar: "NIMA: Neural image assessment", TIP 2018; Murray, Marchesotti, Perronnin: "AVA", CVPR 2012;
    weights of idealo/image-quality-assessment. Input float32, [1, 224, 224, 3] or [1, 3, 224, 224], see `prepare`;
    output [1, 10], the shares of the ratings 1 to 10, worst first, or their logits.
    """

    group: ClassVar[str] = "quality"
    version: ClassVar[str] = "1"
    model: str = "nima-mobilenet (AVA)"
    weights: ClassVar[tuple[str, ...]] = ("nima_mobilenet",)

    def __init__(self, weights: Weights) -> None:
        self._session = onnx_session(weights["nima_mobilenet"])
        taken = self._session.get_inputs()[0]
        self._input: str = taken.name
        self._channels_first = taken.shape[1] == 3

    def warm_up(self) -> None:
        """Runs the network once."""
        self._votes(np.zeros((INPUT_SIZE, INPUT_SIZE, 3), np.uint8))

    def analyze(self, photo: Photo) -> Aesthetics:
        """The votes for the picture inside of its bars; raises UnreadablePhoto."""
        votes = self._votes(overview(photo).image)
        mean = float(votes @ RATINGS)
        spread = float(votes @ (RATINGS - mean) ** 2) ** 0.5
        return Aesthetics(mean=min(10.0, max(1.0, mean)), spread=spread, votes=tuple(float(vote) for vote in votes))

    def _votes(self, bgr: Pixels) -> Floats:
        blob = prepare(bgr)
        if self._channels_first:
            blob = np.ascontiguousarray(blob.transpose(0, 3, 1, 2))
        return as_shares(np.asarray(self._session.run(None, {self._input: blob})[0], np.float64).reshape(-1))


def prepare(bgr: Pixels) -> NDArray[np.float32]:
    """The network's input [1, 224, 224, 3] for a picture [height, width, 3] uint8, blue first.

    As Keras loads images for the maker's evaluation: squeezed to 224 × 224 by the nearest pixel, which keeps the grain
    that the network was trained to see, red first, MobileNet's −1..1. Pictures of 640 px, as AVA's are, come closest
    to its training.
    """
    squeezed = cv2.resize(bgr, (INPUT_SIZE, INPUT_SIZE), interpolation=cv2.INTER_NEAREST_EXACT)
    rgb = cv2.cvtColor(squeezed, cv2.COLOR_BGR2RGB)
    return np.asarray(rgb[None].astype(np.float32) / 127.5 - 1)


def as_shares(output: Floats) -> Floats:
    """Shares that add up to 1, from shares (a graph that ends in a softmax) or from logits."""
    if output.min() >= 0 and abs(float(output.sum()) - 1) < 1e-3:
        return np.asarray(output / output.sum())
    raised = np.exp(output - output.max())
    return np.asarray(raised / raised.sum())
