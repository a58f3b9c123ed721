"""What goes into a decoding process and comes back: values that cost the gateway itself no imaging library."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bus.findings import Facts


@dataclass(frozen=True, slots=True)
class Limits:
    """What an upload may decode to, in pixels."""

    pixels: int = 100_000_000
    side: int = 2048


@dataclass(frozen=True, slots=True)
class Normalised:
    """A photo as all services get it: JPEG bytes without metadata, their SHA-256, the size, the harmless facts."""

    data: bytes
    sha256: str
    width: int
    height: int
    facts: Facts

    def marked(self, mark: str) -> Normalised:
        """The same picture as a photo of its own, of which nothing is known yet: behind its end a JPEG may have
        anything."""
        data = self.data + mark.encode()
        return replace(self, data=data, sha256=hashlib.sha256(data).hexdigest())

    @classmethod
    def of(cls, said: Mapping[str, Any], data: bytes) -> Normalised:
        """What a decoding process said of `data`. Raises LookupError, TypeError or ValueError for nonsense."""
        size = int(said["width"]), int(said["height"])
        return cls(data, str(said["sha256"]), *size, Facts.model_validate(said["facts"]))


class Rejected(Exception):
    """This file is refused: a problem code and what is wrong. Made of two strings, so that it crosses processes."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
