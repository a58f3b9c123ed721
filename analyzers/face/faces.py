"""Faces: where they are, how large, how sharp, whether an edge of the photo cuts them off."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import cv2
import numpy as np

from analyzers.base import Analyzer, Photo, Pixels, Weights, practice_photo
from analyzers.inference import nudenet as nudenet_detector
from bus.findings import Box, Face, Faces, Point

Side = Literal["left", "right", "top", "bottom"]

MIN_SCORE = 0.75
"""Least score of a YuNet face. On the test photos real faces have .88 and more, the best false one .63; of 32 real
faces that were blurred, darkened, turned by 20° or made noisy for a test, all but one (.69) keep .76 and more."""

FALLBACK_FLOOR = 0.22
"""Least score of a NudeNet face. It finds every face of the test photos (the weakest has .25) and no other; over
their mirrored, turned, darkened and blurred copies there are 2 false faces among some 70 real ones."""

SHARPNESS_HEIGHT = 112
"""Height in pixels at which sharpness is measured, so that near and far faces compare."""

CUT_MARGIN = 0.02
"""A face this close to an edge, as a share of its own size, is cut off by it: whole heads need more room than that."""


class Candidate(NamedTuple):
    """A face as a detector reports it, in pixels of the photo; landmarks in YuNet's order, or none."""

    box: Box
    score: float
    landmarks: tuple[Point, ...] = ()


class Detector(Protocol):
    """What finds faces. `model` names it."""

    model: str

    def find(self, photo: Photo) -> list[Candidate]: ...


class Pass(NamedTuple):
    """One run of YuNet: the long side in pixels, and the tallest face that it may report at that size."""

    side: int
    tallest: float


class YuNet:
    """YuNet (Wu, Peng and Yu 2023, "YuNet: a tiny millisecond-level face detector"), release 2023mar, in OpenCV.

    It is reliable for faces some 16 to 400 px tall, so the photo is shown at up to three sizes, and each size answers
    only for the faces that it suits: much enlarged collars and knees look like faces (.74 on a shoulder of
    zidane.jpg at 1024 px), and a face that fills the photo is found at 320 px (.97) but not at 640 (.72).
    """

    model = "yunet-2023mar"
    PASSES = (Pass(320, float("inf")), Pass(640, 400), Pass(1280, 96))
    SMALLEST = 10
    """Photos narrower than this hold no face, and trip OpenCV's padding."""
    OVERLAP = 0.3

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()  # one network: it has the size of its input as state
        self._network: Any = _quietly_load(path)

    def find(self, photo: Photo) -> list[Candidate]:
        """Faces in `photo`, most certain first."""
        if min(photo.width, photo.height) < self.SMALLEST:
            return []
        longest = max(photo.width, photo.height)
        sides = [step for i, step in enumerate(self.PASSES) if i == 0 or longest > self.PASSES[i - 1].side * 1.25]
        found = [candidate for step in sides for candidate in self._look(photo, step)]
        return _best_of_overlapping(found, self.OVERLAP)

    def _look(self, photo: Photo, step: Pass) -> Iterable[Candidate]:
        image, factor = photo.quick_fit(step.side)
        rows = self._detect(image)
        for row in rows:
            if row[3] <= step.tallest:
                yield _candidate(row, factor)

    def _detect(self, image: Pixels) -> Any:
        """[n, 15] float32: box, five points, score."""
        if min(image.shape[:2]) < self.SMALLEST:
            return ()
        with self._lock:
            self._network.setInputSize((image.shape[1], image.shape[0]))
            rows = self._network.detect(image)[1]
        return () if rows is None else rows


def _quietly_load(path: Path) -> Any:
    """OpenCV 5 warns on stderr at every load that its new engine ignores the target; that is of no use to users."""
    log = cv2.utils.logging
    level = log.getLogLevel()
    log.setLogLevel(log.LOG_LEVEL_ERROR)
    try:
        return cv2.FaceDetectorYN.create(str(path), "", (320, 320), MIN_SCORE, YuNet.OVERLAP, 1000)
    finally:
        log.setLogLevel(level)


