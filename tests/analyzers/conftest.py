"""Photos as the analyzers get them: upright, three channels, at most 2048 px."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import settings
from numpy.typing import NDArray
from PIL import Image, ImageOps

from analyzers.base import Photo

pillow_heif.register_heif_opener()
settings.register_profile("unhurried", deadline=None)  # a busy machine is no failure
settings.load_profile("unhurried")


def photo_of(bgr: NDArray[np.uint8]) -> Photo:
    """A photo with exactly these pixels."""
    return Photo(cv2.imencode(".png", bgr)[1].tobytes())


@pytest.fixture(scope="session", name="photo_of")
def _photo_of() -> Callable[[NDArray[np.uint8]], Photo]:
    return photo_of


@pytest.fixture(scope="session")
def open_photo(photos: Path) -> Callable[[str], Photo]:
    """Opens a file of ../shared/photos by its path there."""

    def opened(path: str) -> Photo:
        image = ImageOps.exif_transpose(Image.open(photos / path)).convert("RGB")
        image.thumbnail((2048, 2048))
        return photo_of(np.array(image)[:, :, ::-1])

    return opened


_NOISE = np.random.default_rng(20)


@pytest.fixture(
    params=[
        pytest.param(_NOISE.integers(0, 256, (height, width, 3)).astype(np.uint8), id=f"noise-{width}x{height}")
        for width, height in ((1, 1), (2000, 1), (1, 2000), (9, 9), (11, 2048), (33, 33), (1600, 1200))
    ]
    + [
        pytest.param(np.zeros((600, 800, 3), np.uint8), id="black"),
        pytest.param(np.full((2048, 1024, 3), 255, np.uint8), id="white"),
        pytest.param(
            (np.indices((600, 900)).sum(0) // 16 % 2 * 255).astype(np.uint8)[..., None].repeat(3, 2), id="check"
        ),
    ]
)
def odd_photo(request: pytest.FixtureRequest) -> Photo:
    """Photos of nothing, in awkward shapes."""
    return photo_of(request.param)
