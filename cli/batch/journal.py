"""The journal of a batch: what was asked and what was told, on disk before anything rests on it.

One JSON object on each line. A photo's id is in the journal before the request is in the log; a result is in the output
before the journal says so, with the size of the output behind it. So whoever goes on after a crash cuts the output
back to what the journal vouches for, asks the log what became of the requests that are still open, and neither loses a
photo nor tells one twice. A last line that a crash has torn is as if it had never been begun.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from bus.findings import Frozen
from cli.batch.folder_watch import Stat

VERSION = 1


class BadJournal(Exception):
    """The journal cannot be used; the message says why and what to do."""


class Begun(Frozen):
    """The first line: how the batch was asked for. `size` is that of the output's head, in bytes."""

    line: Literal["begun"] = "begun"
    version: int = VERSION
    kind: str
    options: dict[str, Any]
    size: int


class Asked(Frozen):
    """Request `id` is about to be submitted for the file at `path`."""

    line: Literal["asked"] = "asked"
    id: str
    path: str
    name: str
    """The path as it was given; `path` is absolute."""
    stat: Stat
    sha256: str


class Dropped(Frozen):
    """Request `id` never came to be, and never will."""

    line: Literal["dropped"] = "dropped"
    id: str


class Told(Frozen):
    """The result of the file at `path` is in the output, whose size is now `size` bytes."""

    line: Literal["told"] = "told"
    path: str
    stat: Stat | None = None
    status: str
    sha256: str | None = None
    id: str | None = None
    size: int = 0


Line = Begun | Asked | Dropped | Told
_line: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="line")])


class Ledger:
    """What the lines so far amount to."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.begun: Begun | None = None
        self.pending: dict[str, Asked] = {}
        """Id → what was asked and not told."""
        self.told: dict[str, Stat | None] = {}
        """Path → how the file was when its result was told."""
        self.firsts: dict[str, tuple[str, str, str]] = {}
        """Hash of a photo → whose it was first: path, name, and the request's id."""
        self.counts: Counter[str] = Counter()
        self.size = 0
        for line in lines:
            self.take(line)

    def take(self, line: Line) -> None:
        """One line more."""
        match line:
            case Begun():
                self.begun, self.size = line, line.size
            case Asked():
                self.pending[line.id] = line
                self.firsts[line.sha256] = line.path, line.name, line.id
            case Dropped():
                self._drop(self.pending.pop(line.id, None))
            case Told():
                if line.id and line.status != "copy":
                    self.pending.pop(line.id, None)
                self.told[line.path], self.size = line.stat, line.size
                self.counts[line.status] += 1

    def knows(self, path: str, stat: Stat | None) -> bool:
        """Whether the file, as it is (None: it cannot be read), has been told."""
        return path in self.told and self.told[path] == stat

    def _drop(self, asked: Asked | None) -> None:
        if asked is not None and self.firsts.get(asked.sha256) == (asked.path, asked.name, asked.id):
            del self.firsts[asked.sha256]


def read(data: bytes) -> tuple[list[Line], int]:
    """The lines of a journal, and the bytes that they take: what follows was torn. Raises BadJournal."""
    lines: list[Line] = []
    *whole, _ = data.split(b"\n")
    for number, text in enumerate(whole, 1):
        try:
            lines.append(_line.validate_json(text))
        except ValidationError as error:
            if number == len(whole):
                whole.pop()
                break
            raise BadJournal(f"line {number} of it makes no sense") from error
    if lines and not isinstance(lines[0], Begun):
        raise BadJournal("it does not begin as a journal does")
    if lines and isinstance(lines[0], Begun) and lines[0].version > VERSION:
        raise BadJournal("a newer version of Heckler wrote it")
    return lines, sum(len(text) + 1 for text in whole)


class Journal:
    """The file, held by one process at a time."""

    def __init__(self, path: Path) -> None:
        """Raises BadJournal, OSError."""
        self.path = path
        self._file: IO[bytes] = open(path, "a+b")  # noqa: SIM115 - it is closed by `close`
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise BadJournal(f"another `heckler batch` is writing to {path.with_suffix('')}: wait, or end it") from None
        try:
            self.ledger = self._load()
        except BadJournal as error:
            self._file.close()
            hint = "name another file with --out, or remove both to begin anew"
            raise BadJournal(f"{path} cannot be used: {error}; {hint}") from error

    def _load(self) -> Ledger:
        self._file.seek(0)
        lines, size = read(self._file.read())
        self._file.truncate(size)
        return Ledger(lines)

    def append(self, lines: Sequence[Line]) -> None:
        """Writes lines, and returns when they are on disk. Raises OSError."""
        self._file.write(b"".join(line.model_dump_json().encode() + b"\n" for line in lines))
        sync(self._file)

    def close(self) -> None:
        self._file.close()


def sync(file: IO[bytes]) -> None:
    """Returns when what was written to `file` is on disk. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Returns when the names in `folder` are on disk, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
