"""Where a cue's evidence leads: `faces.faces.0.sharpness` is `features["faces"].finding.faces[0].sharpness`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from bus.events import Feature


class NoEvidence(LookupError):
    """A path that leads nowhere; the message says at which step."""


def resolve(features: Mapping[str, Feature], path: str) -> Any:
    """The value at `path`: an analyzer's name, then fields of its finding and positions in tuples, between dots.

    Raises NoEvidence when the analyzer is not there or found nothing, or when a step names no field or position.
    Only fields are looked at, never methods or private attributes.
    """
    name, *steps = path.split(".")
    feature = features.get(name)
    if feature is None or feature.status != "ok" or feature.finding is None:
        raise NoEvidence(f"{path}: there is no finding of {name!r}")
    value: Any = feature.finding
    for step in steps:
        value = _step(value, step, path)
    return value


def _step(value: Any, step: str, path: str) -> Any:
    if isinstance(value, BaseModel):
        value = {**value.__dict__, **(value.model_extra or {})}
    if isinstance(value, Mapping) and step in value:
        return value[step]
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    if is_list and step.isascii() and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    raise NoEvidence(f"{path}: nothing is called {step!r} there")
