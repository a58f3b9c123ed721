"""Analyzers that take no time: one that always finds a cue, and real ones that look at the photo."""

from __future__ import annotations

from typing import Any

from analyzers.quality.colors import ColorsAnalyzer
from analyzers.quality.lighting import LightingAnalyzer
from analyzers.quality.quality import QualityAnalyzer
from benchmarks.instant import ROSTER as INSTANT

ROSTER: tuple[type[Any], ...] = (INSTANT[0], ColorsAnalyzer, LightingAnalyzer, QualityAnalyzer)
