"""Objects: which people, animals and things are in the photo, and where."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, TypeAlias, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Photo, Pixels, Weights, onnx_session
from bus.features import Box, ObjectLabel, Objects, SeenObject

Floats: TypeAlias = NDArray[np.floating[Any]]

LABELS: tuple[ObjectLabel, ...] = get_args(ObjectLabel)

SIDE = 416
"""Width and height of the network's input, in pixels."""

STRIDES = (8, 16, 32)
"""Input pixels for each cell of the three grids, in the order in which the network lists their cells."""

PADDING = 114
"""The grey beside a photo that is not square, as in training."""

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, red first, of values in 0..1. Without them the output is noise (measured)."""

FLOOR = 0.55
"""Least score. On the test photos the weakest real thing that counts has .61 (half a person at the edge) and false
ones reach .50 (a giraffe in dry foliage); the one false one above is a cannon that passes for a truck (.69)."""

WORN_FLOOR = 0.22
"""Least score of a tie on a person who has no surer one: ties are small, and a real one of zidane.jpg has .25 to .28,
mirrored, darkened and brightened, too. False ones (.23) lie beside a real one, on the same person."""

OVERLAP = 0.45
"""Intersection over union from which two boxes of the same class are the same thing."""


class Detections(NamedTuple):
    """Boxes [n, 4] float (left, top, width, height, in pixels of the input), scores [n, classes] in 0..1."""

    boxes: Floats
    scores: Floats


def prepare(bgr: Pixels) -> tuple[Floats, float]:
    """The network's input [1, 3, 416, 416] float32, and the factor from pixels of the photo to its own.

    Takes [height, width, 3] uint8, blue first. As YOLOX 0.1.0 does it: scaled (up, too) to fit, at the top left of a
    grey square, red first, 0..1, minus ImageNet's mean, over its deviation.
    """
    height, width = bgr.shape[:2]
    factor = min(SIDE / height, SIDE / width)
    size = (max(1, int(width * factor)), max(1, int(height * factor)))
    square = np.full((SIDE, SIDE, 3), PADDING, np.uint8)
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
        count = SIDE // stride
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


def select(found: Detections, floor: float) -> Iterator[tuple[int, int]]:
    """Cell and class of everything with at least `floor`: the best class of each cell, and of overlapping boxes of
    one class the best."""
    best = found.scores.argmax(axis=1)
    scores = found.scores.max(axis=1)
    for label in np.unique(best[scores >= floor]):
        cells = np.flatnonzero((best == label) & (scores >= floor))
        kept = cv2.dnn.NMSBoxes(found.boxes[cells].tolist(), scores[cells].tolist(), 0.0, OVERLAP)
        yield from ((int(cells[i]), int(label)) for i in kept)


class ObjectsAnalyzer:
    """People, animals and things of COCO's 80 classes, by YOLOX-nano (Megvii, Apache-2.0; 0.91 M parameters).

    It sees the photo at 416 px: what is smaller than some 15 px there stays unseen. Scores are no probabilities.
    """

    group = "scene"
    version = "1"
    model = "yolox-nano"
    weights = ("yolox_nano",)
    optional_weights: tuple[str, ...] = ()

    def __init__(self, weights: Weights) -> None:
        self._session = onnx_session(weights["yolox_nano"])
        self._input: str = self._session.get_inputs()[0].name

    def analyze(self, photo: Photo) -> Objects:
        """All objects in `photo`, largest first; raises UnreadablePhoto."""
        blob, factor = prepare(photo.bgr)
        found = decode(self._session.run(None, {self._input: blob})[0][0], WORN_FLOOR)
        seen = [_seen(found, cell, label, photo, factor) for cell, label in select(found, WORN_FLOOR)]
        seen = [each for each in seen if each.size > 0]
        certain = [each for each in seen if each.score >= FLOOR or _is_worn(each, seen)]
        return Objects(objects=tuple(sorted(certain, key=lambda each: (-each.size, -each.score))))


def _seen(found: Detections, cell: int, label: int, photo: Photo, factor: float) -> SeenObject:
    box = _clipped(found.boxes[cell] / factor, photo.width, photo.height)
    return SeenObject(
        label=LABELS[label],
        score=min(1.0, float(found.scores[cell, label])),
        box=box,
        size=min(1.0, box.w * box.h / (photo.width * photo.height)),
    )


def _clipped(row: Floats, width: int, height: int) -> Box:
    x, y, w, h = map(float, row)
    left, right = (min(max(v, 0.0), width) for v in (x, x + w))
    top, bottom = (min(max(v, 0.0), height) for v in (y, y + h))
    return Box(x=left, y=top, w=right - left, h=bottom - top)


def _is_worn(thing: SeenObject, seen: list[SeenObject]) -> bool:
    """Whether it is a tie on a person who is there for certain and has no surer tie."""
    if thing.label != "tie":
        return False
    wearers = [each.box for each in seen if each.label == "person" and each.score >= FLOOR and _is_on(thing, each.box)]
    surer = [each for each in seen if each.label == "tie" and each.score > thing.score]
    return any(not any(_is_on(tie, wearer) for tie in surer) for wearer in wearers)


def _is_on(thing: SeenObject, box: Box) -> bool:
    """Whether the middle of `thing` lies in `box`."""
    x, y = thing.box.x + thing.box.w / 2, thing.box.y + thing.box.h / 2
    return box.x <= x <= box.x + box.w and box.y <= y <= box.y + box.h