def _candidate(row: Any, factor: float) -> Candidate:
    x, y, w, h, *points = (float(value) / factor for value in row[:14])
    landmarks = tuple(zip(points[0::2], points[1::2], strict=True))
    return Candidate(Box(x=x, y=y, w=w, h=h), min(1.0, float(row[14])), landmarks)


def _best_of_overlapping(found: list[Candidate], overlap: float) -> list[Candidate]:
    boxes = [(c.box.x, c.box.y, c.box.w, c.box.h) for c in found]
    kept = cv2.dnn.NMSBoxes(boxes, [c.score for c in found], MIN_SCORE, overlap) if found else ()
    return [found[i] for i in kept]


class NudenetFaces:
    """The two face classes of NudeNet, taken as one: what it says about the sex is unreliable, and unwanted."""

    model = nudenet_detector.MODEL

    def __init__(self) -> None:
        self._detector = nudenet_detector.detector()

    def find(self, photo: Photo) -> list[Candidate]:
        """Faces in `photo`, most certain first, without landmarks."""
        regions = self._detector.detect(photo).merged(("FACE_FEMALE", "FACE_MALE"), "face", FALLBACK_FLOOR)
        return [Candidate(region.box, region.score) for region in regions]


class FacesAnalyzer(Analyzer):
    """Faces by YuNet where its weights are there, else by NudeNet (boxes only, and it misses small faces)."""

    group = "face"
    version = "2"
    optional_weights = ("yunet",)

    def __init__(self, weights: Weights) -> None:
        self._detector: Detector = YuNet(weights["yunet"]) if "yunet" in weights else NudenetFaces()
        self.model = self._detector.model

    def warm_up(self) -> None:
        """Looks once at nothing: OpenCV lays out the network when it first runs."""
        self.analyze(practice_photo())

    def analyze(self, photo: Photo) -> Faces:
        """All faces in `photo`, largest first; raises UnreadablePhoto."""
        faces = [measure(photo, candidate) for candidate in self._detector.find(photo)]
        faces = [face for face in faces if face.size > 0]
        return Faces(faces=tuple(sorted(faces, key=lambda face: -face.size)))


def measure(photo: Photo, found: Candidate) -> Face:
    """The candidate with what the photo tells about it."""
    left, top, right, bottom = inside(found.box, photo.width, photo.height)
    return Face(
        box=found.box,
        score=found.score,
        landmarks=found.landmarks,
        sharpness=sharpness(photo.gray[top:bottom, left:right]),
        size=(right - left) * (bottom - top) / (photo.width * photo.height),
        cut_off=cut_off(found.box, photo.width, photo.height),
    )


def inside(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the part of `box` within the photo, in whole pixels; empty when there is none."""
    left, right = (round(min(max(v, 0), width)) for v in (box.x, box.x + box.w))
    top, bottom = (round(min(max(v, 0), height)) for v in (box.y, box.y + box.h))
    return left, top, right, bottom


def cut_off(box: Box, width: int, height: int) -> tuple[Side, ...]:
    """The edges of the photo that the face reaches, within `CUT_MARGIN` of its own size."""
    reach: dict[Side, bool] = {
        "left": box.x <= CUT_MARGIN * box.w,
        "right": box.x + box.w >= width - CUT_MARGIN * box.w,
        "top": box.y <= CUT_MARGIN * box.h,
        "bottom": box.y + box.h >= height - CUT_MARGIN * box.h,
    }
    return tuple(side for side, reached in reach.items() if reached)


def sharpness(gray: Pixels) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al. 2000) at 112 px height; 0 for an empty crop."""
    if gray.size == 0:
        return 0.0
    height, width = gray.shape
    size = (max(1, round(width * SHARPNESS_HEIGHT / height)), SHARPNESS_HEIGHT)
    shrinks = height > SHARPNESS_HEIGHT
    scaled = cv2.resize(gray, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return float(np.var(cv2.Laplacian(scaled, cv2.CV_64F)))
