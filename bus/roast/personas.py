"""Who can write: the names that requests may ask for. The rest of each file is the writers' business."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from functools import cache
from pathlib import Path

from pydantic import Field

from bus.findings import Frozen

FOLDER = Path(__file__).resolve().parents[2] / "llm" / "personas"


class Persona(Frozen):
    """One voice: the name that `Style.persona` takes, and what people read of it."""

    name: str = Field(max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str
    description: str = Field(description="one line")


def load(folder: Path = FOLDER) -> tuple[Persona, ...]:
    """All personas of `folder`, by name. Raises ValueError, naming the file, for one that cannot be read."""
    return tuple(sorted((_read(path) for path in folder.glob("*.toml")), key=lambda persona: persona.name))


@cache
def personas() -> tuple[Persona, ...]:
    """The personas that came with this installation, read once."""
    return load()


def available(data: Path) -> tuple[Persona, ...]:
    """Those, and the user's own in `data`/personas, which win over them; files that cannot be read are left out.

    What is wrong with a file is the writer's to say, which needs all of it.
    """
    found = {persona.name: persona for persona in personas()}
    for path in sorted((data.expanduser() / "personas").glob("*.toml")):
        with suppress(OSError, ValueError):
            found[path.stem] = _read(path)
    return tuple(found[name] for name in sorted(found))


def _read(path: Path) -> Persona:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        persona = Persona(name=table["name"], title=table["title"], description=table["description"])
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path.name} is no persona: {error}") from error
    if persona.name != path.stem:
        raise ValueError(f"{path.name} calls itself {persona.name!r}: name and file must agree")
    return persona
