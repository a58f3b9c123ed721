"""The two ends of YOLOX-nano as ONNX (Megvii, Apache-2.0): its input from a photo, and boxes from its output."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels

Floats: TypeAlias = NDArray[np.floating[Any]]

INPUT_SIZE = 416
"""Width and height of the network's input, in pixels."""

STRIDES = (8, 16, 32)
"""Input pixels for each cell of the three grids, in the order in which the network lists their cells."""

PADDING = 114
"""The grey beside a photo that is not square, as in training."""

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, red first, of values in 0..1. Without them the output is noise (measured)."""


class Detections(NamedTuple):
    """Boxes [n, 4] float (left, top, width, height, in pixels), scores [n, classes] in 0..1."""

    boxes: Floats
    scores: Floats


def prepare(bgr: Pixels) -> tuple[Floats, float]:
    """The network's input [1, 3, 416, 416] float32, and the factor from pixels of the photo to its own.

    Takes [height, width, 3] uint8, blue first. As YOLOX 0.1.0 does it: scaled (up, too) to fit, at the top left of a
    grey square, red first, 0..1, minus ImageNet's mean, over its deviation.
    """
    height, width = bgr.shape[:2]
    factor = min(INPUT_SIZE / height, INPUT_SIZE / width)
    size = (max(1, int(width * factor)), max(1, int(height * factor)))
    square = np.full((INPUT_SIZE, INPUT_SIZE, 3), PADDING, np.uint8)
    square[: size[1], : size[0]] = cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR)
    mean = tuple(255 * value for value in MEAN)
    blob: Floats = cv2.dnn.blobFromImage(square, 1 / 255, mean=mean, swapRB=True)
    blob /= np.array(DEVIATION, np.float32)[:, None, None]
    return blob, factor


@cache
def _cells() -> tuple[Floats, Floats]:
    """Column and row of every cell [3549, 2], and the stride of its grid [3549, 1]."""
    places, strides = [], []
    for stride in STRIDES:
        count = INPUT_SIZE // stride
        rows, columns = np.divmod(np.arange(count * count), count)
        places.append(np.stack([columns, rows], axis=1))
        strides.append(np.full((count * count, 1), stride))
    return np.concatenate(places).astype(np.float32), np.concatenate(strides).astype(np.float32)


def decode(output: Floats, floor: float = 0.0) -> Detections:
    """What the raw output [3549, 85] says: each cell's offset and log size, objectness, and 80 class scores.

    Ge et al. 2021, "YOLOX: Exceeding YOLO Series in 2021": the middle is (offset + cell) × stride, the size is
    exp(log size) × stride, and a score is objectness × class. Cells that cannot reach `floor` are left out.
    """
    cells, strides = _cells()
    able = output[:, 4] >= floor
    output, cells, strides = output[able], cells[able], strides[able]
    middles = (output[:, :2] + cells) * strides
    sizes = np.exp(np.minimum(output[:, 2:4], 20)) * strides  # beyond any photo, and short of infinity
    return Detections(np.concatenate([middles - sizes / 2, sizes], axis=1), output[:, 4:5] * output[:, 5:])
