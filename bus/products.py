"""The list of products. It is the one place of the core that names them; everything else asks here."""

from __future__ import annotations

import re
from typing import Any

from bus.analysis.product import ANALYSIS
from bus.earlier_events import earlier
from bus.events import EVENTS, Event
from bus.product import Product, Service
from bus.roast.product import ROAST
from bus.subjects import ANY
from bus.topology import AGGREGATOR, ANALYZE, MAX_DELIVERIES, SWEEPER, Durable

PRODUCTS: tuple[Product, ...] = (ROAST, ANALYSIS)
NAMES = tuple(product.name for product in PRODUCTS)
DEFAULT = ROAST
"""What a request is for that does not say."""

MODELS: tuple[type[Event], ...] = (*EVENTS, *(event for product in PRODUCTS for event in product.events))
"""The union of all events."""

_AFTER_JOIN = tuple(service for product in PRODUCTS for service in product.services)
_SERVICE_OF = {AGGREGATOR.name: "aggregator", **{each.durable.name: each.name for each in _AFTER_JOIN}}
SERVICES = tuple(_SERVICE_OF.values())
"""The services that a running Heckler has besides analyzers and gateways."""

_BY_NAME = {product.name: product for product in PRODUCTS}
_BY_TYPE = {str(model.model_fields["type"].default): model for model in MODELS}


def product(name: str) -> Product:
    """The product of this name. Raises KeyError."""
    return _BY_NAME[name]


def services() -> tuple[Service, ...]:
    """The services that take over after the join, of all products."""
    return _AFTER_JOIN


def durables() -> tuple[Durable, ...]:
    """Every durable consumer but those of the analyzers."""
    return (AGGREGATOR, SWEEPER, MAX_DELIVERIES, *(service.durable for service in _AFTER_JOIN))


def service_of(durable: str) -> str | None:
    """The name of the service that works on a durable consumer; None for one that no service is called after."""
    if durable.startswith(ANALYZE):
        return durable.removeprefix(ANALYZE)
    return _SERVICE_OF.get(durable)


def work_of(durable: str) -> str:
    """What the service with this durable does, in words; its name where it is an analyzer's."""
    return next((each.work for each in durables() if each.name == durable and each.work), durable)


def kinds_between() -> tuple[str, ...]:
    """The kinds of events that products store between a join and an ending, with `*` for what varies."""
    kinds = (event.KIND for product in PRODUCTS for event in product.events if event.STORED)
    return tuple(re.sub(r"\{\w+\}", ANY, kind) for kind in kinds if not kind.startswith("end."))


def without_id(event: Event) -> Event:
    """`event` with everything written out that follows from its request's id."""
    for each in PRODUCTS:
        event = each.without_id(event)
    return event


def parse(data: Any, subject: str = "") -> Event:
    """The event in `data`, which lies at `subject`. Raises ValueError (pydantic.ValidationError is one)."""
    if not isinstance(data, dict):
        raise ValueError(f"an event is a mapping, not {type(data).__name__}")
    if event := earlier(data, subject):
        return event
    kind = data.get("type")
    model = _BY_TYPE.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise ValueError(f"no event has the type {str(kind)[:64]!r}")
    return model.model_validate(data)
