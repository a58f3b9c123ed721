"""Photos as no camera takes them: real ones after one to three mutations, drawn from a seed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Random = np.random.Generator
Mutation = Callable[[Pixels, Random], Pixels]

EXTREMES = ((1, 1), (1, 2), (2, 3), (7, 5), (9, 9), (16, 2000), (3000, 8), (1, 4000), (4000, 1), (33, 31), (64, 48))


def _extreme(image: Pixels, random: Random) -> Pixels:
    width, height = EXTREMES[random.integers(len(EXTREMES))]
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _gray(image: Pixels, random: Random) -> Pixels:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def _noise(image: Pixels, random: Random) -> Pixels:
    spread = random.uniform(5, 150)
    return np.clip(image + random.normal(0, spread, image.shape), 0, 255).astype(np.uint8)


def _tiled(image: Pixels, random: Random) -> Pixels:
    """Many faces, if there was one."""
    count = int(random.integers(2, 9))
    small = cv2.resize(image, (max(24, 1200 // count), max(24, 1200 // count)), interpolation=cv2.INTER_AREA)
    return np.tile(np.asarray(small, np.uint8), (count, count, 1))


def _alpha(image: Pixels, random: Random) -> Pixels:
    alpha = random.integers(0, 256, image.shape[:2], dtype=np.uint8)
    return np.dstack([image, alpha])


def _brightness(image: Pixels, random: Random) -> Pixels:
    gain, shift = random.choice([0.02, 0.2, 3.0, 12.0]), random.uniform(-120, 120)
    return np.clip(image * gain + shift, 0, 255).astype(np.uint8)


def _turned(image: Pixels, random: Random) -> Pixels:
    return np.ascontiguousarray(np.rot90(image, int(random.integers(1, 4))))


def _cropped(image: Pixels, random: Random) -> Pixels:
    height, width = image.shape[:2]
    top, left = int(random.integers(0, height)), int(random.integers(0, width))
    return image[top : top + max(1, height // 2), left : left + max(1, width // 2)]


def _stretched(image: Pixels, random: Random) -> Pixels:
    width, height = int(random.integers(20, 1500)), int(random.integers(20, 1500))
    return np.asarray(cv2.resize(image, (width, height)), np.uint8)


def _blurred(image: Pixels, random: Random) -> Pixels:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(1, 30)), np.uint8)


def _negative(image: Pixels, random: Random) -> Pixels:
    return 255 - image


def _synthetic(image: Pixels, random: Random) -> Pixels:
    """No photo at all: a plain colour, stripes, a gradient or pure noise."""
    height, width = int(random.integers(1, 900)), int(random.integers(1, 900))
    rows, columns = np.indices((height, width))
    kind = int(random.integers(4))
    if kind == 0:
        return np.full((height, width, 3), random.integers(0, 256, 3), np.uint8)
    if kind == 1:
        return (((rows + columns) // 9 % 2) * 255).astype(np.uint8)
    if kind == 2:
        return (rows * 255 // height).astype(np.uint8)
    return random.integers(0, 256, (height, width, 3), dtype=np.uint8)


MUTATIONS: tuple[Mutation, ...] = (
    _extreme, _gray, _noise, _tiled, _alpha, _brightness, _turned, _cropped, _stretched, _blurred, _negative,
    _synthetic,
)  # fmt: skip


def mutated(photos: list[Pixels], count: int, seed: int) -> Iterator[bytes]:
    """`count` uploads: each a photo after one to three mutations; a few as large as a camera makes them."""
    random = np.random.default_rng(seed)
    for number in range(count):
        image = photos[int(random.integers(len(photos)))]
        for _ in range(int(random.integers(1, 4))):
            mutation = MUTATIONS[int(random.integers(len(MUTATIONS)))]
            image = mutation(image if image.ndim == 3 and image.shape[2] == 3 else _rgb(image), random)
        if number % 100 == 10:
            image = np.asarray(cv2.resize(_rgb(image), (8000, 6000), interpolation=cv2.INTER_NEAREST), np.uint8)
        kept = io.BytesIO()
        Image.fromarray(image).save(
            kept, "PNG" if image.ndim == 3 and image.shape[2] == 4 else "JPEG", compress_level=1
        )
        yield kept.getvalue()


def _rgb(image: Pixels) -> Pixels:
    return np.dstack([image] * 3) if image.ndim == 2 else image[:, :, :3]
