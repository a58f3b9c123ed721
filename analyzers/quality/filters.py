"""Looks that a person or an app laid over the picture: sepia, fading, false HDR and the like.

Each threshold was chosen on 18 real photos and on copies of them that were put through the very filter; the numbers
beside the rules are what was measured. The rules err on the side of silence: a missed filter costs a joke, a wrong one
is a lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels

Filter: TypeAlias = Literal["monochrome", "sepia", "oversaturated", "faded", "vignette", "hdr"]
Plane: TypeAlias = NDArray[np.float32]

RINGS = ((0.2, 0.45), (0.45, 0.6), (0.6, 0.75), (0.75, 0.88), (0.88, 1.01))
"""Distance from the centre, 1 being the corner."""


@dataclass(frozen=True, slots=True)
class Look:
    """A picture of at most 256 px, ready to be asked about. CIE L* [height, width], a* and b*; HSV saturation 0..1."""

    lightness: Plane
    a: Plane
    b: Plane
    saturated: float
    """Share of strongly saturated, bright pixels."""
    saturation: float
    """HSV saturation of the picture, weighted by value so that black counts for nothing."""
    levels: tuple[float, float, float, float]
    """L* at the 1st, 5th, 95th and 99th percentile."""


def look_at(small: Pixels) -> Look:
    """Measures `small` [height, width, 3], blue first. A light blur keeps the noise of the chroma out."""
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1.0).astype(np.float32) / 255, cv2.COLOR_BGR2Lab)
    high, low = small.max(axis=2).astype(np.float32), small.min(axis=2).astype(np.float32)
    relative = (high - low) / np.maximum(high, 1)
    lightness, a, b = cv2.split(lab)
    levels = tuple(float(v) for v in np.percentile(lightness, (1, 5, 95, 99)))
    saturated = float(((relative > 0.85) & (high > 100)).mean())
    saturation = float((high - low).sum() / max(float(high.sum()), 1.0))
    return Look(lightness, a, b, saturated, saturation, levels)  # type: ignore[arg-type]


def find_filters(look: Look) -> tuple[Filter, ...]:
    """The filters to be seen, none for a picture in which there is nothing to see (one tone all over)."""
    if look.levels[2] - look.levels[1] < 4 or min(look.lightness.shape) < 16:
        return ()
    rules = {
        "monochrome": is_monochrome,
        "sepia": is_sepia,
        "oversaturated": is_oversaturated,
        "faded": is_faded,
        "vignette": has_vignette,
        "hdr": is_hdr,
    }
    return tuple(name for name, holds in rules.items() if holds(look))  # type: ignore[misc]


def is_monochrome(look: Look) -> bool:
    """Without any colour: the 99th percentile of chroma is 0.1 in grey copies, at least 32 in the photos."""
    return float(np.percentile(np.hypot(look.a, look.b), 99)) < 4


def is_sepia(look: Look) -> bool:
    """All of one warm, muted hue.

    95 % lie within 0.5–3.1 of one line through neutral in sepia copies, at least 4.4 off it in the photos.
    """
    mid = (look.lightness > 15) & (look.lightness < 90)
    if float(mid.mean()) < 0.1 or look.levels[2] - look.levels[1] < 15:
        return False
    a, b = look.a[mid], look.b[mid]
    center = np.array((a.mean(), b.mean()))
    strength = float(np.hypot(*center))
    hue = float(np.degrees(np.arctan2(center[1], center[0])))
    if strength < 6 or not 55 <= hue <= 100:
        return False
    off_line = np.percentile(np.abs(a * center[1] - b * center[0]) / strength, 95)
    spread = np.sqrt(np.mean((a - center[0]) ** 2 + (b - center[1]) ** 2))
    return bool(off_line < 3.6 and spread < 8.5)


def is_oversaturated(look: Look) -> bool:
    """Colours pushed to their limits: photos reach 0.20 of saturated pixels (coffee.png) and a chroma of 66."""
    vivid = float(np.percentile(np.hypot(look.a, look.b), 90))
    return (look.saturated >= 0.25 and look.saturation >= 0.5) or vivid >= 80


def is_faded(look: Look) -> bool:
    """Lifted blacks, lowered whites, pale: faded copies start at L* 23–40 and end at 64–82."""
    darkest, dark, bright, brightest = look.levels
    return darkest > 20 and brightest < 85 and bright - dark > 12 and look.saturation < 0.4


def has_vignette(look: Look) -> bool:
    """Darkening towards all four corners, and gradually, as lenses and apps do it; a backdrop falls in one step."""
    height, width = look.lightness.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    radius = np.hypot(x, y) / np.sqrt(2)
    for corner in ((x < 0) & (y < 0), (x > 0) & (y < 0), (x < 0) & (y > 0), (x > 0) & (y > 0)):
        rings = [look.lightness[corner & (radius >= near) & (radius < far)] for near, far in RINGS]
        if min(len(ring) for ring in rings) < 8:
            return False
        levels = [float(np.percentile(ring, 75)) for ring in rings]
        gradual = all(0.4 < outer / max(inner, 1.0) < 1.08 for inner, outer in pairwise(levels[1:]))
        if levels[-1] > 0.66 * max(levels[1], levels[2]) or not gradual:
            return False
    return True


def is_hdr(look: Look) -> bool:
    """Detail shouted everywhere while large areas are all alike: strong local tone mapping.

    Photos: a local deviation of L* below 19.2 or at most 1.6 times that between areas; tone-mapped copies mostly exceed
    both.
    """
    mean = cv2.GaussianBlur(look.lightness, (0, 0), 12)
    local = np.sqrt(np.maximum(cv2.GaussianBlur(look.lightness**2, (0, 0), 12) - mean**2, 0))
    typical, quiet = float(np.median(local)), float(np.percentile(local, 10))
    return typical > 19.2 and quiet > 12.5 and typical > 1.65 * float(mean.std()) and look.saturation > 0.22
