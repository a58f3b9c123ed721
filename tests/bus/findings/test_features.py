"""The findings stand by group, and those that are written there are known to every process."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from analyzers.roster import ROSTER
from analyzers.runtime.registry import GROUPS, wiring_of
from bus import findings

MODULES = [importlib.import_module(f"bus.findings.{name}") for name in ("base", *GROUPS)]


def models_of(module: ModuleType) -> list[Any]:
    """The models that are written in `module`, not those that it imports."""
    written = [each for each in vars(module).values() if getattr(each, "__module__", None) == module.__name__]
    return [each for each in written if isinstance(each, type) and issubclass(each, BaseModel)]


@pytest.mark.parametrize("analyzer", ROSTER, ids=[wiring_of(each).name for each in ROSTER])
def test_a_finding_stands_in_the_module_of_its_analyzers_group(analyzer: type[Any]) -> None:
    assert wiring_of(analyzer).returns.__module__ == f"bus.findings.{analyzer.group}"


def test_every_finding_that_is_written_is_known_and_has_a_kind_of_its_own() -> None:
    written = {each for module in MODULES for each in models_of(module) if issubclass(each, findings.Finding)}
    assert written - {findings.Finding} == {*findings.FINDINGS}
    assert len({findings.kind_of(each) for each in findings.FINDINGS}) == len(findings.FINDINGS)
