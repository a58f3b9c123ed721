"""What a batch tells of each photo, and the file it tells it in: JSON Lines, CSV, or a contact sheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import IO, Any, Literal, Protocol

from pydantic import Field

from bus.findings import Frozen
from cli.batch.journal import sync

Status = Literal["done", "failed", "bad", "copy"]


class Result(Frozen):
    """One photo of a batch. `bad`: the file is no photo; `failed`: the request ended without a roast; `copy`: the same
    photo as `copy_of`, under another name."""

    path: str
    status: Status
    id: str | None = None
    sha256: str | None = None
    copy_of: str | None = None
    text: str | None = None
    jokes: tuple[dict[str, Any], ...] = ()
    persona: str | None = None
    heat: str | None = None
    writer: str | None = None
    note: str | None = None
    missing: dict[str, str] = Field(default_factory=dict)
    """Analyzers that the roast had to do without, and why."""
    ms: float | None = None
    """From the request's first event to its last, by the log's clock."""
    code: str | None = None
    detail: str | None = None
    hint: str | None = None


class Shape(Protocol):
    """How results look in a file. Rows are only ever appended; what is `foot` may be cut off to go on."""

    name: str
    has_thumbnails: bool

    def head(self, title: str) -> str: ...

    def row(self, result: Result, thumbnail: bytes | None) -> str: ...

    def foot(self, counts: dict[str, int]) -> str: ...


class JsonLines:
    """One JSON object on each line."""

    name, has_thumbnails = "jsonl", False

    def head(self, title: str) -> str:
        return ""

    def row(self, result: Result, thumbnail: bytes | None) -> str:
        return result.model_dump_json() + "\n"

    def foot(self, counts: dict[str, int]) -> str:
        return ""


class Csv:
    """A table for spreadsheets (RFC 4180)."""

    name, has_thumbnails = "csv", False
    columns = ("path", "status", "text", "persona", "heat", "writer", "ms", "code", "detail", "copy_of", "id", "sha256")

    def head(self, title: str) -> str:
        return _joined(self.columns)

    def row(self, result: Result, thumbnail: bytes | None) -> str:
        values = (getattr(result, column) for column in self.columns)
        return _joined("" if value is None else str(value) for value in values)

    def foot(self, counts: dict[str, int]) -> str:
        return ""


def _joined(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


class OutputGone(Exception):
    """The output is not what the journal says; the message says what to do."""


class Output:
    """The file that results are written to as they come."""

    def __init__(self, path: Path, shape: Shape, title: str) -> None:
        """`open` or `reopen` it first."""
        self.path, self._shape = path, shape
        self._head = shape.head(title).encode()
        self._file: IO[bytes] | None = None
        self.size = len(self._head)

    def open(self) -> None:
        """Begins a file. Raises FileExistsError, OSError."""
        self._file = open(self.path, "xb")  # noqa: SIM115 - it is closed by `close`
        self._file.write(self._head)
        sync(self._file)

    def reopen(self, size: int) -> None:
        """Goes on behind the first `size` bytes: what follows is not vouched for. Raises OutputGone, OSError."""
        if not self.path.exists() and size == len(self._head):
            return self.open()
        there = self.path.stat().st_size if self.path.exists() else 0
        if there < size and size > len(self._head):
            raise OutputGone(
                f"{self.path} has {there} bytes where its journal knows of {size}: put it back, "
                "or name another file with --out to begin anew"
            )
        self._file = open(self.path, "r+b")  # noqa: SIM115 - it is closed by `close`
        if there < size:  # only its head was torn
            self._file.write(self._head)
        self._file.truncate(size)
        self._file.seek(size)
        self.size = size
        return None

    def add(self, result: Result, thumbnail: bytes | None) -> int:
        """Appends a result, without waiting for the disk; the size behind it. Raises OSError."""
        assert self._file
        row = self._shape.row(result, thumbnail).encode()
        self._file.write(row)
        self.size += len(row)
        return self.size

    def sync(self) -> None:
        """Returns when all that was added is on disk. Raises OSError."""
        assert self._file
        sync(self._file)

    def close(self, counts: dict[str, int]) -> None:
        """Writes what belongs at the end, and lets go of the file."""
        if self._file:
            self._file.write(self._shape.foot(counts).encode())
            self._file.close()
