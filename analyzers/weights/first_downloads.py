"""Hashes that are not published: of first downloads, which later ones must equal, and of files converted here."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from analyzers.weights.manifest import Sha256
from bus.findings import Frozen


class FirstDownload(Frozen):
    """What was fetched first under a name, or converted here: its hash, its size in bytes, and from where."""

    sha256: str = Field(pattern=Sha256)
    size: int = Field(gt=0)
    origin: str


_records: TypeAdapter[dict[str, FirstDownload]] = TypeAdapter(dict[str, FirstDownload])


class FirstDownloads:
    """The records, in a JSON file that is replaced whole. Written only under the store's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, name: str) -> FirstDownload | None:
        """The record of `name`, if there is one. A spoilt file counts as empty: its weights are then fetched again."""
        return self._read().get(name)

    def put(self, name: str, record: FirstDownload) -> None:
        """Keeps `record`, unless there is one already: the first one stays. Raises OSError."""
        self._write({name: record} | self._read())

    def replace(self, name: str, record: FirstDownload) -> None:
        """Keeps `record` in the place of any other. Raises OSError."""
        self._write(self._read() | {name: record})

    def _write(self, records: dict[str, FirstDownload]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({each: one.model_dump() for each, one in sorted(records.items())}, file, indent=1)
        Path(draft).replace(self.path)

    def _read(self) -> dict[str, FirstDownload]:
        try:
            return _records.validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            return {}
