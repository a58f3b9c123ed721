"""Real analyzers that need no weights and take milliseconds for a small photo: for tests of many photos."""

from __future__ import annotations

from typing import Any

from analyzers.colors import ColorsAnalyzer
from analyzers.facts import FactsAnalyzer
from analyzers.lighting import LightingAnalyzer
from analyzers.quality import QualityAnalyzer

ROSTER: tuple[type[Any], ...] = (FactsAnalyzer, ColorsAnalyzer, LightingAnalyzer, QualityAnalyzer)
