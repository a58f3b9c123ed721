"""The NudeNet 320n detector from the `nudenet` wheel: one session per process, one run per photo.

Two analyzers look at its output: `explicit`, and `faces` where YuNet's weights are absent. Source: NudeNet 3.4
(notAI.tech), YOLOv8n trained on 18 classes at 320 × 320. The wheel is MIT; the metadata of the model inside it names
AGPL-3.0, the licence of the software that exported it.

It takes RGB, as its training did. (NudeNet's own `NudeDetector`, given a file, feeds it BGR.) Of the 13 faces on the
test photos, at a score of .2, it finds 8 in BGR at its native 320, 10 in RGB at 320, and all 13 in RGB at 480.
"""

from __future__ import annotations

import ast
import importlib.util
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Photo, Pixels, onnx_session, quick_fit
from bus.findings import Box

MODEL = "nudenet-320n"
INPUT_SIZE = 480
"""Side of the square that the photo is fitted into; small photos use the model's native 320, see `input_side`."""
NATIVE_SIDE = 320
MIN_SCORE = 0.2
"""Anchors whose best class is below this are dropped at once, as NudeNet itself does."""
REPORTED = 0.25
"""Least score of a region, as in NudeNet."""
OVERLAP = 0.45
"""Two boxes of a higher intersection over union are one, as in NudeNet's own post-processing."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Region:
    """One detected region: its class, its score in 0..1, its box in pixels of the photo."""

    label: str
    score: float
    box: Box


@dataclass(frozen=True)
class Candidates:
    """The anchors worth a look, before overlapping ones are merged.

    `boxes` is [n, 4] float32: left, top, width, height in pixels of the photo, clipped to it.
    `scores` is [n, classes] float32, and `labels` names its columns.
    """

    boxes: Floats
    scores: Floats
    labels: tuple[str, ...]

    def regions(self, threshold: float = REPORTED) -> tuple[Region, ...]:
        """Every class on equal terms: each anchor has its best class, the best of overlapping anchors stays."""
        labels = [self.labels[i] for i in self.scores.argmax(axis=1)]
        scores = self.scores.max(axis=1, initial=0)
        kept = cv2.dnn.NMSBoxes(self.boxes.tolist(), scores.tolist(), threshold, OVERLAP) if len(scores) else ()
        return tuple(Region(labels[i], min(1.0, float(scores[i])), _box(self.boxes[i])) for i in kept)

    def merged(self, labels: Iterable[str], name: str, threshold: float) -> tuple[Region, ...]:
        """Some classes taken as one, `name`, with the best of their scores; only scores above `threshold`."""
        columns = [self.labels.index(label) for label in labels]
        scores = self.scores[:, columns].max(axis=1, initial=0)
        return Candidates(self.boxes, scores[:, None], (name,)).regions(threshold)


def _box(row: Floats) -> Box:
    x, y, w, h = map(float, row)
    return Box(x=x, y=y, w=w, h=h)


@dataclass
class _Run:
    lock: threading.Lock = field(default_factory=threading.Lock)
    found: Candidates | None = None


class NudenetDetector:
    """The model, loaded. Share it through `detector()`; it may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self._session: Any = onnx_session(path)
        self._input: str = self._session.get_inputs()[0].name
        names: dict[int, str] = ast.literal_eval(self._session.get_modelmeta().custom_metadata_map["names"])
        self.labels = tuple(names[i] for i in sorted(names))
        self._runs: WeakKeyDictionary[Photo, _Run] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def detect(self, photo: Photo) -> Candidates:
        """What the model sees in `photo`. The answer lives as long as the photo does; a second call costs nothing."""
        with self._lock:
            run = self._runs.setdefault(photo, _Run())
        with run.lock:
            if run.found is None:
                run.found = self._look(photo)
            return run.found

    def _look(self, photo: Photo) -> Candidates:
        side = input_side(photo.width, photo.height)
        blob, factor = prepare(photo.rgb, side)
        output: Floats = self._session.run(None, {self._input: blob})[0][0].T
        output = output[output[:, 4:].max(axis=1) >= MIN_SCORE]
        return Candidates(_boxes(output[:, :4] / factor, photo.width, photo.height), output[:, 4:], self.labels)


def input_side(width: int, height: int) -> int:
    """The side to run at. Enlarging a small photo beyond the native size costs score: .49 at 320, .23 at 640."""
    return NATIVE_SIDE if max(width, height) <= NATIVE_SIDE else INPUT_SIZE


def prepare(rgb: Pixels, side: int) -> tuple[Floats, float]:
    """NudeNet's own input: black added at the right and below up to a square, scaled to `side`, 0..1.

    Takes [height, width, 3] uint8, returns [1, 3, side, side] float32 and the factor from photo to input pixels.
    """
    small, factor = quick_fit(rgb, side)
    height, width = small.shape[:2]
    longest = max(height, width)
    square = cv2.copyMakeBorder(small, 0, longest - height, 0, longest - width, cv2.BORDER_CONSTANT)
    blob: Floats = cv2.dnn.blobFromImage(square, 1 / 255, (side, side))
    return blob, factor * side / longest


def _boxes(centred: Floats, width: int, height: int) -> Floats:
    """[n, 4] centre and size → left, top, width, height, clipped to the photo."""
    size = centred[:, 2:]
    limit = np.array([width, height], np.float32)
    corner = np.clip(centred[:, :2] - size / 2, 0, limit)
    return np.concatenate([corner, np.minimum(size, limit - corner)], axis=1)


def detector() -> NudenetDetector:
    """The process's one detector. Raises FileNotFoundError, with the remedy, when the wheel lacks its model."""
    spec = importlib.util.find_spec("nudenet")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = next((p for p in (Path(f) / "320n.onnx" for f in folders) if p.is_file()), None)
    if path is None:
        raise FileNotFoundError("the nudenet package lacks 320n.onnx: install it again (make setup)")
    shared = _loaded(path)
    onnx_session(path)  # the very same session: asked for again, so that this analyzer is known to use it, too
    return shared


@cache
def _loaded(path: Path) -> NudenetDetector:
    return NudenetDetector(path)
