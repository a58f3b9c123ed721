"""What sensors and codecs leave in a picture: noise, and the blocks of a strong JPEG compression."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels

IMMERKAER = np.array(((1, -2, 1), (-2, 4, -2), (1, -2, 1)), np.float32)
TILE = 16
STRIP = 4 * TILE
ENOUGH = 1_200_000
"""Pixels that tell the noise; of larger pictures only every second or third strip is read."""
QUIET = 1.12
"""The quietest tenth of the tiles reads low by this factor, measured with white noise of 5–25 grey levels."""


@dataclass(frozen=True, slots=True)
class Noise:
    """`sigma`: standard deviation of the luma noise in grey levels. `even`: found alike all over the picture.

    Texture is strong in places and weak in others, noise is the same everywhere: the median-ish (40th percentile) tile
    has 1.1–1.5 times the level of the quietest tenth in noised photos, 1.9 times in exif/gps.jpg, which is all foliage.
    """

    sigma: float
    even: bool


def estimate_noise(gray: Pixels) -> Noise:
    """The noise of `gray` [height, width] at its own resolution, from its quietest tiles that are not clipped.

    J. Immerkær, "Fast noise variance estimation", Computer Vision and Image Understanding 1996.
    """
    rows, columns = gray.shape[0] // TILE, gray.shape[1] // TILE
    if rows * columns < 4:
        return Noise(0.0, even=False)
    every = STRIP * math.ceil(gray.size / ENOUGH)
    strips = [gray[top : top + STRIP, : columns * TILE] for top in range(0, rows * TILE, every)]
    usable = np.concatenate([_responses(strip) for strip in strips])
    if len(usable) < 4:
        return Noise(0.0, even=False)
    quiet, typical = np.percentile(usable, (10, 40))
    return Noise(float(quiet * QUIET * np.sqrt(np.pi / 2) / 6), even=bool(typical < 1.7 * quiet))


def blockiness(gray: Pixels) -> float:
    """Steps on the best-fitting grid of 8 pixels ÷ steps elsewhere, mean of both directions; 1 is none.

    Each phase of the grid is tried, since crops move it. Steps are cut at 24 grey levels, so that outlines of things
    count little. Photos as they are: 1.0–1.25 (zidane.jpg, a JPEG of quality 50: 1.64); at quality 10: 1.5 to 3.5.
    """
    if min(gray.shape) < 24:
        return 1.0
    return (_grid_ratio(gray) + _grid_ratio(cv2.transpose(gray))) / 2


def _responses(strip: Pixels) -> NDArray[np.float32]:
    """The mean response of each tile of `strip` that is neither black nor white; tiles cut by its end are left out."""
    rows, columns = strip.shape[0] // TILE, strip.shape[1] // TILE
    if rows == 0:
        return np.zeros(0, np.float32)
    strip = strip[: rows * TILE]
    level = _tile_means(cv2.convertScaleAbs(cv2.filter2D(strip, cv2.CV_16S, IMMERKAER)), rows, columns)
    brightness = _tile_means(strip, rows, columns)
    return level[(brightness > 16) & (brightness < 239)]


def _grid_ratio(gray: Pixels) -> float:
    steps = np.minimum(cv2.absdiff(gray[:, 1:], gray[:, :-1]), 24)
    profile = cv2.reduce(steps, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32F)[0] / len(steps)
    phases = profile[: len(profile) // 8 * 8].reshape(-1, 8).mean(axis=0)
    strongest = float(phases.max())
    others = (float(phases.sum()) - strongest) / 7
    return (strongest + 0.5) / (others + 0.5)


def _tile_means(plane: Pixels, rows: int, columns: int) -> NDArray[np.float32]:
    """[rows, columns] means of square tiles."""
    means = plane.astype(np.float32)
    for side in (8, 4, 2, 1):  # OpenCV halves many times as fast as it divides by 16
        means = np.asarray(cv2.resize(means, (columns * side, rows * side), interpolation=cv2.INTER_AREA), np.float32)
    return means
