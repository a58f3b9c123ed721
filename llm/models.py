"""Language models by name: where they are to be had, what their licences ask for, and in which folder they lie."""

from __future__ import annotations

import tomllib
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter

from bus.findings import Frozen
from bus.settings import Settings

MANIFEST = Path(__file__).with_name("models.toml")

FileName = r"^\w[\w.-]*$"


class LanguageModel(Frozen):
    """One entry of `models.toml`; the meaning of the fields stands there."""

    folder: str = Field(pattern=FileName)
    url: str
    files: Mapping[str, int] = Field(min_length=1)
    extras: tuple[str, ...] = ()
    licence: str
    terms: str
    asks_for: Literal["llama", "non-commercial"] | None = None
    source: str
    unsure: str | None = None

    @property
    def size(self) -> int:
        """Bytes of all its files, about right."""
        return sum(self.files.values())

    def is_accepted(self, accepted: Container[str]) -> bool:
        """Whether the licence is permissive, or among `accepted` (`llama`, `non-commercial`, `all`)."""
        return self.asks_for is None or self.asks_for in accepted or "all" in accepted

    def lacks(self, folder: Path) -> tuple[str, ...]:
        """Its files that are not in `folder`; none when the model can be used."""
        return tuple(name for name in self.files if not (folder / name).is_file())


def load_models(path: Path = MANIFEST) -> Mapping[str, LanguageModel]:
    """Name → model. Raises pydantic.ValidationError, naming the field, when the file is no manifest."""
    return TypeAdapter(dict[str, LanguageModel]).validate_python(tomllib.loads(path.read_text("utf-8")))


def model_folder(settings: Settings) -> Path:
    """Where the model that `mlx_model` names is, or would be: its folder among the models, or a folder of one's own."""
    known = load_models().get(settings.mlx_model)
    return settings.models / known.folder if known else Path(settings.mlx_model).expanduser()


def is_here(settings: Settings) -> bool:
    """Whether the model that `mlx_model` names can be loaded from its folder, as far as its files tell."""
    folder, known = model_folder(settings), load_models().get(settings.mlx_model)
    if known is not None:
        return not known.lacks(folder)
    return (folder / "config.json").is_file() and any(folder.glob("model*.safetensors"))
