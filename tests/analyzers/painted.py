"""Pictures painted for a test, with what is where in them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from bus.findings import Box

HEAD = Box(x=280, y=200, w=80, h=100)
"""Where the person's head is, in pixels."""


def scene(wall: int = 150) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A person before a plain wall: the picture [480, 640, 3] and their mask [480, 640]."""
    picture = np.full((480, 640, 3), wall, np.uint8)
    mask = np.zeros((480, 640), np.uint8)
    cv2.ellipse(mask, (320, 240), (44, 70), 0, 0, 360, 1, -1)
    cv2.rectangle(mask, (220, 310), (420, 480), 1, -1)
    picture[mask > 0] = (60, 70, 110)
    return picture, mask > 0
