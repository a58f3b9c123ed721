"""The product "analysis", as it is registered, and its one event."""

from __future__ import annotations

from typing import Literal

from bus.events import Event
from bus.findings import Frozen
from bus.product import Product


class NoOptions(Frozen):
    """An analysis can be asked for nothing but its analyzers, which every request can."""


class Analyzed(Event):
    """The findings are together, and that was all that was wanted. The join says which are missing."""

    KIND = "end.analyzed"
    type: Literal["analyzed"] = "analyzed"


ANALYSIS = Product(
    "analysis",
    options=NoOptions,
    events=(Analyzed,),
    after_join="aggregator.analysis:after_join",
    follows=(Analyzed.KIND,),
)
