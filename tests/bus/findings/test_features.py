"""The findings stand by group, and everybody gets them from one place."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from analyzers.roster import ROSTER
from analyzers.runtime.registry import FINDINGS, GROUPS, wiring_of
from bus import findings

MODULES = [importlib.import_module(f"bus.findings.{name}") for name in ("base", *GROUPS)]


def models_of(module: ModuleType) -> list[Any]:
    """The models that are written in `module`, not those that it imports."""
    written = [each for each in vars(module).values() if getattr(each, "__module__", None) == module.__name__]
    return [each for each in written if isinstance(each, type) and issubclass(each, BaseModel)]


@pytest.mark.parametrize("analyzer", ROSTER, ids=[wiring_of(each).name for each in ROSTER])
def test_a_finding_stands_in_the_module_of_its_analyzers_group(analyzer: type[Any]) -> None:
    assert wiring_of(analyzer).returns.__module__ == f"bus.findings.{analyzer.group}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_model_can_be_imported_from_one_place(module: ModuleType) -> None:
    models = models_of(module)
    assert models
    for model in models:
        assert getattr(findings, model.__name__, None) is model
        assert model.__name__ in findings.__all__


def test_every_finding_is_one_that_an_event_can_carry() -> None:
    written = [each for module in MODULES for each in models_of(module) if issubclass(each, findings.Finding)]
    assert {*written} - {findings.Finding} == {*FINDINGS}
