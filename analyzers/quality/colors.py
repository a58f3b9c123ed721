"""The palette of a picture: its dominant colours by name, how they go together, the mood they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Analyzer, Photo, Pixels, fit
from analyzers.quality.color_names import NAMES, Floats, color_name, hex_code, name_distances, oklab
from analyzers.quality.overview import overview
from bus.findings import Color, Colors, Point

Harmony: TypeAlias = Literal["monochrome", "analogous", "complementary", "triadic", "neutral", "clashing", "mixed"]
Mood: TypeAlias = Literal["calm", "vivid", "gloomy", "warm", "cold", "pastel", "muted", "neutral"]

INPUT_SIZE = 160
MAX_COLORS = 8
"""Colours in a palette; people tell hardly more apart at a glance."""
SMALLEST, SMALLEST_VIVID = 0.02, 0.008
"""Share that a colour needs to count as dominant: a red tie may be small, a grey shadow may not."""
VIVID = 0.13
"""OKLab chroma from which a colour is vivid."""
FAR = 0.13
"""Distance to a name's nearest example, as `name_distances` has it, at which nobody would use that name."""
NONE = -1
CHROMATIC = 0.04
"""OKLab chroma from which a colour has a hue that people would name."""
STRIKING = 10.0
"""How much OKLab chroma counts for a place in the palette: a colour is noticed where as much grey is not."""


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


@dataclass(frozen=True, slots=True)
class Part:
    """All that goes by one name: a typical colour (sRGB [3], 0..255, of that very name), its share, its mean place
    (`x` and `y`, 0..1)."""

    name: str
    rgb: Floats
    share: float
    x: float
    y: float

    def color(self, center: Point) -> Color:
        """The entry of a finding; where it is, in the photo's pixels, the finder knows."""
        return Color(name=self.name, hex=hex_code(self.rgb), share=min(1.0, self.share), center=center)


class ColorsAnalyzer(Analyzer):
    """Calls every colour of the picture by its name, and counts."""

    group: ClassVar[str] = "quality"
    version: ClassVar[str] = "2"
    model: str = "colour names in OKLab"

    def analyze(self, photo: Photo) -> Colors:
        """The colours of the picture inside of its bars; positions are those in the whole photo."""
        whole = overview(photo)
        small = fit(whole.image, INPUT_SIZE)[0]
        cells = count_cells(small)
        palette = tuple(part.color(whole.in_photo(part.x, part.y)) for part in find_palette(cells))
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


def find_palette(cells: Cells, most: int = MAX_COLORS) -> list[Part]:
    """The dominant colours by name, largest share first; at least one, `most` at most.

    Every cell has the name nearest to it. As long as there are too many names, or one of next to nothing, what has the
    weakest takes the nearest of the others, unless that is FAR: then it has none. A small change of the photo may let
    another of the weakest go, and with it what that had taken; the borders of clusters would move far more.
    """
    far = name_distances(np.rint(cells.rgb))
    own = far.argmin(axis=1)
    name = own.copy()
    far[:, np.bincount(own, minlength=len(NAMES)) == 0] = np.inf
    weight = cells.share * np.stack((np.ones(len(own)), *cells.lab.T[1:]))
    sums = _sums(weight, own)
    while (weakest := _weakest(sums, most)) is not None:
        far[:, weakest], sums[:, weakest] = np.inf, 0
        moved = np.flatnonzero(name == weakest)
        nearest = far[moved].argmin(axis=1)
        near = far[moved, nearest] <= FAR
        name[moved] = np.where(near, nearest, NONE)
        sums += _sums(weight[:, moved[near]], nearest[near])
    parts = [_part(cells, own == kept, name == kept, NAMES[kept]) for kept in np.unique(name[name != NONE])]
    return sorted(parts, key=lambda part: -part.share)


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


def _sums(weight: Floats, name: NDArray[np.intp]) -> Floats:
    """[rows, NAMES] of weights [rows, cells]."""
    return np.stack([np.bincount(name, row, len(NAMES)) for row in weight])


def _weakest(sums: Floats, most: int) -> int | None:
    """The name that goes next, the least striking first; None when all may stay, as the last one always may.

    `sums` [3, NAMES]: the share of each, and its mean OKLab axes a and b times that.
    """
    share, a, b = sums
    chroma = np.hypot(a, b) / np.maximum(share, 1e-12)
    weakest = int(np.where(share > 0, share * (1 + STRIKING * chroma), np.inf).argmin())
    enough = share[weakest] >= (SMALLEST_VIVID if chroma[weakest] > VIVID else SMALLEST)
    count = np.count_nonzero(share)
    return None if count == 1 or (enough and count <= most) else weakest


def _part(cells: Cells, own: NDArray[np.bool_], members: NDArray[np.bool_], name: str) -> Part:
    """All `members`; what they look like is judged by those that had the name from the first."""
    typical = np.rint(cells.share[own] @ cells.rgb[own] / cells.share[own].sum())
    if color_name(typical) != name:  # it has several typical colours, and in between begins another's
        typical = np.rint(cells.rgb[own][cells.share[own].argmax()])
    share = cells.share[members]
    total = float(share.sum())
    x, y = float(share @ cells.x[members]) / total, float(share @ cells.y[members]) / total
    return Part(name, typical, total, x, y)


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
