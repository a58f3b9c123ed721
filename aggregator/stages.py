"""What each product does after a join, loaded once: a function from the request, its join and its features to an event.

The functions are named where the products are registered (`bus/products.py`).
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping

from bus.events import Event, Failed, Feature, Joined, Submitted
from bus.products import PRODUCTS

Stage = Callable[[Submitted, Joined, Mapping[str, Feature]], Event]


def load() -> Mapping[str, Stage]:
    """Product → its stage. Raises ImportError, AttributeError for one that is not where its product says."""
    return {product.name: pkgutil.resolve_name(product.after_join) for product in PRODUCTS}


def unknown(submitted: Submitted, joined: Joined, features: Mapping[str, Feature]) -> Event:
    """The stage of a product that this version does not know: another one of the cluster took the request."""
    return Failed(
        id=joined.id,
        at=joined.at,
        code="unknown_product",
        detail=f"This version of Heckler does not know the product {submitted.product[:32]!r}.",
        hint="Send the photo again once all of Heckler here is of one version.",
    )
