"""Adding an analyzer is what the README says: its steps, word for word, on a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from parallel import ROOT

README = (ROOT / "README.md").read_text("utf-8")
SECTION = README.split("## Add an analyzer in ten minutes")[1].split("\n## ")[0]
STEPS = re.findall(r"`([\w/]+\.py)`[^`]*```(python|diff)\n(.*?)```", SECTION, re.DOTALL)
(COMMANDS,) = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
LISTS = (
    "tests/bus/findings",
    "tests/cli/look/test_look.py::test_the_page_is_current",
    "tests/cli/look/test_look.py::test_the_page_tells_every_field_of_every_finding",
    "tests/aggregator/roast/rules/test_any.py::test_the_rules_cannot_even_name_what_they_must_not_see",
)
"""The tests that know all analyzers or all findings."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with the README's analyzer in it; packages and npm's modules are those of the original."""
    copy = tmp_path_factory.mktemp("repository")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in filter(lambda each: (ROOT / each).is_file(), listed):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    for name in (".venv", "frontend/node_modules"):
        (copy / name).symlink_to(ROOT / name)
    for name, form, code in STEPS:
        (add if form == "python" else change)(copy / name, code)
    return copy


def add(file: Path, code: str) -> None:
    """Makes a file of the code, or puts it at the end of the one that is there."""
    file.write_text(f"{file.read_text()}\n\n{code}" if file.exists() else code)


def change(file: Path, diff: str) -> None:
    for hunk in diff.split("@@\n"):
        before = "".join(line[1:] for line in hunk.splitlines(True) if line[0] != "+")
        text = file.read_text()
        assert text.count(before) == 1
        file.write_text(text.replace(before, "".join(line[1:] for line in hunk.splitlines(True))))


def done(copy: Path, command: str) -> None:
    path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(copy), "PATH": path, "PYTHON": sys.executable}
    ended = subprocess.run(["sh", "-ec", command], cwd=copy, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_each_step_is_short_and_the_lists_and_the_linters_have_no_complaint(copy: Path) -> None:
    assert [name.split("/")[0] for name, _, _ in STEPS] == ["bus", "analyzers", "analyzers", "tests"]
    assert sum(code.count("\n") for name, _, code in STEPS if name.startswith(("bus", "analyzers"))) < 40
    files = " ".join(name for name, _, _ in STEPS)
    done(copy, f"{COMMANDS}\n.venv/bin/ruff check {files}\n.venv/bin/ruff format --check {files}")
    done(copy, f".venv/bin/pytest {' '.join(LISTS)}")


def test_the_page_is_built_and_a_photo_is_roasted_with_it(copy: Path, tmp_path: Path, start: Any, help: Any) -> None:
    done(copy, "cd frontend && npm run --silent build")
    running = start(tmp_path / "data", tmp_path / "up.log", root=copy, PYTHONPATH=str(copy))
    try:
        with running.client() as client:
            id = help.submit(client, help.picture((90, 90, 90)), analyzers="grayness,lighting")
            told = {event["analyzer"]: event for _, kind, event in help.events(client, id) if kind == "feature"}
            found = client.get(f"/api/roasts/{id}").json()
    finally:
        running.stop()
    assert "Grayness: {" in (copy / "frontend/src/api.generated.ts").read_text()
    assert found["features"]["grayness"]["finding"] == {"kind": "grayness", "share": 1.0}
    assert told["grayness"]["finding"] == {"kind": "grayness", "share": 1.0}
    assert found["roast"]["text"]
