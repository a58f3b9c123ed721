"""Age: how old every face looks, as an estimate within an interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Weights, onnx_session
from analyzers.inference.face_alignment import chip, mirrored
from analyzers.inference.fairface import MODEL, WEIGHTS, FairFace, run_batches
from bus.findings import Age, Face, FaceAge, Faces

Floats: TypeAlias = NDArray[np.floating[Any]]

EDGES = np.array([0, 3, 10, 20, 30, 40, 50, 60, 70, 85], np.float64)
"""Where FairFace's nine groups of ages begin and end, in years; the last has no end of its own."""

LEAK = 0.2
"""Share of each group's probability that is given to each neighbour for the interval: classifiers of these groups are
right about six faces in ten of FairFace's own, and their softmax says more; nearly all the others are one off."""

TAIL = 0.1
"""Probability left out below and above: an interval of 80 %."""

Z = 1.2816
"""Standard deviations from the middle of a normal distribution to the ends of its 80 % interval."""


class Estimate(NamedTuple):
    """Years: the estimate, and the ends of the 80 % interval."""

    age: float
    low: float
    high: float


class Estimator(Protocol):
    """What estimates ages. `model` names it."""

    model: str

    def estimate(self, photo: Photo, faces: Faces) -> list[Estimate]: ...

    def warm_up(self) -> None: ...


def of_groups(probabilities: Floats) -> Estimate:
    """The expected age over FairFace's groups [9], each spread evenly over its years, and the interval (see `LEAK`)."""
    middles = (EDGES[1:] + EDGES[:-1]) / 2
    age = float(probabilities @ middles)
    leaking = np.pad(probabilities * LEAK, 1)
    wider = probabilities * (1 - 2 * LEAK) + leaking[2:] + leaking[:-2]
    wider[[0, -1]] += probabilities[[0, -1]] * LEAK  # the first and the last have only one neighbour
    reached = np.concatenate([[0.0], np.cumsum(wider)])
    low, high = np.interp([TAIL, 1 - TAIL], reached / reached[-1], EDGES)
    return Estimate(age, min(float(low), age), max(float(high), age))


class FairFaceAges:
    """Ages by FairFace (nine groups); see `analyzers.inference.fairface`."""

    model = MODEL

    def __init__(self, path: Path) -> None:
        self._network = FairFace(path)
        self.warm_up = self._network.warm_up

    def estimate(self, photo: Photo, faces: Faces) -> list[Estimate]:
        return [of_groups(row) for row in self._network.read(photo, faces).age]


class UtkAges:
    """Ages by the `lite` network of shubham0204/Age-Gender_Estimation_TF-Android, trained on UTKFace.

    Input 200 × 200, red first, 0..1, channels last; output × 116 is years. UTKFace's own pictures are dlib's chips
    with padding 0.2, its default. The makers state a mean error of 5.22 years on UTKFace.
    """

    model = "utk-age-lite"
    INPUT_SIZE = 200
    YEARS = 116
    PADDINGS = (0.15, 0.2, 0.25)
    """Each is looked at as it is and mirrored: single answers for one face differ by five years and more."""
    AT_ONCE = 8
    """Faces whose views are held in memory together: 23 MB of them."""
    ERROR = 5.22 * math.sqrt(math.pi / 2)
    """Standard deviation of a normal error whose mean size is the stated one."""
    ELSEWHERE = 1.5
    """How much larger the error is on photos from elsewhere: a cautious guess, the makers measured none."""

    def __init__(self, path: Path) -> None:
        self._session = onnx_session(path)

    def estimate(self, photo: Photo, faces: Faces) -> list[Estimate]:
        crowd = faces.faces
        groups = (crowd[i : i + self.AT_ONCE] for i in range(0, len(crowd), self.AT_ONCE))
        return [estimate for group in groups for estimate in self._estimated(photo, group)]

    def _estimated(self, photo: Photo, faces: Sequence[Face]) -> list[Estimate]:
        views = [chip(photo.rgb, face, self.INPUT_SIZE, padding) for face in faces for padding in self.PADDINGS]
        inputs = np.divide(mirrored(views), 255, dtype=np.float32)
        years = run_batches(self._session, inputs).reshape(len(faces), -1) * self.YEARS
        return [self._combined(row) for row in years]

    def warm_up(self) -> None:
        run_batches(self._session, np.zeros((1, self.INPUT_SIZE, self.INPUT_SIZE, 3), np.float32))

    def _combined(self, years: Floats) -> Estimate:
        """The mean of the views; the interval has the stated error, and the disagreement of the views besides."""
        age = float(np.clip(years.mean(), 0, 120))
        reach = Z * math.hypot(self.ERROR * self.ELSEWHERE, float(years.std()))
        return Estimate(age, max(0.0, age - reach), age + reach)


class AgeAnalyzer(Analyzer):
    """How old every face looks: by FairFace where its weights are here, else by a small network of UTKFace."""

    group = "face"
    version = "1"
    any_of: ClassVar[tuple[str, ...]] = (WEIGHTS, "utk_age_lite")

    def __init__(self, weights: Weights) -> None:
        fair = weights.get(WEIGHTS)
        self._estimator: Estimator = FairFaceAges(fair) if fair else UtkAges(weights["utk_age_lite"])
        self.model = self._estimator.model

    def warm_up(self) -> None:
        """Runs the network once."""
        self._estimator.warm_up()

    def analyze(self, photo: Photo, faces: Faces) -> Age:
        """The apparent age of every face, in the order of `faces`; raises UnreadablePhoto."""
        if faces.is_empty():
            return Age()
        estimates = self._estimator.estimate(photo, faces)
        return Age(faces=tuple(FaceAge(face=i, **each._asdict()) for i, each in enumerate(estimates)))
