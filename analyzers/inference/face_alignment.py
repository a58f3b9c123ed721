"""Face chips: faces turned upright and brought to one size, as networks trained on dlib's chips expect them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels
from bus.findings import Box, Face

Floats: TypeAlias = NDArray[np.floating[Any]]

MEAN_FACE = np.array(
    [[0.2255, 0.2160], [0.7548, 0.2160], [0.4901, 0.5156], [0.2541, 0.7802], [0.7261, 0.7802]], np.float64
)
"""Eye middles, nose tip and mouth corners, left one in the picture first, of the mean face by which dlib 19 aligns
(`get_face_chip_details`); 0..1 is the face from brow to chin. An eye is the mean of its six points there."""

UNIT, MIDDLE = 0.647, 0.56
"""That face's side over the height of a detector's box, and where its middle is in the box's height: means over the
test photos, for faces without landmarks."""

LARGEST = 8
"""Most pixels of the photo, on a side, that are averaged into one of the chip."""


def chip(rgb: Pixels, face: Face, side: int, padding: float) -> Pixels:
    """[side, side, 3] uint8: the face upright, with `padding` × its side added around it (dlib's meaning of the word).

    By the five landmarks where there are any, else by the box alone. Beyond the photo its edge pixels are repeated.
    """
    return _sampled(rgb, _to_chip(face, padding) * side, side)


def square(rgb: Pixels, box: Box, side: int) -> Pixels:
    """[side, side, 3] uint8: what a square box covers, which may reach outside the photo (its edge is repeated)."""
    scale = side / max(box.w, 1.0)
    edge = scale / 2 - 0.5  # a box begins at the edge of a pixel, whose number is that of its middle
    return _sampled(rgb, np.array([[scale, 0, edge - box.x * scale], [0, scale, edge - box.y * scale]]), side)


def mirrored(views: Sequence[Pixels]) -> Pixels:
    """[2n, …]: each view, and its mirror image after it."""
    return np.stack([side for view in views for side in (view, np.asarray(cv2.flip(view, 1), np.uint8))])


def _sampled(rgb: Pixels, matrix: Floats, side: int) -> Pixels:
    """[side, side, 3] uint8: the photo under `matrix` [2, 3], without the jagged edges of plain bilinear sampling."""
    factor = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    finer = int(np.clip(round(1 / max(factor, 1e-6)), 1, LARGEST))  # sampled at the photo's own pixels, then averaged
    middle = [(0, 0, (finer - 1) / 2)] * 2  # a chip's pixel is as wide as `finer` of these, its middle in theirs
    size = (side * finer, side * finer)
    matrix = matrix * finer + middle
    warped = cv2.warpAffine(rgb, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if finer > 1:
        warped = cv2.resize(warped, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(warped, np.uint8)


def _to_chip(face: Face, padding: float) -> Floats:
    """[2, 3]: from pixels of the photo to 0..1 in the chip."""
    target = (MEAN_FACE + padding) / (1 + 2 * padding)
    if len(face.landmarks) == len(target):
        matrix = similarity(np.array(face.landmarks, np.float64), target)
        if matrix is not None:
            return matrix
    scale = 1 / (max(face.box.h, 1.0) * UNIT * (1 + 2 * padding))
    x, y = face.box.x + face.box.w / 2, face.box.y + face.box.h * MIDDLE
    return np.array([[scale, 0, 0.5 - scale * x], [0, scale, 0.5 - scale * y]])


def similarity(source: Floats, target: Floats) -> Floats | None:
    """[2, 3]: the turn, scale and shift that bring points [n, 2] closest to others, in the sense of least squares.

    None when all points of `source` are one. In complex numbers it is a line fit: target ≈ a × source + b.
    """
    z, w = source @ np.array([1, 1j]), target @ np.array([1, 1j])
    centred = z - z.mean()
    spread = float(np.sum(np.abs(centred) ** 2))
    if spread < 1e-9:
        return None
    a = np.sum(np.conj(centred) * (w - w.mean())) / spread
    b = w.mean() - a * z.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])
