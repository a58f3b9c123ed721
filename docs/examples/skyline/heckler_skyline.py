"""A package of its own for Heckler: an analyzer, its finding, and a roster that adds it to Heckler's own."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from analyzers.base import Analyzer, Photo, fit
from analyzers.roster import ROSTER as OURS
from bus.findings import Finding, FloatArray, Score


class Skyline(Finding):
    """Where the light changes most on the way down, from the left to the right of the picture."""

    kind: Literal["skyline"] = "skyline"
    ruggedness: Score = Field(description="highest less lowest point of the line, as a share of the photo's height")
    heights: FloatArray = Field(description="[columns] from the left; 0 is the bottom of the photo, 1 the top")


class SkylineAnalyzer(Analyzer):
    """The largest step of lightness in every column of pixels, at 128 pixels on the long side."""

    group, version, model = "scene", "1", "steps of lightness"

    def analyze(self, photo: Photo) -> Skyline:
        """The line over the whole photo. Raises UnreadablePhoto."""
        light = fit(photo.gray, 128)[0].astype(np.float32)
        steps = np.abs(np.diff(light, axis=0)).argmax(axis=0) + 1
        heights = 1 - steps / len(light)
        return Skyline(ruggedness=float(np.ptp(heights)), heights=heights)


ROSTER = (*OURS, SkylineAnalyzer)
