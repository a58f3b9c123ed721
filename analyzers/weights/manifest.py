"""The manifest of the weights, `weights.toml`: what there is, where it comes from, what its licence asks for."""

from __future__ import annotations

import tomllib
from collections.abc import Container
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter, model_validator

from bus.findings import Frozen

MANIFEST = Path(__file__).with_name("weights.toml")

Sha256 = r"^[0-9a-f]{64}$"


class Checkpoint(Frozen):
    """What the makers publish where they publish no file that can be run: it has to be converted."""

    file: str | None = Field(None, pattern=r"^\w[\w.-]*$")
    url: str | None = None
    page: str | None = None
    size: int | None = Field(None, gt=0)
    sha256: str | None = Field(None, pattern=Sha256)

    @model_validator(mode="after")
    def _can_be_had(self) -> Checkpoint:
        if not self.url and not self.page:
            raise ValueError("neither url nor page say where to get it")
        return self

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return self.url or self.page or ""


class Entry(Frozen):
    """One entry of `weights.toml`; the meaning of the fields stands there."""

    task: str
    analyzers: tuple[str, ...]
    file: str = Field(pattern=r"^\w[\w.-]*$")
    urls: tuple[str, ...] = ()
    size: int = Field(gt=0)
    exact: bool = True
    sha256: str | None = Field(None, pattern=Sha256)
    licence: str
    commercial: bool
    source: str
    unsure: str | None = None
    convert: str | None = None
    checkpoint: Checkpoint | None = None

    @model_validator(mode="after")
    def _can_be_had(self) -> Entry:
        if not self.urls and not self.convert:
            raise ValueError("neither urls nor convert say how to get it")
        return self

    @property
    def asks_for(self) -> Literal["agpl", "non-commercial"] | None:
        """What a person has to accept before these weights are fetched or used; None for a permissive licence."""
        if not self.commercial:
            return "non-commercial"
        return "agpl" if self.licence.lower().startswith("agpl") else None

    def is_accepted(self, accepted: Container[str]) -> bool:
        """Whether the licence is permissive, or among `accepted` (`agpl`, `non-commercial`, `all`)."""
        return self.asks_for is None or self.asks_for in accepted or "all" in accepted


def load_manifest(path: Path = MANIFEST) -> dict[str, Entry]:
    """Name → entry. Raises pydantic.ValidationError, naming the field, when the file is no manifest."""
    return TypeAdapter(dict[str, Entry]).validate_python(tomllib.loads(path.read_text("utf-8")))
