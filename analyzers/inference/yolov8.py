"""The two ends of a detector that Ultralytics exported to ONNX: its input from a photo, and boxes from its output.

YOLOv8 as `yolo export format=onnx` leaves it (Ultralytics 8, without NMS in the graph): input [1, 3, 640, 640]
float32, red first, 0..1; output [1, 4 + classes, 8400]. How many classes is up to the network: 80 of COCO, 13 of
DeepFashion2.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels

Floats: TypeAlias = NDArray[np.floating[Any]]

INPUT_SIZE = 640
"""Width and height of the network's input, in pixels."""

PADDING = 114
"""The grey beside a photo that is not square, as in training."""


class Prepared(NamedTuple):
    """The input, and where the photo lies in it: a point of the photo is at point × factor + pad (x, y)."""

    blob: NDArray[np.float32]
    factor: float
    pad: tuple[int, int]


class Boxes(NamedTuple):
    """Boxes [n, 4] float (left, top, width, height, in pixels of the input), scores [n, classes] in 0..1."""

    boxes: Floats
    scores: Floats


def prepare(bgr: Pixels, side: int = INPUT_SIZE) -> Prepared:
    """The network's input [1, 3, side, side] for a photo [height, width, 3] uint8, blue first.

    As `LetterBox` of Ultralytics 8 with `auto=False`: scaled (up, too) to fit, bilinear, in the middle of a grey
    square; the odd pixel of the padding goes to the right and to the bottom.
    """
    height, width = bgr.shape[:2]
    factor = min(side / height, side / width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    left, top = ((side - each) // 2 for each in size)
    square = np.full((side, side, 3), PADDING, np.uint8)
    square[top : top + size[1], left : left + size[0]] = cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR)
    return Prepared(np.asarray(cv2.dnn.blobFromImage(square, 1 / 255, swapRB=True), np.float32), factor, (left, top))


def decode(output: Floats, floor: float = 0.0) -> Boxes:
    """What the output [1, 4 + classes, n] or [4 + classes, n] says, without what cannot reach `floor`.

    Each column is middle x, middle y, width, height in pixels of the input, then the score of every class; the graph
    has applied the sigmoid. There is no objectness.
    """
    rows = output.reshape(output.shape[-2:])
    able = rows[4:].max(axis=0) >= floor
    middles, sizes, scores = rows[:2, able].T, rows[2:4, able].T, rows[4:, able].T
    return Boxes(np.concatenate([middles - sizes / 2, sizes], axis=1), scores)


def in_photo(boxes: Floats, prepared: Prepared) -> Floats:
    """Boxes [n, 4] of the input as left, top, width, height in pixels of the photo; they may reach outside of it."""
    return np.concatenate([boxes[:, :2] - prepared.pad, boxes[:, 2:]], axis=1) / prepared.factor
