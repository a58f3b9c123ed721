"""The products at the gateway, by name. One that is not listed has the document of every request, and no check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bus.history import History
from bus.settings import Settings
from gateway.products import roast
from gateway.snapshot import Links, Snapshot, core_snapshot
from gateway.upload.options import Asked


async def _unchecked(asked: Asked, settings: Settings) -> None:
    """The model of the options says it all."""


@dataclass(frozen=True)
class View:
    """What the gateway adds for one product."""

    document: Callable[[History, Snapshot], Snapshot]
    """The document, from the history and what every request's document has."""
    links: Callable[[str], Links]
    check: Callable[[Asked, Settings], Awaitable[None]] = _unchecked
    """Raises Problem for options that cannot be served here."""


_CORE = View(lambda _, core: core, Links.of)
_VIEWS: Mapping[str, View] = {"roast": View(roast.document, roast.RoastLinks.of, roast.check)}
AnySnapshot = roast.RoastSnapshot | Snapshot
AnyLinks = roast.RoastLinks | Links


def view_of(product: str) -> View:
    """What the gateway adds for this product."""
    return _VIEWS.get(product, _CORE)


def snapshot(history: History, ahead: int | None = 0) -> Snapshot | None:
    """The document of a request; None when its history holds no submission (unknown, erased or expired).

    `ahead` is the request's place in the queue, which its history does not tell.
    """
    core = core_snapshot(history, ahead)
    return core and view_of(core.product).document(history, core)
