"""How a roast should sound: the options of the product."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import Field

from bus.events import Submitted
from bus.findings import Frozen


class Style(Frozen):
    """How the roast should sound. Only writers read it."""

    persona: str = Field("critic", max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    heat: Literal["gentle", "medium", "savage"] = "medium"
    length: Literal["short", "medium", "long"] = "medium"
    language: str = Field("en", max_length=16, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")
    seed: int | None = Field(None, ge=0, lt=2**53, description="same photo, seed and style: same house roast")


def style_of(submitted: Submitted) -> Style:
    """The style that a request asks for; the default one where it is no roast. Raises pydantic.ValidationError."""
    known = {name: value for name, value in submitted.options.items() if name in Style.model_fields}
    return Style.model_validate(known)


def drawn_seed(id: str) -> int:
    """The seed of a request that names none: drawn from its id, so that writing it again gives the same words."""
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:6], "big")


def seeded(style: Style, id: str) -> Style:
    """`style` with the seed that the request `id` drew for itself, if it names none: same dice, same words."""
    return style if style.seed is not None else style.model_copy(update={"seed": drawn_seed(id)})
