"""Real analyzers that need no weights and take milliseconds: for measurements of everything around them."""

from __future__ import annotations

from typing import Any

from analyzers.quality.colors import ColorsAnalyzer
from analyzers.quality.lighting import LightingAnalyzer
from analyzers.quality.quality import QualityAnalyzer
from analyzers.scene.facts import FactsAnalyzer

ROSTER: tuple[type[Any], ...] = (FactsAnalyzer, ColorsAnalyzer, LightingAnalyzer, QualityAnalyzer)
