"""What the findings of every group are made of: values, boxes, points, colours."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Score = Annotated[float, Field(ge=0, le=1)]

Point = tuple[float, float]


class Frozen(BaseModel):
    """A value: immutable, and strict about names, so that a typo never becomes silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FrozenArrays(Frozen):
    """A value with arrays among its fields: equal when all of them are."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self.__dict__, other.__dict__
        return all(_equal(mine[name], theirs[name]) for name in type(self).model_fields)


def _equal(a: Any, b: Any) -> bool:
    return bool((a.shape == b.shape and (a == b).all()) if hasattr(a, "shape") else a == b)


class Box(Frozen):
    """An axis-aligned rectangle in pixels: left, top, width, height. It may reach outside the photo."""

    x: float
    y: float
    w: float
    h: float


class Color(Frozen):
    """One dominant colour."""

    name: str = Field(description="an everyday English colour name from a closed list")
    hex: str = Field(pattern=r"^#[0-9a-f]{6}$")
    share: Score
    center: Point = Field(description="mean position of its pixels")


class Finding(Frozen):
    """The base of every finding. Its `kind` is the name that other analyzers, the join and the page know it by."""

    kind: str = ""

    def is_empty(self) -> bool:
        """Whether the analyzer looked and found nothing; those who need the finding then skip."""
        return False
