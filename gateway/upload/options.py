"""What a client may ask for besides the photo, and who then looks at it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import Field, ValidationError, field_validator

from bus.client import ServiceInfo
from bus.events import Submitted
from bus.findings import Frozen
from bus.product import Product
from bus.products import DEFAULT, NAMES, PRODUCTS, product
from gateway.http.problems import Problem

PRODUCT, WANTS = "product", "wants"
"""A field of every request, and what it was called before."""
OF_ALL = frozenset(name for product in PRODUCTS for name in product.options.model_fields)


class Common(Frozen):
    """The fields of every request, beside the photo and the options of its product."""

    product: str = Field(DEFAULT.name, description="what is made of the findings")
    analyzers: tuple[str, ...] | None = Field(
        None, description="names, with commas between: only these and what they need; default: all that are running"
    )

    @field_validator("product")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in NAMES:
            raise ValueError(f"allowed are {', '.join(NAMES)}")
        return value

    @field_validator("analyzers", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(filter(None, (name.strip() for name in value.split(",")))) if isinstance(value, str) else value


@dataclass(frozen=True)
class Asked:
    """What a client asks for besides the photo."""

    product: Product
    options: Frozen
    analyzers: tuple[str, ...] | None


def read_options(fields: Mapping[str, str], only: str | None = None) -> Asked:
    """What a form's fields ask for; an empty one counts as absent. Raises Problem `bad_option`.

    `only`: the product that requests at this address are for. An option of another product is left out: a page may
    send one form for all, and another request about a photo may be for another product.
    """
    given = {name: value for name, value in fields.items() if value.strip()}
    if WANTS in given:
        given.setdefault(PRODUCT, given.pop(WANTS))
    if only is not None and given.setdefault(PRODUCT, only) != only:
        shown = given[PRODUCT][:64]
        raise Problem("bad_option", f"`product` is {shown!r}; allowed is {only}.", field=PRODUCT, allowed=[only])
    common = _read(Common, {name: given.pop(name) for name in Common.model_fields if name in given})
    chosen = product(common.product)
    if unknown := given.keys() - OF_ALL:
        names = [*Common.model_fields, *chosen.options.model_fields]
        detail = f"There is no option {min(unknown)[:64]!r}; there are: {', '.join(names)}."
        raise Problem("bad_option", detail, allowed=names)
    own = {name: value for name, value in given.items() if name in chosen.options.model_fields}
    return Asked(chosen, _read(chosen.options, own), common.analyzers)


def for_variant(fields: Mapping[str, str], parent: Submitted) -> dict[str, str]:
    """The fields of another request about the photo of `parent`: its options, but for those that `fields` change, and
    but for those that are drawn anew."""
    drawn = product(parent.product).drawn_anew if parent.product in NAMES else ()
    options = {name: str(value) for name, value in parent.options.items() if name not in drawn and value is not None}
    mine = {PRODUCT: parent.product, **options, **fields}
    if WANTS in fields and PRODUCT not in fields:
        del mine[PRODUCT]
    return mine


M = TypeVar("M", bound=Frozen)


def _read(model: type[M], values: Mapping[str, str]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _bad_option(model, error) from error


def expected(
    alive: Mapping[str, ServiceInfo], wanted: Collection[str] | None, groups: Collection[str] = DEFAULT.groups
) -> tuple[str, ...]:
    """The analyzers that the join waits for: of those at work whose needs are at work, all of `groups`, or `wanted`;
    and what they need.

    Raises Problem `unknown_analyzer` when one that was asked for cannot work, `no_analyzers` when nobody can.
    """
    able = {name for name, analyzer in alive.items() if not analyzer.missing}
    while unable := {name for name in able if not able.issuperset(alive[name].needs)}:
        able -= unable
    if not able:
        raise Problem("no_analyzers", "No analyzer that can work has been heard of in the last seconds.")
    for name in wanted or ():
        if name not in able:
            raise _unavailable(name, alive, able)
    chosen = {name for name in able if alive[name].group in groups} if wanted is None else set(wanted)
    if wanted is None and not chosen:
        raise Problem("no_analyzers", f"None of the groups {', '.join(groups)} is at work.")
    while more := {need for name in chosen for need in alive[name].needs} - chosen:
        chosen |= more
    return tuple(sorted(chosen))


def _unavailable(name: str, alive: Mapping[str, ServiceInfo], able: Collection[str]) -> Problem:
    why = "does not run"
    if name in alive:
        missing = alive[name].missing
        why = f"lacks its weights ({', '.join(missing)})" if missing else "needs another that does not run"
    there = ", ".join(sorted(able))
    detail = f"`analyzers` names {name[:64]!r}, which {why}; there are: {there}."
    return Problem("unknown_analyzer", detail, field="analyzers", allowed=sorted(able))


def _bad_option(model: type[Frozen], error: ValidationError) -> Problem:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])[:64]
    allowed = [str(value) for value in get_args(model.model_fields[name].annotation) if isinstance(value, str)]
    rule = f"allowed are {', '.join(allowed)}" if allowed else first["msg"]
    shown = str(first["input"])[:64]
    return Problem("bad_option", f"`{name}` is {shown!r}; {rule}.", field=name, allowed=allowed)
