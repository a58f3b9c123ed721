"""Writers: whoever turns a brief into a roast."""

from __future__ import annotations

from bus.settings import Settings
from llm.writers.base import Piece, Writer
from llm.writers.house import HouseWriter

__all__ = ["HouseWriter", "Piece", "Writer", "choose"]


def choose(settings: Settings) -> Writer:
    """The writer that the settings ask for. `auto` is the best one at hand, which is the house writer."""
    return HouseWriter()
