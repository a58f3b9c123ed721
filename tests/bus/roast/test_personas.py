"""The personas: who can be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from bus.roast.personas import Persona, load, personas
from bus.roast.style import Style


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def test_the_default_style_names_a_persona_that_there_is() -> None:
    assert Style().persona in {persona.name for persona in personas()}


def test_each_has_one_line_about_it() -> None:
    assert all(persona.title and persona.description and "\n" not in persona.description for persona in personas())


def test_what_only_writers_read_is_left_to_them(tmp_path: Path) -> None:
    write(
        tmp_path, "poet", 'name = "poet"\ntitle = "The Poet"\ndescription = "Rhymes."\nvoice = "long"\n[more]\nx = 1\n'
    )
    assert load(tmp_path) == (Persona(name="poet", title="The Poet", description="Rhymes."),)


@pytest.mark.parametrize(
    "text",
    [
        'name = "poet"',
        "name = poet",
        'name = "other"\ntitle = "T"\ndescription = "D"',
        "name = 1\ntitle = 2\ndescription = 3",
    ],
)
def test_a_file_that_is_no_persona_is_named(tmp_path: Path, text: str) -> None:
    write(tmp_path, "poet", text)
    with pytest.raises(ValueError, match=r"poet\.toml"):
        load(tmp_path)
