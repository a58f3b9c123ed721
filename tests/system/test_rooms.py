"""A person who opens a folder sees few files, and reads what lives there and where to begin."""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from parallel import SLOW_FILES, TESTS

ROOT = Path(__file__).parents[2]
FOLDERS = ("bus", "analyzers", "aggregator", "llm", "gateway", "cli")
PAGE = ROOT / "frontend" / "src"
AT_THE_TOP, IN_A_FOLDER = 15, 25
_GENERATED = "api.generated.ts"


def sizes(top: Path, *suffixes: str) -> Mapping[Path, int]:
    """Folder → how many files with these endings lie directly in it."""
    return Counter(
        file.parent.relative_to(ROOT)
        for file in top.rglob("*")
        if file.suffix in suffixes and file.name != _GENERATED and "__pycache__" not in file.parts
    )


@pytest.mark.parametrize("folder", ["analyzers", "cli", "bus", "gateway"])
def test_few_modules_lie_at_the_top(folder: str) -> None:
    assert sizes(ROOT / folder, ".py")[Path(folder)] <= AT_THE_TOP


@pytest.mark.parametrize("top", [*FOLDERS, "tests", "frontend/src", "frontend/tests"])
def test_no_folder_has_more_files_than_a_person_takes_in(top: str) -> None:
    assert {str(f): n for f, n in sizes(ROOT / top, ".py", ".ts", ".tsx").items() if n > IN_A_FOLDER} == {}


@pytest.mark.parametrize("top", FOLDERS)
def test_every_package_says_where_to_begin(top: str) -> None:
    packages = [ROOT / folder for folder in sizes(ROOT / top, ".py")]
    silent = [
        str(package.relative_to(ROOT))
        for package in packages
        if "Begin with" not in (ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or "")
    ]
    assert silent == []


def test_what_a_package_says_to_begin_with_is_there() -> None:
    named = [
        (package, name)
        for top in FOLDERS
        for package in sizes(ROOT / top, ".py")
        for name in re.findall(r"`([\w/]+\.(?:py|toml)|[\w/]+/)`", (ROOT / package / "__init__.py").read_text())
    ]
    assert len(named) > 40
    assert [(str(package), name) for package, name in named if not (ROOT / package / name).exists()] == []


def test_the_files_that_are_tested_first_are_there() -> None:
    assert [name for name in SLOW_FILES if not (TESTS / name).is_file()] == []


def test_every_folder_of_the_page_says_where_to_begin() -> None:
    folders = [folder for folder in PAGE.iterdir() if folder.is_dir() and folder.name != "samples"]
    assert len(folders) > 5
    assert [folder.name for folder in folders if "Begin with" not in (folder / "README.md").read_text()] == []


def imports_of(file: Path) -> Iterator[Path]:
    """The files of the page that one of them imports."""
    for name in re.findall(r"""(?:from|import)\s*\(?\s*["'](\.{1,2}/[^"'?]+)""", file.read_text()):
        path = Path(os.path.normpath(file.parent / name))
        yield from (found for found in (path.with_suffix(".ts"), path.with_suffix(".tsx")) if found.is_file())


def test_nothing_on_the_page_imports_itself_by_way_of_others() -> None:
    imports = {file: set(imports_of(file)) for file in PAGE.rglob("*.ts*")}
    assert sum(map(len, imports.values())) > 200
    while ends := {file for file, tos in imports.items() if not tos}:
        imports = {file: tos - ends for file, tos in imports.items() if file not in ends}
    assert sorted(str(file.relative_to(PAGE)) for file in imports) == []
