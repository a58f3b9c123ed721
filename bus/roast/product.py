"""The product "roast", as it is registered."""

from __future__ import annotations

from bus.events import Event, Submitted
from bus.product import Product, Service
from bus.roast.events import Cued, JoinedWithCues, Line, Roast
from bus.roast.style import Style, seeded, style_of
from bus.subjects import ANY, event
from bus.topology import PATIENT, Durable

NAME = "roast"
WRITER = Durable(
    "write",
    # those that an earlier version joined have their cues in the join
    (event(ANY, Cued.KIND), event(ANY, JoinedWithCues.KIND)),
    max_deliver=PATIENT,
    work="writing the roast",
)


def without_id(event: Event) -> Event:
    """`event` with the seed that its request's id draws written down."""
    match event:
        case Submitted(product=product) if product == NAME:
            return event.model_copy(update={"options": seeded(style_of(event), event.id).model_dump()})
        case Cued(style=style) | JoinedWithCues(style=Style() as style):
            return event.model_copy(update={"style": seeded(style, event.id)})
    return event


ROAST = Product(
    NAME,
    options=Style,
    events=(Cued, Line, Roast),
    after_join="aggregator.roast.stage:after_join",
    follows=(Cued.KIND,),
    services=(
        Service("writer", WRITER, ("line.*.*", Roast.KIND, "end.failed"), hears=("end.cancelled", "end.failed")),
    ),
    folders=("personas",),
    drawn_anew=("seed",),
    without_id=without_id,
)
