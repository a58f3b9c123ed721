"""Where the eye goes when there is no face: a small map of what stands out, and the spot in it that stands out most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels, fit

Plane: TypeAlias = NDArray[np.float32]

INPUT_SIZE = 96


@dataclass(frozen=True, slots=True)
class Spot:
    """The most salient spot: its centre as shares of width and height, and the share of the picture it covers."""

    x: float
    y: float
    area: float


def find_spot(image: Pixels) -> Spot | None:
    """The most salient connected spot of `image` [height, width, 3]; None where nothing stands out."""
    small = fit(image, INPUT_SIZE)[0]
    if min(small.shape[:2]) < 8:
        return None
    saliency = saliency_map(small)
    if float(saliency.max()) <= 0:
        return None
    level = float(saliency.mean() + 1.1 * saliency.std())
    _, labels = cv2.connectedComponents((saliency > level).astype(np.uint8))
    strength = np.bincount(labels.ravel(), (saliency * (labels > 0)).ravel())
    spot = labels == int(strength.argmax())
    weight = np.where(spot, saliency, 0)
    total = float(weight.sum())
    height, width = saliency.shape
    x = float((weight.sum(axis=0) @ (np.arange(width) + 0.5)) / total / width)
    y = float((weight.sum(axis=1) @ (np.arange(height) + 0.5)) / total / height)
    return Spot(x, y, float(spot.mean()))


def saliency_map(small: Pixels) -> Plane:
    """[height, width], 0 and up: colour unlike the picture's and its rim's, next to detail, rather in the middle.

    Contrast to the mean colour: Achanta, Hemami, Estrada and Süsstrunk, "Frequency-tuned salient region detection",
    CVPR 2009. The rim as a guess of the background: Wei, Wen, Zhu and Sun, "Geodesic saliency using background
    priors", ECCV 2012.
    """
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1).astype(np.float32) / 255, cv2.COLOR_BGR2Lab)
    height, width = lab.shape[:2]
    rim = np.concatenate((lab[:2].reshape(-1, 3), lab[:, :2].reshape(-1, 3), lab[:, -2:].reshape(-1, 3)))
    contrast = _distance(lab, lab.mean(axis=(0, 1))) + _distance(lab, np.median(rim, axis=0))
    lightness = np.ascontiguousarray(lab[..., 0])
    detail = cv2.magnitude(cv2.Sobel(lightness, cv2.CV_32F, 1, 0), cv2.Sobel(lightness, cv2.CV_32F, 0, 1))
    reach = max(height, width) / 24
    contrast, detail = cv2.GaussianBlur(contrast, (0, 0), reach), cv2.GaussianBlur(detail, (0, 0), reach)
    if float(contrast.max()) < 2:
        return np.zeros((height, width), np.float32)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    middle = np.exp(-(x**2 + y**2) / 1.4)
    combined = contrast / contrast.max() * (0.35 + detail / max(float(detail.max()), 1e-6)) * middle
    return np.asarray(combined, np.float32)


def _distance(lab: Plane, color: NDArray[np.float32]) -> Plane:
    return np.asarray(np.linalg.norm(lab - color, axis=2), np.float32)
