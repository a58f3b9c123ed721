"""SHA-256 of files, remembered, so that a start need not read every model again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any


def sha256_of(path: Path) -> str:
    """The hex SHA-256 of a file's bytes. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class HashMemory:
    """Hashes of files already looked at, valid while their size and time of change stay, kept in a JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _known(self) -> dict[str, list[Any]]:
        try:
            known = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def forget(self) -> None:
        """The next question about any file reads it again."""
        self._known = {}

    def matches(self, path: Path, sha256: str) -> bool:
        """Whether there is a file at `path` with this hash."""
        try:
            state = path.stat()
            stamp = [state.st_size, state.st_mtime_ns]
            known = self._known.get(str(path.absolute()))
            if not isinstance(known, list) or known[:2] != stamp:
                known = [*stamp, sha256_of(path)]
                self._remember(path, known)
        except OSError:
            return False
        return bool(known[2:] == [sha256])

    def _remember(self, path: Path, known: list[Any]) -> None:
        self._known[str(path.absolute())] = known
        with suppress(OSError):  # a store that cannot be written to only makes the next start slower
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._known, file)
            Path(draft).replace(self._path)
