"""A models mirror: a folder, or the address of one, whose `mirror.toml` says which file holds which weights."""

from __future__ import annotations

import tomllib
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import httpx
from pydantic import Field, TypeAdapter, ValidationError, field_validator

from bus.findings import Frozen

LARGEST_INDEX = 4 << 20
"""Bytes; the longest index so far has 20 kB."""
INDEX = "mirror.toml"
ATTEMPTS = 3
"""Tries to read a remote mirror's index before it counts as gone."""
TIMEOUT = httpx.Timeout(30)


class WeightsError(Exception):
    """Weights cannot be had. The message says why, and what to do next."""


class MirrorEntry(Frozen):
    """One file of a mirror. `official` says that its bytes are the maker's own, and not a test build."""

    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    official: bool

    @field_validator("file")
    @classmethod
    def _stays_inside(cls, file: str) -> str:
        path = PurePosixPath(file)
        if path.is_absolute() or ".." in path.parts or ":" in file or "\\" in file or not path.parts:
            raise ValueError(f"{file!r} leads out of the mirror")
        return file


_index: TypeAdapter[dict[str, MirrorEntry]] = TypeAdapter(dict[str, MirrorEntry])


class Mirror:
    """The mirror at `place`, a folder or an http(s) URL. Its index is read when first asked for.

    A mirror that does not answer is not asked again: to try it later, make a new `Mirror`.
    """

    def __init__(self, place: str) -> None:
        self.place = place.rstrip("/")
        self.is_remote = self.place.startswith(("http://", "https://"))
        self._problem: str | None = None

    @cached_property
    def entries(self) -> dict[str, MirrorEntry]:
        """Name → entry. Raises WeightsError when the mirror cannot be reached, or its index is broken."""
        try:
            if self._problem is None:
                return _index.validate_python(tomllib.loads(self._read_index()))
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            self._problem = f"cannot be read ({error})"
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
            self._problem = f"has a broken {INDEX} ({_first_line(error)})"
        raise WeightsError(f"the models mirror {self.place} {self._problem}: mend it, or unset HECKLER_MODELS_MIRROR")

    def _read_index(self) -> str:
        if not self.is_remote:
            return (Path(self.place).expanduser() / INDEX).read_text("utf-8")
        for attempt in range(ATTEMPTS):
            try:
                with httpx.stream("GET", f"{self.place}/{INDEX}", timeout=TIMEOUT, follow_redirects=True) as response:
                    return _text(response.raise_for_status())
            except (httpx.NetworkError, httpx.ProtocolError):  # cut or refused; a silence is not waited out twice
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def path(self, entry: MirrorEntry) -> Path | None:
        """The entry's file in a mirror that is a folder; None when the mirror is remote, or the file is absent."""
        path = Path(self.place).expanduser() / entry.file
        return path if not self.is_remote and path.is_file() else None

    def url(self, entry: MirrorEntry) -> str:
        """The entry's address in a remote mirror."""
        return f"{self.place}/{entry.file}"


def _text(response: httpx.Response) -> str:
    """What it says, read no further than an index can be long. Raises TOMLDecodeError for one that is longer."""
    read = bytearray()
    for piece in response.iter_bytes():
        read += piece
        if len(read) > LARGEST_INDEX:
            raise tomllib.TOMLDecodeError(f"it has more than {LARGEST_INDEX >> 20} MiB")
    return read.decode("utf-8")


def _first_line(error: Any) -> str:
    return " ".join(str(error).split())[:200]
