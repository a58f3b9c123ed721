"""Arithmetic that several makers' preprocessing has in common, in plain numpy, to hold the analyzers' own against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Taps = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]


def taps(new: int, old: int) -> Taps:
    """For each of `new` places along a line of `old` pixels, with half-pixel centres: the pixel before it, the one
    after it, and how far it is from the first to the second [new each]."""
    at = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    low = np.floor(at).astype(int)
    return low, np.minimum(low + 1, old - 1), at - low


def bilinear(image: NDArray[np.uint8], new_w: int, new_h: int) -> NDArray[np.float64]:
    """The picture [height, width, 3] at another size [new_h, new_w, 3], without rounding to whole levels."""
    above, below, down = taps(new_h, image.shape[0])
    before, after, along = taps(new_w, image.shape[1])
    levels = image.astype(np.float64)
    rows = levels[above] * (1 - down)[:, None, None] + levels[below] * down[:, None, None]
    return rows[:, before] * (1 - along)[None, :, None] + rows[:, after] * along[None, :, None]


def letterboxed(
    image: NDArray[np.uint8], side: int, size: tuple[int, int], corner: tuple[int, int]
) -> NDArray[np.float64]:
    """The picture at `size` (width, height), its upper left at `corner` (x, y) of a grey square [side, side, 3]."""
    (new_w, new_h), (left, top) = size, corner
    canvas = np.full((side, side, 3), 114.0)
    canvas[top : top + new_h, left : left + new_w] = bilinear(image, new_w, new_h)
    return canvas
