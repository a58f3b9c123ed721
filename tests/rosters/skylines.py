"""The analyzer of docs/examples/skyline, one that needs its finding, and some that a roast can be made of."""

from __future__ import annotations

from typing import Any, Literal

from heckler_skyline import Skyline, SkylineAnalyzer
from swift import ROSTER as SWIFT

from analyzers.base import Analyzer
from bus.findings import Finding


class Peak(Finding):
    kind: Literal["peak"] = "peak"
    height: float


class PeakAnalyzer(Analyzer):
    group, version, model = "scene", "1", "arithmetic"

    def analyze(self, skyline: Skyline) -> Peak:
        return Peak(height=float(skyline.heights.max()))


ROSTER: tuple[type[Any], ...] = (*SWIFT, SkylineAnalyzer, PeakAnalyzer)
