"""Objects: which people, animals and things are in the photo, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Pixels, Weights, onnx_session
from analyzers.inference import yolov8, yolox
from analyzers.inference.yolox import Detections
from bus.findings import Box, ObjectLabel, Objects, SeenObject

Floats: TypeAlias = NDArray[np.floating[Any]]

LABELS: tuple[ObjectLabel, ...] = get_args(ObjectLabel)

OVERLAP = 0.45
"""Intersection over union from which two boxes of the same class are the same thing."""


class Detector(Protocol):
    """A network for COCO's 80 classes. Its scores are no probabilities, so it comes with floors of its own."""

    model: str
    min_score: float
    """Least score of anything."""
    worn_min_score: float
    """Least score of a tie on a person who has no surer one: ties are small."""

    def __init__(self, path: Path) -> None: ...

    def find(self, bgr: Pixels) -> Detections:
        """What reaches `worn_min_score` in [height, width, 3] uint8, blue first; boxes in its pixels, with overlaps."""
        ...


class YoloxNano:
    """YOLOX-nano (Megvii, Apache-2.0; 0.91 M parameters) at 416 px: what is smaller than some 15 px there stays unseen.

    On the test photos the weakest real thing that counts has .61 (half a person at the edge) and false ones reach .50
    (a giraffe in dry foliage); the one false one above is a cannon that passes for a truck (.69). The real tie of
    zidane.jpg has .25 to .28, mirrored, darkened and brightened, too; false ones (.23) lie beside a real one.
    """

    model = "yolox-nano"
    min_score = 0.55
    worn_min_score = 0.22

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)
        self._input: str = self._session.get_inputs()[0].name

    def find(self, bgr: Pixels) -> Detections:
        blob, factor = yolox.prepare(bgr)
        found = yolox.decode(self._session.run(None, {self._input: blob})[0][0], self.worn_min_score)
        return Detections(found.boxes / factor, found.scores)


class Yolov8n:
    """YOLOv8n (Ultralytics, AGPL-3.0; 3.2 M parameters) at 640 px, as Ultralytics exports it. See `yolov8`.

    Floors by an eight-bit copy on the test photos: real things have .73 and more, real ties .28 and more, false things
    reach .53 (that giraffe again); the cannon is a motorcycle (.81).
    """

    model = "yolov8n"
    min_score = 0.55
    worn_min_score = 0.25

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)
        self._input: str = self._session.get_inputs()[0].name

    def find(self, bgr: Pixels) -> Detections:
        prepared = yolov8.prepare(bgr)
        found = yolov8.decode(self._session.run(None, {self._input: prepared.blob})[0], self.worn_min_score)
        return Detections(yolov8.in_photo(found.boxes, prepared), found.scores)


class Yolov8nInt8(Yolov8n):
    """The same network quantised to eight bits: an export of one's own, for a mirror that has nothing else."""

    model = "yolov8n-int8"


DETECTORS: Mapping[str, type[Detector]] = {"yolov8n": Yolov8n, "yolox_nano": YoloxNano, "yolov8n_int8": Yolov8nInt8}
"""Weights → detector, best first. Without consent to the AGPL there is no YOLOv8n, and YOLOX-nano is used."""


def select(found: Detections, min_score: float) -> Iterator[tuple[int, int]]:
    """Cell and class of everything with at least `min_score`: the best class of each cell, and of overlapping boxes of
    one class the best."""
    best = found.scores.argmax(axis=1)
    scores = found.scores.max(axis=1)
    for label in np.unique(best[scores >= min_score]):
        cells = np.flatnonzero((best == label) & (scores >= min_score))
        kept = cv2.dnn.NMSBoxes(found.boxes[cells].tolist(), scores[cells].tolist(), 0.0, OVERLAP)
        yield from ((int(cells[i]), int(label)) for i in kept)


class ObjectsAnalyzer(Analyzer):
    """People, animals and things of COCO's 80 classes (Lin et al. 2014), by the best of `DETECTORS` that is here."""

    group: ClassVar[str] = "scene"
    version: ClassVar[str] = "2"
    any_of: ClassVar[tuple[str, ...]] = tuple(DETECTORS)

    def __init__(self, weights: Weights) -> None:
        self._detector = next(made(weights[name]) for name, made in DETECTORS.items() if name in weights)
        self.model = self._detector.model

    def warm_up(self) -> None:
        """Runs the network once."""
        self._detector.find(np.zeros((64, 64, 3), np.uint8))

    def analyze(self, photo: Photo) -> Objects:
        """All objects in `photo`, largest first; raises UnreadablePhoto."""
        found, min_score = self._detector.find(photo.bgr), self._detector.min_score
        chosen = select(found, self._detector.worn_min_score)
        seen = [_seen(found, cell, label, photo) for cell, label in chosen]
        seen = [each for each in seen if each.size > 0]
        certain = [each for each in seen if each.score >= min_score or is_worn(each, seen, min_score)]
        return Objects(objects=tuple(sorted(certain, key=lambda each: (-each.size, -each.score))))


def _seen(found: Detections, cell: int, label: int, photo: Photo) -> SeenObject:
    box = _clipped(found.boxes[cell], photo.width, photo.height)
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


def is_worn(thing: SeenObject, seen: list[SeenObject], min_score: float) -> bool:
    """Whether it is a tie on a person who is there for certain, with at least `min_score`, and has no surer tie."""
    if thing.label != "tie":
        return False
    people = [each.box for each in seen if each.label == "person" and each.score >= min_score]
    wearers = [box for box in people if _is_on(thing, box)]
    surer = [each for each in seen if each.label == "tie" and each.score > thing.score]
    return any(not any(_is_on(tie, wearer) for tie in surer) for wearer in wearers)


def _is_on(thing: SeenObject, box: Box) -> bool:
    """Whether the middle of `thing` lies in `box`."""
    x, y = thing.box.x + thing.box.w / 2, thing.box.y + thing.box.h / 2
    return box.x <= x <= box.x + box.w and box.y <= y <= box.y + box.h
