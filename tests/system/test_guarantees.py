"""docs/guarantees.md names tests: each of them is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guarantees.md"
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE.read_text())


def test_every_promise_names_a_test() -> None:
    rows = [
        row for row in PAGE.read_text().splitlines() if row.startswith("| ") and not row.startswith("| what is done")
    ]
    promises = [row for row in rows if not row.startswith("| promise")]
    assert len(promises) > 10
    assert [row for row in promises if "`tests/" not in row] == []


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_test_is_there(file: str, name: str) -> None:
    names = {node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.FunctionDef)}
    assert name in names if name else any(each.startswith("test_") for each in names)


def test_the_readme_leads_to_the_promises() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "docs/guarantees.md" in readme
    assert all(promise in readme.lower() for promise in ("nothing is lost", "erases a request"))
