"""The colour science of skin: from pixels to CIELAB, the typology angle, the Monk scale; and colour casts taken out.

Pure functions of arrays. Light is linear sRGB (IEC 61966-2-1), 0..1; colours are CIE 1976 L*a*b* under D65.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""Linear sRGB to CIE XYZ; its rows add up to the D65 white."""

WHITE = TO_XYZ.sum(axis=1)

BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""CIE XYZ to the sharpened cones in which white points are exchanged (Lam 1985)."""

MONK = (
    "f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420",
)  # fmt: skip
"""The ten published swatches of the Monk Skin Tone Scale (Monk 2019), sRGB, lightest first."""

AGREE, DISAGREE = 2.0, 9.0
"""Degrees between the estimates of the light: up to the first they are believed, from the second on they are not. A
photo full of one colour looks like a cast to one estimate, and not to another."""

LEAST = 1.0
"""Degrees from neutral below which there is no cast to take out."""

MAX_DEGREES = 25.0
"""Degrees from neutral beyond which no light is: it is the scene's own colour, or a filter."""


class Cast(NamedTuple):
    """The light of a photo: its colour [3] (linear, mean 1), how far from neutral it is in degrees, and how much of it
    is taken out, 0..1."""

    light: Floats
    degrees: float
    strength: float


NO_CAST = Cast(np.ones(3), 0.0, 0.0)


def linear(pixels: NDArray[Any]) -> Floats:
    """Linear light 0..1 of sRGB values 0..255, of any shape."""
    if pixels.dtype == np.uint8:
        return np.asarray(_LINEAR[pixels])
    return _linear(np.asarray(pixels, np.float64))


def _linear(values: Floats) -> Floats:
    value = values / 255
    return np.where(value <= 0.04045, value / 12.92, ((np.maximum(value, 0) + 0.055) / 1.055) ** 2.4)


_LINEAR = _linear(np.arange(256.0))
"""Of every value that a pixel can have: looked up in a fraction of the time."""


def lab(light: Floats) -> Floats:
    """L*, a*, b* [..., 3] of linear sRGB [..., 3], red first (CIE 15:2004)."""
    ratio = light @ TO_XYZ.T / WHITE
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ita(color: Floats) -> float:
    """The individual typology angle in degrees, arctan((L* − 50) / b*) (Chardon, Cretois and Hourseau 1991).

    Above 55 very light, 41 light, 28 intermediate, 10 tan, −30 brown, below dark. Without yellow it says nothing: for
    b* ≤ 0 the angle is that of the direction, beyond ±90.
    """
    return float(np.degrees(np.arctan2(color[0] - 50, color[2])))


def ita_error(color: Floats, deviation: Floats) -> float:
    """Standard deviation of the angle in degrees, from those of L*, a*, b* [3], to first order."""
    up, across = color[0] - 50, color[2]
    squared = max(up * up + across * across, 1e-6)
    return float(min(90.0, np.degrees(np.hypot(across * deviation[0], up * deviation[2]) / squared)))


def difference(first: Floats, second: Floats) -> Floats:
    """CIEDE2000 between L*a*b* [..., 3] (Sharma, Wu and Dalal 2005), all weights 1."""
    chroma = (np.hypot(first[..., 1], first[..., 2]) + np.hypot(second[..., 1], second[..., 2])) / 2
    g = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    (l1, c1, h1), (l2, c2, h2) = (_polar(color, g) for color in (first, second))
    apart = h2 - h1
    turn = np.where(np.abs(apart) > 180 + 1e-9, apart - 360 * np.sign(apart), apart)
    turn = np.where(c1 * c2 == 0, 0, turn)
    middle = (h1 + h2) / 2 + np.where(np.abs(apart) > 180 + 1e-9, 180, 0)
    hue = np.where(c1 * c2 == 0, h1 + h2, middle)
    lightness, c = (l1 + l2) / 2, (c1 + c2) / 2
    cosines = ((0.17, 1, -30), (-0.24, 2, 0), (-0.32, 3, 6), (0.20, 4, -63))
    t = 1 - sum(weight * np.cos(np.radians(times * hue + shift)) for weight, times, shift in cosines)
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    d_l, d_c = (l2 - l1) / s_l, (c2 - c1) / (1 + 0.045 * c)
    d_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * c * t)
    rotation = 60 * np.exp(-((((hue % 360) - 275) / 25) ** 2))
    mixed = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * np.sin(np.radians(rotation)) * d_c * d_h
    return np.asarray(np.sqrt(np.maximum(d_l**2 + d_c**2 + d_h**2 + mixed, 0)))


