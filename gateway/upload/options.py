"""What a client may ask for besides the photo, and who then looks at it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError, field_validator

from bus.client import ServiceInfo
from bus.events import Style, Submitted
from gateway.http.problems import Problem


class Options(Style):
    """The form fields beside `photo`; also the body of an encore."""

    wants: Literal["roast", "analysis"] = Field("roast", description="`analysis` stops when the findings are together")
    analyzers: tuple[str, ...] | None = Field(
        None, description="names, with commas between: only these and what they need; default: all that are running"
    )

    @field_validator("analyzers", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(filter(None, (name.strip() for name in value.split(",")))) if isinstance(value, str) else value

    @property
    def style(self) -> Style:
        return Style(**self.model_dump(include=set(Style.model_fields)))


def read_options(fields: Mapping[str, str], personas: Collection[str]) -> Options:
    """The options in a form's fields; an empty one counts as absent. Raises Problem `bad_option`, `unknown_persona`."""
    given = {name: value for name, value in fields.items() if value.strip()}
    try:
        options = Options.model_validate(given)
    except ValidationError as error:
        raise _bad_option(error) from error
    if options.wants == "roast" and options.persona not in personas:
        detail = f"`persona` is {options.persona!r}; there are: {', '.join(sorted(personas)) or 'none'}."
        raise Problem("unknown_persona", detail, field="persona", allowed=sorted(personas))
    return options


def for_encore(fields: Mapping[str, str], parent: Submitted) -> dict[str, str]:
    """The fields of an encore: its parent's, but for those that `fields` change.

    Without a seed of its own an encore is a new throw of the dice, or nobody would ask for one.
    """
    style = parent.style.model_dump(exclude={"seed"})
    return {**{name: str(value) for name, value in style.items()}, "wants": parent.wants, **fields}


def expected(alive: Mapping[str, ServiceInfo], wanted: Collection[str] | None) -> tuple[str, ...]:
    """Whom the join waits for: those at work whose needs are at work, all of them or only `wanted` and their needs.

    Raises Problem `unknown_analyzer` when one that was asked for cannot work, `no_analyzers` when nobody can.
    """
    able = {name for name, analyzer in alive.items() if not analyzer.missing}
    while unable := {name for name in able if not able.issuperset(alive[name].needs)}:
        able -= unable
    if not able:
        raise Problem("no_analyzers", "No analyzer that can work has been heard of in the last seconds.")
    if wanted is None:
        return tuple(sorted(able))
    for name in wanted:
        if name not in able:
            raise _unavailable(name, alive, able)
    chosen = set(wanted)
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


def _bad_option(error: ValidationError) -> Problem:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])[:64]
    if first["type"] == "extra_forbidden":
        names = list(Options.model_fields)
        return Problem("bad_option", f"There is no option {name!r}; there are: {', '.join(names)}.", allowed=names)
    allowed = [str(value) for value in get_args(Options.model_fields[name].annotation) if isinstance(value, str)]
    rule = f"allowed are {', '.join(allowed)}" if allowed else first["msg"]
    shown = str(first["input"])[:64]
    return Problem("bad_option", f"`{name}` is {shown!r}; {rule}.", field=name, allowed=allowed)
