"""Makes `docs/analyzers.md` from the analyzers themselves, so that it cannot be wrong."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from analyzers.base import declared
from analyzers.runtime.registry import GROUPS, wiring_of
from analyzers.weights.manifest import Entry, load_manifest

FOLDER = Path(__file__).parents[2] / "docs" / "analyzers"
"""Where the drawn examples are, and the times of the last measurement."""

_HEAD = """# The analyzers

What looks at a photo, in which order, with which models, and what it says. This page is made by
`heckler analyzers --markdown`, the drawings by `heckler look PHOTO --draw docs/analyzers`, the times (medians in ms
on two cores of a shared virtual machine) by `python -m benchmarks.analyzers PHOTO… --json docs/analyzers/times.json`.
Boxes and points are in pixels of the normalised photo, the origin at its top left. The drawings stand over a mosaic:
this repository holds no photographs of people.

"""


def markdown(roster: tuple[type[Any], ...]) -> str:
    """The whole page, newline-terminated."""
    return _HEAD + "\n".join(_page(roster))


def _page(roster: tuple[type[Any], ...]) -> Iterator[str]:
    manifest, times = load_manifest(), _times()
    yield "| analyzer | group | needs | ms |\n|---|---|---|--:|"
    for cls in _by_group(roster):
        name, needs = wiring_of(cls).name, ", ".join(wiring_of(cls).needs) or "the photo"
        yield f"| [{name}](#{name}) | {cls.group} | {needs} | {times.get(name, '–')} |"
    for cls in _by_group(roster):
        yield from _section(cls, manifest)


def _by_group(roster: tuple[type[Any], ...]) -> list[type[Any]]:
    return sorted(roster, key=lambda cls: GROUPS.index(cls.group))


def _times() -> dict[str, float]:
    file = FOLDER / "times.json"
    times: dict[str, float] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return times


def _section(cls: type[Any], manifest: Mapping[str, Entry]) -> Iterator[str]:
    wiring = wiring_of(cls)
    yield f"\n## {wiring.name}\n\n{inspect.getdoc(cls)}\n"
    if (FOLDER / f"{wiring.name}.svg").is_file():
        yield f'<img src="analyzers/{wiring.name}.svg" alt="{wiring.name} drawn on an example" width="420">\n'
    yield from _weights(cls, manifest)
    yield f"**Says** `{wiring.returns.__name__}`: {inspect.getdoc(wiring.returns)}\n"
    yield "| field | type | meaning |\n|---|---|---|"
    for path, kind, meaning in fields(wiring.returns):
        yield f"| `{path}` | {kind} | {meaning} |"


def _weights(cls: type[Any], manifest: Mapping[str, Entry]) -> Iterator[str]:
    roles = {"weights": "needed", "any_of": "one of these, the best first", "optional_weights": "makes it better"}
    rows = [(name, role) for kind, role in roles.items() for name in declared(cls, kind)]
    if not rows:
        yield "**Weights** none to fetch.\n"
        return
    yield "| weights | | licence | source |\n|---|---|---|---|"
    for name, role in dict(rows).items():
        entry = manifest[name]
        licence = entry.licence if entry.asks_for is None else f"{entry.licence} (`--accept {entry.asks_for}`)"
        yield f"| `{name}` | {role} | {_cell(licence)} | {_cell(entry.source)} |"
    yield ""


def fields(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str, str]]:
    """Path, type and meaning of every field of a finding, those of its parts included."""
    for name, field in model.model_fields.items():
        if name == "kind" and not path:
            continue
        inner = _model_in(field.annotation)
        many = "[]" if _is_tuple(field.annotation) and inner else ""
        yield f"{path}{name}{many}", _kind(field), _cell(field.description or _own_words(inner))
        if inner and inner.__name__ not in ("Box", "Color"):
            yield from fields(inner, f"{path}{name}{many}.")


def _own_words(model: type[BaseModel] | None) -> str:
    return (inspect.getdoc(model) or "").split("\n")[0] if model else ""


def _is_tuple(annotation: Any) -> bool:
    return get_origin(annotation) is tuple


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation is made of, if any: of `tuple[Face, ...]` it is Face."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _kind(field: FieldInfo) -> str:
    if any(type(each).__name__ == "WithJsonSchema" for each in field.metadata):
        return "float32 array"
    return _cell(_named(field.annotation))


def _named(annotation: Any) -> str:
    """An annotation as a reader says it."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " ".join(f"`{each}`" for each in parts) if len(parts) <= 12 else f"one of {len(parts)} words"
    if origin in (Union, UnionType):
        return " or ".join("nothing" if part is type(None) else _named(part) for part in parts)
    if origin is Annotated:
        return _named(parts[0])
    if origin is tuple:
        return f"list of {_named(parts[0])}" if Ellipsis in parts else f"{len(parts)} × {_named(parts[0])}"
    if origin is dict:
        return f"{_named(parts[1])} by name"
    name = str(annotation.__name__)
    return {"float": "number", "int": "whole number", "str": "text", "bool": "yes or no"}.get(name, name)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