def _polar(color: Floats, g: Floats) -> tuple[Floats, Floats, Floats]:
    a = color[..., 1] * (1 + g)
    return color[..., 0], np.hypot(a, color[..., 2]), np.degrees(np.arctan2(color[..., 2], a)) % 360


MONK_LAB = lab(linear(np.array([list(bytes.fromhex(swatch)) for swatch in MONK])))


def monk(color: Floats) -> int:
    """The nearest tone of the Monk scale, 1 (lightest) to 10, by CIEDE2000."""
    return int(_tones(np.asarray(color)))


def _tones(colors: Floats) -> NDArray[np.intp]:
    """The nearest tone, 1 to 10, of each L*a*b* [..., 3]."""
    return np.asarray(difference(colors[..., None, :], MONK_LAB).argmin(axis=-1)) + 1


def monk_range(color: Floats, deviation: Floats) -> tuple[int, int]:
    """The first and the last tone that is nearest to a colour within one standard deviation of `color`."""
    steps = np.indices((3, 3, 3)).reshape(3, -1).T - 1
    tones = _tones(color + steps * deviation)
    return int(tones.min()), int(tones.max())


def cast_of(light: Floats, counts: NDArray[np.bool_]) -> Cast:
    """The colour of the light in a photo [height, width, 3], from the pixels that count [height, width].

    Three estimates of one family (van de Weijer, Gevers and Gijsenij 2007): grey world, shades of grey with p = 6
    (Finlayson and Trezzi 2004), grey edge with p = 6. The less they agree, the less of it is taken out.
    """
    if np.count_nonzero(counts) < 100 or min(counts.shape) < 3:
        return NO_CAST
    inner = cv2.erode(counts.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    down, across = np.gradient(light, axis=(0, 1))
    steep, lit = np.asarray(down * down + across * across)[inner], np.asarray(light[counts])
    means = [lit.mean(axis=0), _sixth_norm(lit * lit), _sixth_norm(steep)]
    directions = np.array([mean / np.linalg.norm(mean) for mean in means if mean.min() > 1e-6])
    if len(directions) < 3:
        return NO_CAST
    middle = directions.mean(axis=0)
    middle /= np.linalg.norm(middle)
    apart = max(_degrees(direction, middle) for direction in directions)
    degrees = _degrees(middle, np.ones(3) / np.sqrt(3))
    believed = float(np.clip((DISAGREE - apart) / (DISAGREE - AGREE), 0, 1))
    strength = believed if LEAST <= degrees <= MAX_DEGREES else 0.0
    return Cast(middle / middle.mean(), degrees, strength)


def _sixth_norm(squares: Floats) -> Floats:
    """Minkowski's mean with p = 6 of values [n, 3], given their squares: powers by multiplication are quick."""
    return np.asarray(np.mean(squares * squares * squares, axis=0) ** (1 / 6)) if len(squares) else np.zeros(3)


def _degrees(first: Floats, second: Floats) -> float:
    return float(np.degrees(np.arccos(np.clip(first @ second, -1, 1))))


def neutralised(light: Floats, cast: Cast) -> Floats:
    """Linear light [..., 3] as it would be under white light: cones scaled (von Kries) in Bradford's space.

    Only `cast.strength` of it, in the sense of the logarithm; a neutral colour keeps its luminance.
    """
    source = TO_XYZ @ cast.light
    gains = (BRADFORD @ (WHITE * source[1] / WHITE[1])) / np.maximum(BRADFORD @ source, 1e-6)
    scaled = np.diag(gains**cast.strength)
    forward = BRADFORD @ TO_XYZ
    return np.asarray(np.maximum(light @ (np.linalg.inv(forward) @ scaled @ forward).T, 0))
