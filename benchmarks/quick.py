"""Real analyzers that need no weights and take milliseconds: for measurements of everything around them."""

from __future__ import annotations

from typing import Any

from analyzers.colors import ColorsAnalyzer
from analyzers.facts import FactsAnalyzer
from analyzers.lighting import LightingAnalyzer
from analyzers.quality import QualityAnalyzer

ROSTER: tuple[type[Any], ...] = (FactsAnalyzer, ColorsAnalyzer, LightingAnalyzer, QualityAnalyzer)
