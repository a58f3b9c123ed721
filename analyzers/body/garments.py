"""Garments: which of DeepFashion2's 13 kinds are in the photo, where, and on whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from analyzers.base import Photo, Pixels, onnx_session
from analyzers.inference.yolov8 import Boxes, decode, in_photo, prepare
from bus.findings import Box, Garment, GarmentLabel, PersonPose

LABELS: tuple[GarmentLabel, ...] = get_args(GarmentLabel)

ROWS, MASKS = 4 + len(LABELS), 32
"""Of the output: box and classes; coefficients of a mask, where the network segments."""

MIN_SCORE = 0.4
"""Least score: a class is a word about somebody's clothes, better none than a wrong one."""

OVERLAP = 0.45
"""Intersection over union from which two boxes of the same class are the same garment."""

HELD = 0.5
"""Least share of a garment's area within the box around a person that makes it theirs."""


class GarmentDetector:
    """A YOLOv8 of 13 classes, trained on DeepFashion2 (Ge et al. 2019, "DeepFashion2: A Versatile Benchmark for
    Detection, Pose Estimation, Segmentation and Re-Identification of Clothing Images"), as Ultralytics exports it.

    Input [1, 3, 640, 640] and output [1, 17, 8400] as `analyzers.inference.yolov8` says; the classes in DeepFashion2's
    order. Of a network that segments, too, [1, 49, 8400], the coefficients of the masks are passed over. Raises
    ValueError for a network of another number of classes.
    """

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)
        self._input: str = self._session.get_inputs()[0].name
        rows = self._session.get_outputs()[0].shape[1]
        if rows not in (ROWS, ROWS + MASKS):
            raise ValueError(f"{path.name} has {rows} rows an anchor, not {ROWS}: no DeepFashion2 detector")

    def warm_up(self) -> None:
        """Runs the network once, on nothing."""
        self._run(np.zeros((640, 640, 3), np.uint8))

    def find(self, photo: Photo, people: Sequence[PersonPose]) -> tuple[Garment, ...]:
        """The garments in a photo, largest first, each with the index of the person whom it is on."""
        found = list(_garments(self._run(photo.bgr), photo, people))
        return tuple(sorted(found, key=lambda each: (-each.box.w * each.box.h, -each.score)))

    def _run(self, bgr: Pixels) -> Boxes:
        prepared = prepare(bgr)
        boxes, scores = decode(self._session.run(None, {self._input: prepared.blob})[0][:, :ROWS], MIN_SCORE)
        return Boxes(in_photo(boxes, prepared), scores)


def _garments(found: Boxes, photo: Photo, people: Sequence[PersonPose]) -> Iterator[Garment]:
    best, scores = found.scores.argmax(axis=1), found.scores.max(axis=1)
    for label in np.unique(best):
        cells = np.flatnonzero(best == label)
        for kept in cv2.dnn.NMSBoxes(found.boxes[cells].tolist(), scores[cells].tolist(), MIN_SCORE, OVERLAP):
            box = _clipped(found.boxes[cells[kept]].tolist(), photo)
            if box.w > 0 and box.h > 0:
                score = min(1.0, float(scores[cells[kept]]))
                yield Garment(label=LABELS[label], score=score, box=box, person=wearer(box, people))


def _clipped(row: list[float], photo: Photo) -> Box:
    x, y, w, h = row
    left, right = (min(max(each, 0.0), photo.width) for each in (x, x + w))
    top, bottom = (min(max(each, 0.0), photo.height) for each in (y, y + h))
    return Box(x=left, y=top, w=right - left, h=bottom - top)


def wearer(box: Box, people: Sequence[PersonPose]) -> int | None:
    """The index of the person whose body covers most of a garment, of equal ones the first; None for half and less."""
    shares = [_covered(box, each.box) for each in people]
    best = max(range(len(shares)), key=lambda index: shares[index], default=None)
    return best if best is not None and shares[best] > HELD else None


def _covered(box: Box, by: Box) -> float:
    w = min(box.x + box.w, by.x + by.w) - max(box.x, by.x)
    h = min(box.y + box.h, by.y + by.h) - max(box.y, by.y)
    return max(0.0, w) * max(0.0, h) / max(box.w * box.h, 1e-9)
