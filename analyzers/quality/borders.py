"""Plain bars around a picture, as letterboxing, screenshots and scanners leave them.

They belong to the file and not to the scene, so light, colour and sharpness are measured inside of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels

Side: TypeAlias = Literal["left", "right", "top", "bottom"]

PLAIN = 14
"""Grey levels within which a bar keeps one colour; JPEG rings by up to about ten beside a hard edge."""
STRAIGHT = 0.5
"""Share of the bar's inner edge at which a picture must begin. A subject on a plain backdrop touches any straight
line in a few places only; a bar ends everywhere at once (low_resolution.jpg: 0.93 and 0.97, whatever its scale)."""
THINNEST = 0.015
"""Share of the side below which a bar is a stray edge that people do not see."""
STRAY = 0.02
"""Share of a line of the bar that may be spoilt by specks."""
MAX_BAR_SHARE = 0.9
"""Share of a side beyond which the bars are the picture."""
RAMP = 3
"""Lines over which resizing may have softened the inner edge of a bar."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Width of the bar on each side in pixels; 0 where there is none."""

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0

    @property
    def sides(self) -> tuple[Side, ...]:
        names: tuple[Side, ...] = ("left", "right", "top", "bottom")
        return tuple(name for name in names if getattr(self, name))

    def trim(self, image: Pixels) -> Pixels:
        """A view of `image` without its bars."""
        height, width = image.shape[:2]
        return image[self.top : height - self.bottom, self.left : width - self.right]


def find_bars(image: Pixels) -> Bars:
    """The bars of `image` [height, width, 3]. None at all when nothing but bar is there: that is a plain picture."""
    height, width = image.shape[:2]
    if min(height, width) < 16:
        return Bars()
    left, right = (_bar(np.swapaxes(image, 0, 1)[::step]) for step in (1, -1))
    if left + right > MAX_BAR_SHARE * width:
        return Bars()
    inner = image[:, left : width - right]
    top, bottom = (_bar(inner[::step]) for step in (1, -1))
    return Bars(left, right, top, bottom) if top + bottom <= MAX_BAR_SHARE * height else Bars()


def _bar(image: Pixels) -> int:
    """The height of the bar at the top of `image`, with the softened lines of its edge; 0 when there is none."""
    height = image.shape[0]
    color = np.median(image[0], axis=0).astype(np.int16)
    thinnest = max(2, round(THINNEST * height))
    if _differs(image[:thinnest], color).mean(axis=1).max() > STRAY:
        return 0
    differs = _differs(image, color)
    busy = np.flatnonzero(differs.mean(axis=1) > STRAY)
    end = int(busy[0]) if len(busy) else height
    if end == height:
        return 0
    begins = differs[end : end + 2 * RAMP + 1].any(axis=0).mean()
    return min(end + RAMP, height - 1) if begins >= STRAIGHT else 0


def _differs(image: Pixels, color: NDArray[np.int16]) -> NDArray[np.bool_]:
    """[height, width]: where a pixel is visibly of another colour."""
    low, high = (tuple(min(max(level + step, 0), 255) for level in color.tolist()) for step in (-PLAIN, PLAIN))
    return np.asarray(cv2.inRange(np.ascontiguousarray(image), low, high) == 0)
