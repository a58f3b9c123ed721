"""What a request may be for. A product is registered once, in `bus/products.py`; the core knows only this class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bus.events import Event
from bus.findings import Frozen
from bus.topology import Durable

GROUPS = ("face", "body", "demographics", "scene", "quality")
"""The groups of analyzers that are at work by default."""


def _unchanged(event: Event) -> Event:
    return event


@dataclass(frozen=True)
class Service:
    """A service that works on requests of one product, after their join."""

    name: str
    durable: Durable
    publishes: tuple[str, ...]
    """Kinds of events that it stores."""
    hears: tuple[str, ...] = ()
    """Kinds of events that it listens to as they happen."""


@dataclass(frozen=True)
class Product:
    """What a request may be for, and all that the core has to know of it."""

    name: str
    options: type[Frozen]
    """The model of `Submitted.options`. Every field has a default."""
    events: tuple[type[Event], ...]
    """The kinds of events that its requests have besides those of every request."""
    after_join: str
    """`module:function` in the aggregator, which loads it at its start. It takes the request (Submitted), its join
    (Joined) and the features by analyzer, and returns the event that follows the join."""
    follows: tuple[str, ...]
    """Kinds of events that may follow its join, besides a failure."""
    groups: tuple[str, ...] = GROUPS
    """The groups whose analyzers look at its photos."""
    services: tuple[Service, ...] = ()
    """The services that take over after that event."""
    folders: tuple[str, ...] = ()
    """Folders of its own in the data folder."""
    drawn_anew: tuple[str, ...] = ()
    """Options that another request about the same photo does not take over: it is asked for to be another."""
    without_id: Callable[[Event], Event] = _unchanged
    """An event with everything written out that follows from its request's id: an export has another id."""
