"""The palette of a picture: its dominant colours by name, how they go together, the mood they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Photo, Pixels, Weights, fit
from analyzers.color_names import Floats, color_name, hex_code, oklab
from analyzers.overview import overview
from bus.features import Color, Colors

Harmony: TypeAlias = Literal["monochrome", "analogous", "complementary", "triadic", "neutral", "clashing", "mixed"]
Mood: TypeAlias = Literal["calm", "vivid", "gloomy", "warm", "cold", "pastel", "muted", "neutral"]

SIDE = 160
CLUSTERS = 12
ROUNDS = 12
MOST = 8
"""Colours in a palette; people tell hardly more apart at a glance."""
SMALLEST, SMALLEST_VIVID = 0.02, 0.008
"""Share that a colour needs to count as dominant: a red tie may be small, a grey shadow may not."""
CHROMATIC = 0.04
"""OKLab chroma from which a colour has a hue that people would name."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The distinct colours of a picture at 5 bits a channel.

    `rgb` [cells, 3] mean colour, `lab` [cells, 3] the same in OKLab, `share` [cells], `x` and `y` [cells] mean position
    in 0..1.
    """

    rgb: Floats
    lab: Floats
    share: Floats
    x: Floats
    y: Floats


class ColorsAnalyzer:
    """Weighted k-means over the colour cells in OKLab, started from the farthest points: no chance in it anywhere."""

    group: ClassVar[str] = "quality"
    version: ClassVar[str] = "1"
    model: str = "k-means in OKLab"
    weights: ClassVar[tuple[str, ...]] = ()
    optional_weights: ClassVar[tuple[str, ...]] = ()

    def __init__(self, weights: Weights) -> None:
        pass

    def analyze(self, photo: Photo) -> Colors:
        """The colours of the picture inside of its bars; positions are those in the whole photo."""
        whole = overview(photo)
        small = fit(whole.image, SIDE)[0]
        cells = count_cells(small)
        palette = tuple(
            Color(
                name=color_name(part.rgb[0]),
                hex=hex_code(part.rgb[0]),
                share=min(1.0, float(part.share[0])),
                center=whole.in_photo(float(part.x[0]), float(part.y[0])),
            )
            for part in find_palette(cells)
        )
        colorful = colorfulness(small)
        return Colors(
            palette=palette, harmony=judge_harmony(cells), mood=judge_mood(cells, colorful), colorfulness=colorful
        )


def count_cells(small: Pixels) -> Cells:
    """The colour cells of `small` [height, width, 3], blue first."""
    height, width = small.shape[:2]
    rgb = small.reshape(-1, 3)[:, ::-1]
    red, green, blue = (channel.astype(np.int32) >> 3 for channel in rgb.T)
    keys = red << 10 | green << 5 | blue
    counts = np.bincount(keys, minlength=1 << 15)
    filled = np.flatnonzero(counts)
    cell, counts = (np.cumsum(counts > 0) - 1)[keys], counts[filled]
    y, x = np.divmod(np.arange(height * width), width)
    mean = [np.bincount(cell, values) / counts for values in (*rgb.T, (x + 0.5) / width, (y + 0.5) / height)]
    colors = np.stack(mean[:3], axis=1)
    return Cells(colors, oklab(colors), counts / counts.sum(), mean[3], mean[4])


def find_palette(cells: Cells) -> list[Cells]:
    """The dominant colours, each as Cells of one, largest share first; at least one."""
    groups = [_merged(cells, cluster) for cluster in _clusters(cells)]
    named: dict[str, list[Cells]] = {}
    for group in groups:
        named.setdefault(color_name(group.rgb[0]), []).append(group)
    merged = [_merged(_stacked(same), slice(None)) for same in named.values()]
    merged.sort(key=lambda group: -float(group.share[0]))
    kept = [group for group in merged if float(group.share[0]) >= _smallest(group)]
    unique: dict[str, Cells] = {}
    for group in kept or merged[:1]:
        unique.setdefault(color_name(group.rgb[0]), group)  # a mean may have moved onto another's name
    return list(unique.values())[:MOST]


def colorfulness(small: Pixels) -> float:
    """Hasler and Süsstrunk, "Measuring colourfulness in natural images", SPIE 2003."""
    blue, green, red = (channel.astype(np.float64) for channel in cv2.split(small))
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def judge_harmony(cells: Cells) -> Harmony:
    """How the hues lie on the colour wheel, each weighted by its share and chroma."""
    chroma = np.hypot(cells.lab[:, 1], cells.lab[:, 2])
    weight = cells.share * np.where(chroma >= CHROMATIC, chroma, 0)
    if float(cells.share[chroma >= CHROMATIC].sum()) < 0.08 or weight.sum() < 0.003:
        return "neutral"
    wheel = _hue_wheel(cells.lab, weight)
    peaks = _hue_peaks(wheel)
    if len(peaks) == 1:
        return "monochrome" if _within(wheel, peaks[0], 20) > 0.85 else "analogous"
    gaps = sorted(_gap(a, b) for i, a in enumerate(peaks) for b in peaks[:i])
    if gaps[-1] <= 60:
        return "analogous"
    if len(peaks) == 2 and gaps[0] >= 140:
        return "complementary"
    if len(peaks) == 3 and gaps[0] >= 90:
        return "triadic"
    loud = float((weight * chroma).sum() / weight.sum()) > 0.16
    return "clashing" if loud and len(peaks) >= 2 and gaps[0] >= 60 else "mixed"


def judge_mood(cells: Cells, colorful: float) -> Mood:
    """The mood by lightness, chroma and temperature; the first rule that holds."""
    lightness = float(cells.lab[:, 0] @ cells.share)
    chroma = np.hypot(cells.lab[:, 1], cells.lab[:, 2])
    weight = cells.share * chroma
    hue = np.degrees(np.arctan2(cells.lab[:, 2], cells.lab[:, 1])) % 360
    total = max(float(weight.sum()), 1e-9)
    warm = float(weight[(hue < 112) | (hue > 340)].sum()) / total
    cold = float(weight[(hue > 170) & (hue < 300)].sum()) / total
    mean_chroma = float(weight.sum())
    rules: tuple[tuple[Mood, bool], ...] = (
        ("gloomy", lightness < 0.42 and colorful < 35),
        ("neutral", mean_chroma < 0.012),
        ("pastel", lightness > 0.78 and 0.02 < mean_chroma < 0.09 and float(cells.share[chroma > 0.16].sum()) < 0.03),
        ("vivid", colorful > 62),
        ("muted", mean_chroma < 0.045),
        ("warm", warm > 0.72),
        ("cold", cold > 0.6),
    )
    return next((mood for mood, holds in rules if holds), "calm")


def _clusters(cells: Cells) -> list[NDArray[np.intp]]:
    """Indices of the cells of each cluster that has any."""
    centers = cells.lab[[int(cells.share.argmax())]]
    nearest = np.full(len(cells.share), np.inf)
    while len(centers) < min(CLUSTERS, len(cells.share)):
        nearest = np.minimum(nearest, ((cells.lab - centers[-1]) ** 2).sum(axis=1))
        centers = np.vstack((centers, cells.lab[int((nearest * np.sqrt(cells.share)).argmax())]))
    for _ in range(ROUNDS):
        label = ((centers**2).sum(axis=1) - 2 * cells.lab @ centers.T).argmin(axis=1)
        mass = np.bincount(label, cells.share, len(centers))
        sums = np.stack([np.bincount(label, cells.share * axis, len(centers)) for axis in cells.lab.T], axis=1)
        centers = np.where(mass[:, None] > 0, sums / np.maximum(mass, 1e-12)[:, None], centers)
    return [members for index in range(len(centers)) if len(members := np.flatnonzero(label == index))]


def _merged(cells: Cells, members: NDArray[np.intp] | slice) -> Cells:
    """The weighted mean of some cells, as Cells of one."""
    share = cells.share[members]
    total = float(share.sum())
    rgb = (share @ cells.rgb[members]) / total
    x, y = float(share @ cells.x[members]) / total, float(share @ cells.y[members]) / total
    return Cells(rgb[None], oklab(rgb)[None], np.array([total]), np.array([x]), np.array([y]))


def _stacked(parts: list[Cells]) -> Cells:
    return Cells(*(np.concatenate([getattr(part, name) for part in parts]) for name in Cells.__slots__))


def _smallest(group: Cells) -> float:
    return SMALLEST_VIVID if float(np.hypot(group.lab[0, 1], group.lab[0, 2])) > 0.13 else SMALLEST


def _hue_wheel(lab: Floats, weight: Floats) -> Floats:
    """[72] shares of the hues in steps of 5°, smoothed over some 10° to both sides."""
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    wheel = np.bincount((hue // 5).astype(int) % 72, weight, 72)
    kernel = np.exp(-0.5 * (np.arange(-6, 7) / 2.2) ** 2)
    smooth = np.convolve(np.concatenate((wheel[-6:], wheel, wheel[:6])), kernel / kernel.sum(), "valid")
    return np.asarray(smooth / smooth.sum())


def _hue_peaks(wheel: Floats) -> list[float]:
    """Degrees of the hues that stand out, 30° apart at least, each with a tenth of all the colour around it."""
    peaks: list[float] = []
    for index in np.argsort(-wheel, kind="stable"):
        degrees = index * 5 + 2.5
        top = wheel[index] >= max(wheel[index - 1], wheel[(index + 1) % 72])
        if top and _within(wheel, degrees, 20) >= 0.1 and all(_gap(degrees, other) >= 30 for other in peaks):
            peaks.append(degrees)
    return peaks or [float(wheel.argmax()) * 5 + 2.5]


def _within(wheel: Floats, degrees: float, reach: float) -> float:
    """The share of the colour within `reach` degrees of a hue."""
    hues = np.arange(72) * 5 + 2.5
    return float(wheel[np.abs((hues - degrees + 180) % 360 - 180) <= reach].sum())


def _gap(a: float, b: float) -> float:
    return abs((a - b + 180) % 360 - 180)
