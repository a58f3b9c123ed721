"""An analyzer whose warm-up never comes to an end."""

from __future__ import annotations

import threading
from typing import Any

from analyzers.base import Photo, Weights
from bus.findings import Facts


class Frozen:
    name, group, version, model = "frozen", "quality", "1", "ice"
    weights = optional_weights = ()

    def __init__(self, weights: Weights) -> None: ...

    def warm_up(self) -> None:
        threading.Event().wait()

    def analyze(self, photo: Photo) -> Facts:
        raise NotImplementedError("it never gets that far")


ROSTER: tuple[type[Any], ...] = (Frozen,)
