"""Plain, striped, checked or patterned: what a piece of cloth looks like, by the spectrum of small patches. Pure.

The rule: the cloth is seen at three scales, its wearer's shoulders 192, 96 and 48 pixels wide; at each, patches of 32
pixels that lie on the cloth are freed of light and shading (their best plane is taken out), windowed and transformed,
and the even noise of the sensor is taken out of the spectrum. Folds, lapels and buttons have most of their energy in
the lowest frequencies; a weave or a print has it above. Stripes put what is above onto one line through the origin,
checks (and any other grid, of dots too) onto two at right angles. Patches vote. So stripes are found whose period is
a fiftieth to a quarter of the shoulders' width.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels
from analyzers.quality.color_names import oklab

Floats: TypeAlias = NDArray[np.floating[Any]]
Mask: TypeAlias = NDArray[np.uint8]
Pattern: TypeAlias = Literal["plain", "striped", "checked", "patterned"]

SCALES = (192, 96, 48)
"""Widths of the shoulders in pixels at which the cloth is looked at."""

PATCH, STEP = 32, 16
"""Side of a patch and the distance from one to the next, in pixels."""

LOWEST, HIGHEST = 2.5, 13.0
"""Cycles in a patch that count as texture: fewer are folds and edges, more show the level of the noise."""

CONTRAST = 0.024
"""Standard deviation in OKLab from which a texture is seen: some six grey levels."""

TEXTURE = 0.5
"""Share of a patch's energy that is texture, from which it is one."""

LINE, CROSS = 0.62, 0.16
"""Share of the texture on one line through the origin that makes stripes; share on the second one that makes checks."""

FEW = 4
"""Patches below which the cloth is too small to be judged at a scale."""

SOME, MANY = 0.3, 0.5
"""Share of the patches that has to agree on stripes or checks, and on a pattern of any kind."""


class Votes(NamedTuple):
    """How many patches there are at a scale, and the shares that are striped, checked, and textured in any way."""

    patches: int
    striped: float
    checked: float
    textured: float


def judge_pattern(bgr: Pixels, mask: Mask, shoulders: float) -> Pattern:
    """The pattern of the cloth in `mask` [height, width] (not 0: cloth) of `bgr` [height, width, 3].

    `shoulders` is their width in pixels. Cloth too small to be judged is plain.
    """
    found = [votes for scale in SCALES if (votes := _vote(bgr, mask, scale / max(shoulders, 1e-6))).patches >= FEW]
    regular = max(found, key=lambda each: each.striped + each.checked, default=None)
    if regular is None:
        return "plain"
    if regular.striped + regular.checked >= SOME:
        return "checked" if regular.checked > regular.striped else "striped"
    return "patterned" if max(each.textured for each in found) >= MANY else "plain"


def _vote(bgr: Pixels, mask: Mask, factor: float) -> Votes:
    """The votes of the patches with the photo scaled by `factor`; none where it would have to be enlarged a lot."""
    height, width = (round(side * factor) for side in mask.shape)
    if factor > 1.5 or min(height, width) < PATCH:
        return Votes(0, 0, 0, 0)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    lab = oklab(cv2.resize(bgr, (width, height), interpolation=how)[:, :, ::-1])
    cloth = cv2.resize((mask > 0).astype(np.float32), (width, height), interpolation=cv2.INTER_AREA) > 0.99
    patches = list(_patches(lab, cloth))
    if not patches:
        return Votes(0, 0, 0, 0)
    kinds = [_kind(power) for power in _power(np.stack(patches))]
    count = len(kinds)
    striped, checked = (kinds.count(kind) / count for kind in ("striped", "checked"))
    return Votes(count, striped, checked, 1 - kinds.count("plain") / count)


def _patches(lab: Floats, cloth: NDArray[np.bool_]) -> Iterator[Floats]:
    """The patches [32, 32, 3] that lie on the cloth, but for a tenth of their area."""
    height, width = cloth.shape
    for top in range(0, height - PATCH + 1, STEP):
        for left in range(0, width - PATCH + 1, STEP):
            if cloth[top : top + PATCH, left : left + PATCH].mean() >= 0.9:
                yield lab[top : top + PATCH, left : left + PATCH]


def _power(patches: Floats) -> Floats:
    """Power spectra [n, 32, 32] of patches [n, 32, 32, 3], origin in the middle, lightness and both hues together.

    They add up to the variance of what is left of a patch without its plane.
    """
    flat = patches.reshape(len(patches), PATCH * PATCH, 3)
    plane, fit = _plane()
    rest = flat - plane @ (fit @ flat)
    window = np.outer(np.hanning(PATCH), np.hanning(PATCH))
    windowed = rest.reshape(patches.shape) * window[None, :, :, None]
    spectra = np.abs(np.fft.fft2(windowed, axes=(1, 2))) ** 2 / (PATCH**2 * (window**2).sum())
    return np.fft.fftshift(spectra.sum(axis=3), axes=(1, 2))


@cache
def _plane() -> tuple[Floats, Floats]:
    """[1024, 3]: one, x and y of every pixel of a patch; [3, 1024]: what gives the coefficients of the best plane."""
    y, x = np.indices((PATCH, PATCH)).reshape(2, -1)
    plane = np.stack([np.ones(PATCH * PATCH), x - PATCH / 2, y - PATCH / 2], axis=1)
    return plane, np.linalg.pinv(plane)


@cache
def _frequencies() -> tuple[Floats, Floats, Floats]:
    """Cycles in a patch along x and along y, and in all, of every place of a spectrum [32, 32]."""
    v, u = np.indices((PATCH, PATCH)) - PATCH // 2
    return u.astype(float), v.astype(float), np.hypot(u, v)


def _kind(power: Floats) -> Pattern:
    """What one patch looks like, by its spectrum."""
    u, v, cycles = _frequencies()
    power = np.maximum(power - power[cycles > HIGHEST].mean(), 0.0)
    is_texture = (cycles >= LOWEST) & (cycles <= HIGHEST)
    texture = np.where(is_texture, power, 0.0)
    total, whole = float(texture.sum()), float(power[cycles <= HIGHEST].sum())
    if total < CONTRAST**2 or total < TEXTURE * whole:
        return "plain"
    row, column = np.unravel_index(int(texture.argmax()), texture.shape)
    direction = np.array([u[row, column], v[row, column]]) / cycles[row, column]
    across = np.abs(u * -direction[1] + v * direction[0])
    along = np.abs(u * direction[0] + v * direction[1])
    first, second = (float(texture[distance <= 1.6].sum()) / total for distance in (across, along))
    if second >= CROSS and first + second >= LINE:
        return "checked"
    return "striped" if first >= LINE else "patterned"
