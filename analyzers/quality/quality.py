"""How well the picture is made, technically: sharpness, noise, compression, resolution, filters, bars."""

from __future__ import annotations

import math
from threading import Lock
from typing import Any, ClassVar, Literal, TypeAlias

import cv2
import numpy as np

from analyzers.base import Analyzer, Photo, Pixels, Weights, fit, practice_photo
from analyzers.quality.artifacts import blockiness, estimate_noise
from analyzers.quality.blur import halo_strength, judge_blur, laplacian_variance
from analyzers.quality.borders import Bars
from analyzers.quality.filters import Filter, find_filters, look_at
from analyzers.quality.overview import edges_of, gray_overview, overview, shrink
from bus.findings import Quality

AnyFilter: TypeAlias = Filter | Literal["oversharpened"]

NOISY = 4.5
"""Luma noise in grey levels from which a person sees grain in flat areas."""
BLOCKY = 1.68
"""A JPEG of quality 50 reaches 1.64, one of quality 10 at least 1.74 from 240 px on."""
LOW_RESOLUTION = 0.2
"""Megapixels without bars: less than a 500×400 picture looks lost on any screen."""
HALOS = 0.2
HALO_SIDE = 800
"""Long side at which halos are looked for: they are a pixel or two wide, and gone at 640 px."""


class QualityAnalyzer(Analyzer):
    """Technical quality from classic image measures, and BRISQUE where its weights are.

    BRISQUE: Mittal, Moorthy and Bovik, "No-reference image quality assessment in the spatial domain", TIP 2012, with
    the model of OpenCV's contrib repository trained on the LIVE database.
    """

    group: ClassVar[str] = "quality"
    version: ClassVar[str] = "1"
    model: str = "classic image measures"
    optional_weights: ClassVar[tuple[str, ...]] = ("brisque_model", "brisque_range")

    def __init__(self, weights: Weights) -> None:
        self._brisque: Any = None
        self._lock = Lock()  # OpenCV's scorer keeps its scratch images between calls
        if "brisque_model" in weights and "brisque_range" in weights:
            scorers: Any = cv2.quality
            self._brisque = scorers.QualityBRISQUE_create(str(weights["brisque_model"]), str(weights["brisque_range"]))
            self.model = "classic image measures + BRISQUE (LIVE)"

    def warm_up(self) -> None:
        """Looks once at nothing: OpenCV starts its threads and NumPy its FFT when they are first used."""
        self.analyze(practice_photo())

    def analyze(self, photo: Photo) -> Quality:
        """What is wrong and right with the picture inside of its bars."""
        whole = overview(photo)
        gray = gray_overview(photo)
        native = _unscaled(whole.bars, max(whole.across, whole.down)).trim(photo.gray)
        look = look_at(fit(whole.image, 256)[0])
        blur = judge_blur(gray, edges_of(photo))
        noise = estimate_noise(native)
        blocks = blockiness(native)
        filters: tuple[AnyFilter, ...] = find_filters(look)
        if halo_strength(shrink(native, HALO_SIDE)) > HALOS:
            filters = (*filters, "oversharpened")
        return Quality(
            brisque=self._score(whole.image),
            sharpness=laplacian_variance(gray),
            blur=blur.verdict,
            blur_kind=blur.kind,
            noise=noise.sigma,
            noisy=noise.sigma > NOISY and noise.even,
            blockiness=blocks,
            blocky=blocks > BLOCKY,
            megapixels=photo.width * photo.height / 1e6,
            low_resolution=native.size / 1e6 < LOW_RESOLUTION,
            saturation=look.saturation,
            filters=filters,
            borders=whole.bars.sides,
        )

    def _score(self, image: Pixels) -> float | None:
        """BRISQUE in 0..100; None without its weights or where its statistics do not exist.

        At 640 px, near the 768×512 px of the database that the model was trained on.
        """
        if self._brisque is None or min(image.shape[:2]) < 64 or float(np.std(image)) < 1:
            return None
        with self._lock:
            score = float(self._brisque.compute(np.ascontiguousarray(image))[0])
        return min(100.0, max(0.0, score)) if math.isfinite(score) else None


def _unscaled(bars: Bars, scale: float) -> Bars:
    """The same bars in pixels of the unscaled photo, rounded so that nothing of a bar remains."""
    return Bars(*(math.ceil(width * scale) for width in (bars.left, bars.right, bars.top, bars.bottom)))
