"""Everyday English colour names: a closed list with a typical example of each, and the nearest name of any colour.

Distances are Euclidean in OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020).
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EXAMPLES: dict[str, tuple[str, ...]] = {
    "black": ("#000000", "#141414", "#0e1116", "#17110f"),
    "charcoal": ("#303336", "#3c3c3c"),
    "dark grey": ("#565656", "#5f6266"),
    "grey": ("#808080", "#8c8f92", "#75736f"),
    "light grey": ("#b4b4b4", "#c8cacc", "#a6a6a6"),
    "white": ("#ffffff", "#eeeeee", "#f4f2ee", "#eaf0f5"),
    "cream": ("#f3e2ba", "#f7e7c1"),
    "beige": ("#dcc9a6", "#cfbfa0", "#d8c3b0"),
    "taupe": ("#8b7d6f", "#75685d", "#a08f80"),
    "tan": ("#c8a273", "#bd9a78", "#d9a07c"),
    "khaki": ("#a89b68", "#b5a877"),
    "brown": ("#6b4426", "#7a5236", "#5c4033"),
    "dark brown": ("#3a2416", "#2e1d14", "#45301f"),
    "chestnut": ("#7f3b22", "#8a4a2f"),
    "rust": ("#a8451f", "#98401c", "#9c3a2b"),
    "copper": ("#b87344", "#c07f50"),
    "orange": ("#f58a1f", "#e8752a", "#ff9a1f", "#d9622b", "#ffa500"),
    "burnt orange": ("#c85a17", "#bf5020"),
    "peach": ("#f8c9a0", "#f2b690"),
    "amber": ("#f0a818", "#dd9a17"),
    "gold": ("#d0a52c", "#c79a2a"),
    "mustard": ("#b8962a", "#a8871f"),
    "yellow": ("#f8dd2a", "#ffe600", "#ecd13a"),
    "pale yellow": ("#f9ef9f", "#f3e58a"),
    "lime": ("#b4dd2e", "#a0d911"),
    "olive": ("#6f6d25", "#5f5f2c", "#82803c", "#808000"),
    "dark olive": ("#3d3d1e", "#46452a"),
    "green": ("#3a9a3e", "#2e8b33", "#55a84a"),
    "dark green": ("#1b4a22", "#143a1c", "#26512b"),
    "light green": ("#9bd68c", "#86c97a"),
    "sage": ("#9aab8c", "#8a9c7d"),
    "moss green": ("#6f8a3a", "#637a38"),
    "mint": ("#b0efd0", "#98e2c2"),
    "emerald": ("#14a06a", "#109b60"),
    "teal": ("#12807f", "#1b6f73", "#0f5e60"),
    "turquoise": ("#36cdc2", "#30bfb5"),
    "cyan": ("#22d3ee", "#00e5ff"),
    "sky blue": ("#86c5ec", "#78b8e6", "#9ccbe8"),
    "light blue": ("#bcd9ec", "#c9e2f2"),
    "blue": ("#2563d0", "#1f55c4", "#2f6fd6", "#0000ff"),
    "royal blue": ("#2a3fb8", "#2c46c2"),
    "steel blue": ("#4c7ba8", "#55809f", "#3f6d99"),
    "slate": ("#6a7888", "#5b6876", "#7d8a99"),
    "navy": ("#17234d", "#111c3a", "#1d2a55", "#191f33", "#000080", "#00006a"),
    "indigo": ("#3b2a86", "#43308f"),
    "purple": ("#7b2fa5", "#6a2a90", "#8a45b0"),
    "violet": ("#8f5fe0", "#9a6be0"),
    "lavender": ("#c5b5ea", "#b4a6dc"),
    "plum": ("#6e3060", "#7a3d6c", "#522347"),
    "mauve": ("#b58aa5", "#a57b98"),
    "magenta": ("#d0209a", "#e020b0"),
    "pink": ("#f5a0c0", "#f28cb1", "#f7b6cc"),
    "hot pink": ("#f0408c", "#ea3d88"),
    "pale pink": ("#f6dadd", "#f3ccd2"),
    "salmon": ("#f08a78", "#e88474"),
    "coral": ("#f2674f", "#ee6a55"),
    "red": ("#d8201f", "#c81e24", "#e23a30", "#ff0000"),
    "crimson": ("#a8142c", "#b01a30"),
    "maroon": ("#651420", "#56121a", "#70201f"),
    "burgundy": ("#4a1020", "#5c1830"),
}
"""Name → typical hex colours. More than one where people use the word for a wide range."""

NAMES: tuple[str, ...] = tuple(EXAMPLES)

_FROM_LMS = np.array(
    (
        (0.2104542553, 0.7936177850, -0.0040720468),
        (1.9779984951, -2.4285922050, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.8086757660),
    )
)
_TO_LMS = np.array(
    (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    )
)


def oklab(rgb: ArrayLike) -> Floats:
    """OKLab [..., 3] (L 0..1, a, b about ±0.4) of sRGB [..., 3] in 0..255; of pixels (uint8) in single precision."""
    if isinstance(rgb, np.ndarray) and rgb.dtype == np.uint8:
        return np.asarray(np.cbrt(_LIGHT[rgb] @ _TO_LMS.T.astype(np.float32)) @ _FROM_LMS.T.astype(np.float32))
    return np.asarray(np.cbrt(_light(np.asarray(rgb, np.float64)) @ _TO_LMS.T) @ _FROM_LMS.T)


def _light(rgb: Floats) -> Floats:
    """Linear light, 0..1, of sRGB values in 0..255."""
    encoded = rgb / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


_LIGHT = _light(np.arange(256.0)).astype(np.float32)
"""Of every value that a pixel can have: looked up in a fraction of the time."""


def color_name(rgb: ArrayLike) -> str:
    """The everyday name of one sRGB colour [3] in 0..255."""
    return NAMES[int(name_distances(np.asarray(rgb)[None])[0].argmin())]


def name_distances(rgb: NDArray[Any]) -> Floats:
    """[colors, NAMES] how far sRGB colours [colors, 3] in 0..255 are from the nearest example of each name.

    In OKLab, where hue and chroma count more than lightness does.
    """
    points = oklab(rgb) * _WEIGHTS
    to_one_each = ((examples**2).sum(axis=1) - 2 * points @ examples.T for examples in _POINTS)
    squared = reduce(np.minimum, to_one_each) + (points**2).sum(axis=1)[:, None]
    return np.asarray(np.sqrt(np.maximum(squared, 0)))


def hex_code(rgb: ArrayLike) -> str:
    """`#rrggbb` of one sRGB colour [3] in 0..255, rounded."""
    red, green, blue = np.clip(np.rint(np.asarray(rgb, np.float64)), 0, 255).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def from_hex(code: str) -> Floats:
    """sRGB [3] in 0..255 of `#rrggbb`."""
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], np.float64)


_WEIGHTS = np.array((1.0, 1.6, 1.6))
"""Hue and chroma make a name more than lightness does."""
_MAX_EXAMPLES = max(map(len, EXAMPLES.values()))
_ROWS = [[from_hex(codes[row % len(codes)]) for codes in EXAMPLES.values()] for row in range(_MAX_EXAMPLES)]
_POINTS = oklab(_ROWS) * _WEIGHTS
"""[_MOST, NAMES, 3]: one example of each name in every row, those with fewer again from the first."""
