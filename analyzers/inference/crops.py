"""Crops: a part of the photo around a box, and the way back from its pixels to the photo's."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels, quickly_scaled
from bus.findings import Box


class Crop(NamedTuple):
    """[height, width, 3] uint8 pixels, and where they lie: a point of the photo is (left, top) + point / factor."""

    pixels: Pixels
    left: float
    top: float
    factor: float = 1.0

    def to_photo(self, points: NDArray[Any]) -> NDArray[np.float32]:
        """Points [..., 2 or more] of the crop in pixels of the photo; further columns are only scaled."""
        moved = np.asarray(points, np.float32) / self.factor
        moved[..., :2] += (self.left, self.top)
        return moved


def padded(box: Box, margin: float, square: bool = False) -> Box:
    """`box` with `margin` × its own size added on every side; with `square`, both sides as long as the longer."""
    w, h = box.w * (1 + 2 * margin), box.h * (1 + 2 * margin)
    if square:
        w = h = max(w, h)
    return Box(x=box.x + (box.w - w) / 2, y=box.y + (box.h - h) / 2, w=w, h=h)


def crop(image: Pixels, box: Box) -> Crop | None:
    """The part of `image` in `box`, cut to what there is; None when nothing is left. The pixels are a view."""
    height, width = image.shape[:2]
    left, right = (min(max(round(v), 0), width) for v in (box.x, box.x + box.w))
    top, bottom = (min(max(round(v), 0), height) for v in (box.y, box.y + box.h))
    if right - left < 1 or bottom - top < 1:
        return None
    return Crop(image[top:bottom, left:right], float(left), float(top))


def patch(image: Pixels, box: Box, width: int, height: int) -> Pixels:
    """What `box` covers, resampled to `width` × `height` pixels; beyond the photo its edge pixels are repeated.

    The box may be of any size, also outside the photo. Fit for networks that want a fixed size.
    """
    scale = np.array([width / max(box.w, 1e-6), height / max(box.h, 1e-6)])
    shrinks = min(scale) < 0.5
    if shrinks and (inner := crop(image, box)) is not None and inner.pixels.shape[:2] == (round(box.h), round(box.w)):
        return np.asarray(cv2.resize(inner.pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    matrix = np.array([[scale[0], 0, -box.x * scale[0]], [0, scale[1], -box.y * scale[1]]])
    warped = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def resized(part: Crop, shortest: int, longest: int, quick: bool = False) -> Crop:
    """`part` scaled up until its short side has `shortest` pixels, but its long side at most `longest`, down to that
    where it is more; each side keeps one pixel at least. `quick`: down by `quickly_scaled`, not by true areas."""
    height, width = part.pixels.shape[:2]
    factor = min(max(1.0, shortest / min(height, width)), longest / max(height, width))
    if factor == 1.0:
        return part
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    if quick and factor < 1:
        return part._replace(pixels=quickly_scaled(part.pixels, size), factor=factor)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return part._replace(pixels=np.asarray(cv2.resize(part.pixels, size, interpolation=how), np.uint8), factor=factor)
