"""Pictures as tests make them, photos as analyzers take them, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Photo

Picture = NDArray[np.uint8]
"""[height, width, 3], blue first."""
Open = Callable[[str], Photo]
"""What the fixture `open_photo` is."""
Make = Callable[[Picture], Photo]
"""What the fixture `photo_of` is."""


def photo_of(bgr: Picture) -> Photo:
    """A photo with exactly these pixels."""
    return Photo(cv2.imencode(".png", bgr)[1].tobytes())


def as_photo(given: Photo | Picture) -> Photo:
    """What is given, as a photo."""
    return given if isinstance(given, Photo) else photo_of(given)


def mirrored(photo: Photo) -> Photo:
    """The photo with left and right exchanged."""
    return photo_of(np.ascontiguousarray(photo.bgr[:, ::-1]))
