"""What imports what: everything may import the bus, siblings never import each other, the core knows no product, and no
module imports itself by way of others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIBLINGS = ("analyzers", "aggregator", "llm", "gateway")
FOLDERS = ("bus", *SIBLINGS, "cli")


def modules() -> Mapping[str, Path]:
    files = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
    names = {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in files}
    return {name.removesuffix(".__init__"): file for name, file in names.items()}


MODULES = modules()


def imported(file: Path) -> Iterator[str]:
    """The modules of this project that are imported anywhere in `file`, late ones and those for types included."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else node.module for name in inner)


IMPORTS = {name: {to for to in imported(file) if to in MODULES} - {name} for name, file in MODULES.items()}


def around(name: str) -> list[str]:
    """A way from `name` over its imports back to it; empty when there is none."""
    ways, seen = [[name]], {name}
    while ways:
        way = ways.pop()
        for to in IMPORTS[way[-1]]:
            if to == name:
                return [*way, name]
            if to not in seen:
                seen.add(to)
                ways.append([*way, to])
    return []


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 100
    assert "bus.client" in IMPORTS["gateway.intake"]


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert [way for name in MODULES if (way := around(name))] == []


@pytest.mark.parametrize("folder", ["bus", *SIBLINGS])
def test_a_folder_imports_the_bus_and_itself_only(folder: str) -> None:
    allowed = {"bus", folder}
    own = {name: tos for name, tos in IMPORTS.items() if name.split(".")[0] == folder}
    assert {(name, to) for name, tos in own.items() for to in tos if to.split(".")[0] not in allowed} == set()


PRODUCTS = ("bus.roast", "bus.analysis", "aggregator.roast", "aggregator.analysis", "gateway.products")
"""What belongs to one product. Everything else in CORE is for all of them."""
CORE = ("bus", "analyzers.base", "analyzers.service", "analyzers.roster", "analyzers.runtime", "aggregator")
CORE_OF_GATEWAY = tuple(f"gateway.{name}" for name in ("intake", "snapshot", "state", "events", "upload"))
LISTS = {
    "bus.products": "the list of products",
    "bus.earlier_events": "what earlier versions stored, when there was one product and a half",
    "bus.settings": "the settings of the products stand beside those of the core",
}
"""Modules of the core that name products, and what for."""
WORDS = re.compile(r"roast|joke|persona", re.IGNORECASE)


def is_of(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def core() -> list[str]:
    return [name for name in MODULES if is_of(name, CORE + CORE_OF_GATEWAY) and not is_of(name, PRODUCTS)]


def test_only_the_lists_of_the_core_import_a_product() -> None:
    assert len(core()) > 80
    of_products = PRODUCTS[:4]
    assert {name for name in core() if any(is_of(to, of_products) for to in IMPORTS[name])} == LISTS.keys()


def test_the_core_speaks_of_no_product() -> None:
    named = {name for name in core() if WORDS.search(MODULES[name].read_text("utf-8"))}
    assert named <= LISTS.keys()
