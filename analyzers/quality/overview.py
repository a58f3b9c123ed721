"""A photo at a glance: 640 px on the long side, without its bars. What the measures of the whole picture look at."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from analyzers.base import Photo, Pixels, fit
from analyzers.quality.blur import Edges
from analyzers.quality.borders import Bars, find_bars

INPUT_SIZE = 640


@dataclass(frozen=True, slots=True)
class Overview:
    """`image` [height, width, 3], blue first, inside of `bars` (in its pixels).

    `across` and `down` say how many pixels of the photo one of its pixels is.
    """

    image: Pixels
    bars: Bars
    across: float
    down: float

    def in_photo(self, x: float, y: float) -> tuple[float, float]:
        """The point of the photo at `x`, `y`, given as shares of the width and height of `image`."""
        height, width = self.image.shape[:2]
        return (self.bars.left + x * width) * self.across, (self.bars.top + y * height) * self.down

    def from_photo(self, x: float, y: float) -> tuple[float, float]:
        """The pixel of `image` at a point of the photo, in pixels; it may lie outside."""
        return x / self.across - self.bars.left, y / self.down - self.bars.top


def overview(photo: Photo) -> Overview:
    """The overview of `photo`, made once however many analyzers want it."""
    return photo.shared("overview", lambda: _made(photo))


def gray_overview(photo: Photo) -> Pixels:
    """The image of `overview`, [height, width] uint8 luma, made once."""
    image = overview(photo).image
    return photo.shared("gray overview", lambda: np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8))


def edges_of(photo: Photo) -> Edges:
    """The edges of `gray_overview`, made once."""
    return photo.shared("edges", lambda: Edges.of(gray_overview(photo)))


def _made(photo: Photo) -> Overview:
    small = shrink(photo.bgr, INPUT_SIZE)
    bars = find_bars(small)
    return Overview(bars.trim(small), bars, photo.width / small.shape[1], photo.height / small.shape[0])


def shrink(image: Pixels, side: int) -> Pixels:
    """`image` at a long side of at most `side`, in half of the time that `fit` takes for large ones.

    Halving goes fast where the sides are even, so an odd last line is left out: half a pixel in a thousand.
    """
    while max(image.shape[:2]) >= 2 * side and min(image.shape[:2]) >= 2:
        height, width = image.shape[0] // 2, image.shape[1] // 2
        even = image[: 2 * height, : 2 * width]
        image = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    return fit(image, side)[0]
