"""The light in a picture: how much of it, from where, of which colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Pixels, fit
from analyzers.quality.overview import overview
from bus.findings import Lighting

Plane: TypeAlias = NDArray[np.float32]

INPUT_SIZE = 256
FLAT = 0.33
"""Distance of the 5th from the 95th percentile of L* ÷ 100: photos 0.41–0.98, faded copies of dull ones 0.22."""
CAST = 11.0
"""Distance from neutral: photos up to 9.5 (one red desert at sunset: 12), tinted copies mostly 12–30."""
BLACK, WHITE = 8, 248
"""Grey levels at which nothing is left to see."""


@dataclass(frozen=True, slots=True)
class Levels:
    """L* at percentiles of the picture, and the shares lost to black and white."""

    p5: float
    median: float
    p95: float
    p99: float
    shadows: float
    highlights: float


class LightingAnalyzer(Analyzer):
    """Statistics of lightness, and the illuminant by grey edges and near-neutral pixels.

    Tried on 18 photos and on copies exposed by −3…+2 stops, tinted, faded and lit from one side.
    """

    group: ClassVar[str] = "quality"
    version: ClassVar[str] = "1"
    model: str = "CIELAB statistics, grey edge"

    def analyze(self, photo: Photo) -> Lighting:
        """The light of the picture inside of its bars."""
        small = fit(overview(photo).image, INPUT_SIZE)[0]
        lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2Lab)
        lightness = lab[..., 0]
        levels = measure_levels(small, lightness)
        cast, strength = find_cast(small, lab)
        contrast = (levels.p95 - levels.p5) / 100
        exposure = judge_exposure(levels)
        return Lighting(
            exposure=exposure,
            brightness=_share(float(lightness.mean()) / 100),
            contrast=_share(contrast),
            flat=contrast < FLAT,
            clipped_shadows=levels.shadows,
            clipped_highlights=levels.highlights,
            cast=cast,
            cast_strength=strength,
            direction=find_direction(lightness),
            backlit=is_backlit(lightness),
            low_key=exposure != "under" and levels.median < 25 and float((lightness > 65).mean()) < 0.1,
            high_key=exposure != "over" and levels.median > 78 and float((lightness < 35).mean()) < 0.08,
        )


def measure_levels(small: Pixels, lightness: Plane) -> Levels:
    """The levels of `small` [height, width, 3], whose CIE L* is `lightness` [height, width]."""
    p5, median, p95, p99 = (float(value) for value in np.percentile(lightness, (5, 50, 95, 99)))
    black, white = float((small.max(axis=2) <= BLACK).mean()), float((small.min(axis=2) >= WHITE).mean())
    return Levels(p5, median, p95, p99, black, white)


def judge_exposure(levels: Levels) -> Literal["under", "balanced", "over"]:
    """Under when even the brightest spots stay dim (photos: L* 69–100; two stops less: 38–56), over when much is lost.

    A white backdrop is lost too, but leaves the rest of the picture its darks: so the whole has to be bright.
    """
    if levels.p99 - levels.p5 < 2:  # one tone: nothing says what it should have been
        return "under" if levels.median < 15 else "over" if levels.median > 97 else "balanced"
    if levels.p99 < 60:
        return "under"
    washed_out = levels.highlights > 0.18 and levels.median > 70
    return "over" if washed_out or (levels.median > 86 and levels.p5 > 45 and levels.p99 > 98) else "balanced"


def find_cast(
    small: Pixels, lab: NDArray[np.float32]
) -> tuple[Literal["none", "warm", "cool", "green", "magenta"], float]:
    """The colour of the light and its distance from neutral in a*b*.

    Grey edge (van de Weijer, Gevers and Gijsenij 2007): edges average to grey under white light, and a large plain
    area, such as an orange suit, has few. Near-neutral pixels have a say as far as there are any; tinted light leaves
    none.
    """
    edge = _grey_edge(small)
    if edge is None:
        return "none", 0.0
    neutral, support = _near_neutral(lab)
    weight = 0.5 * min(1.0, support / 0.3)
    a, b = (1 - weight) * edge + weight * neutral
    strength = float(np.hypot(a, b))
    if strength < CAST:
        return "none", strength
    hue = float(np.degrees(np.arctan2(b, a))) % 360
    for end, name in ((20, "magenta"), (112, "warm"), (200, "green"), (290, "cool")):
        if hue < end:
            return name, strength  # type: ignore[return-value]
    return "magenta", strength


def find_direction(lightness: Plane) -> Literal["left", "right", "top", "bottom", "even"]:
    """The side that the light seems to come from.

    Brightness must fall across the whole picture, and the soft shades on its surfaces must fall the same way: a dark
    suit below a bright wall alone does not count.
    """
    height, width = lightness.shape
    if min(height, width) < 16:
        return "even"
    broad = cv2.GaussianBlur(lightness, (0, 0), max(height, width) / 20)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    centered = broad - broad.mean()
    slopes = float((x * centered).mean() * 3), float((y * centered).mean() * 3)
    fitted = slopes[0] * x + slopes[1] * y
    if float(centered.var()) < 1 or float(np.var(centered - fitted)) > 0.78 * float(centered.var()):
        return "even"
    main = 0 if abs(slopes[0]) >= abs(slopes[1]) else 1
    shade = _shading(lightness)[main]
    if abs(slopes[main]) < 9 or shade * slopes[main] <= 0 or abs(shade) < 0.05:
        return "even"
    names: tuple[tuple[Literal["left", "right"], ...], tuple[Literal["top", "bottom"], ...]]
    names = (("left", "right"), ("top", "bottom"))
    return names[main][int(slopes[main] > 0)]


def is_backlit(lightness: Plane) -> bool:
    """A dark middle before a bright surround, with hardly any tones between: a silhouette.

    Dark suits before bright walls keep a lit face and hands: mid-tones.
    """
    height, width = lightness.shape
    if min(height, width) < 16:
        return False
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    middle = lightness[(np.abs(x) < 0.5) & (y > -0.6) & (y < 0.8)]
    around = lightness[(y < -0.65) | ((np.abs(x) > 0.7) & (y < 0.3))]
    mid_tones = float(((middle > 30) & (middle < 72)).mean())
    dark, bright = float((middle < 28).mean()), float((around > 70).mean())
    return dark > 0.35 and bright > 0.65 and mid_tones < 0.12


def _grey_edge(small: Pixels) -> NDArray[np.float64] | None:
    """(a*, b*) of a mid grey under the estimated light; None where there are no edges to judge by.

    Minkowski norm 5 of the gradients, σ 1.5, without clipped pixels, which have lost their colour.
    """
    soft = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.5)
    unclipped = small.max(axis=2) < 250
    if float(unclipped.mean()) < 0.05:
        return None
    norms = []
    for channel in cv2.split(soft):
        slope = cv2.magnitude(cv2.Sobel(channel, cv2.CV_32F, 1, 0), cv2.Sobel(channel, cv2.CV_32F, 0, 1))[unclipped]
        steep = slope.astype(np.float64)
        squared = steep * steep  # powers by multiplication: `** 5` takes ten times as long
        norms.append(float(np.mean(squared * squared * steep) ** 0.2))
    light = np.array(norms)
    if light.mean() < 4:
        return None
    grey = np.clip(0.5 * light / light.mean(), 0, 1).astype(np.float32)[None, None]
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_BGR2Lab)[0, 0, 1:], np.float64)


def _near_neutral(lab: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """The mean (a*, b*) of nearly grey pixels of medium lightness, and the share of the picture that they make up."""
    a, b = lab[..., 1].astype(np.float64), lab[..., 2].astype(np.float64)
    weight = np.exp(-(a**2 + b**2) / 144) * ((lab[..., 0] > 15) & (lab[..., 0] < 95))
    total = float(weight.sum())
    if total < 1:
        return np.zeros(2), 0.0
    return np.array(((weight * a).sum(), (weight * b).sum())) / total, total / weight.size


def _shading(lightness: Plane) -> tuple[float, float]:
    """Mean direction of the gentle slopes of L*, −1..1 in x and y: shades on surfaces, not outlines of things."""
    soft = cv2.GaussianBlur(lightness, (0, 0), 2)
    gx, gy = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125)
    size = cv2.magnitude(gx, gy)
    gentle = (size > 0.05) & (size < 1.2) & (lightness > 8) & (lightness < 97)
    total = max(float(size[gentle].sum()), 1e-6)
    return float(gx[gentle].sum()) / total, float(gy[gentle].sum()) / total


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
