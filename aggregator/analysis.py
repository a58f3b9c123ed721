"""What follows the join of an analysis: its ending."""

from __future__ import annotations

from collections.abc import Mapping

from bus.analysis.product import Analyzed
from bus.events import Event, Feature, Joined, Submitted


def after_join(submitted: Submitted, joined: Joined, features: Mapping[str, Feature]) -> Event:
    """The ending: the findings are events of their own."""
    return Analyzed(id=joined.id, at=joined.at)
