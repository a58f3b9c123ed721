"""Which class a finding is read into, by its kind. The union is open: what has no class here is carried as it came.

The findings of this repository are known to every process; those of a roster are registered when it is loaded.
Processes that load none (the gateway, the aggregator, the writer) read the latter as `UnknownFinding`: they pass them
on byte for byte, and need not import any analyzer (decision 32).
"""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Any, Union

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo, model_serializer
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_wrap_validator_function, simple_ser_schema, union_schema

from bus.findings.arrays import plain
from bus.findings.base import Finding

_classes: dict[str, type[Finding]] = {}


class UnknownFinding(Finding):
    """A finding of a kind that this process has no class for: its `kind`, and whatever else it says."""

    model_config = ConfigDict(extra="allow")

    @model_serializer(mode="plain")
    def _as_it_came(self, info: SerializationInfo) -> dict[str, Any]:
        said = {"kind": self.kind, **(self.model_extra or {})}
        return dict(plain(said)) if info.mode == "json" else said

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described = {"title": cls.__name__, "description": cls.__doc__, "required": ["kind"]}
        return {"type": "object", **described, "properties": {"kind": {"type": "string"}}, "additionalProperties": True}


def kind_of(finding: type[Finding]) -> str:
    """The name of a kind of finding, `faces` for Faces. Raises TypeError for a class that has none."""
    kind = finding.model_fields["kind"].default
    if not kind or not isinstance(kind, str):
        raise TypeError(f'{finding.__name__} has no kind: give it one, such as `kind: Literal["mood"] = "mood"`')
    return kind


def register(finding: type[Finding]) -> None:
    """Has findings of its kind read into this class from now on. Raises TypeError when another class has the kind."""
    first = _classes.setdefault(kind_of(finding), finding)
    if first is not finding:
        names = " and ".join(f"{each.__module__}.{each.__qualname__}" for each in (first, finding))
        raise TypeError(f"two findings have the kind {kind_of(finding)!r}: {names}")


def written_in(module: ModuleType) -> tuple[type[Finding], ...]:
    """The findings that are written in `module`, in its order; not those that it imports."""
    classes = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    return tuple(each for each in classes if issubclass(each, Finding))


def read(value: Any) -> Finding:
    """The finding in `value`, in its kind's class where there is one here. ValueError for a bad one, or for none."""
    if isinstance(value, Finding):
        return value
    kind = value.get("kind") if isinstance(value, dict) else None
    if not kind or not isinstance(kind, str):
        raise PydanticCustomError("finding", "a finding is an object that says its kind")
    return _classes.get(kind, UnknownFinding).model_validate(value)


class AnyKind:
    """Annotates a field that holds a finding: one of those `known` at the start, or of any other kind.

    The known ones are told apart by pydantic itself; Python looks only at what is none of them, and once more at a
    known one that is malformed. The schema lists the known ones and `UnknownFinding`.
    """

    def __init__(self, known: tuple[type[Finding], ...]) -> None:
        self._closed = Annotated[Union[known], Field(discriminator="kind")]  # noqa: UP007

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        known, unknown = handler.generate_schema(self._closed), handler.generate_schema(UnknownFinding)
        other = no_info_wrap_validator_function(lambda value, _: read(value), unknown)
        as_it_is = simple_ser_schema("any")
        return union_schema([(known, "known"), (other, "other")], mode="left_to_right", serialization=as_it_is)
