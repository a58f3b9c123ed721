"""What `heckler doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `note` is worth knowing, `wrong` keeps Heckler from working; `fix` is what to do."""

    name: str
    state: State
    detail: str
    fix: str = ""
