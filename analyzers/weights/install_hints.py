"""What to do about what is missing: the command for weights, the Debian packages for libraries of the system."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from analyzers.weights.inventory import Inventory
from analyzers.weights.mirror import WeightsError

PACKAGES: Mapping[str, str] = MappingProxyType(
    {
        "libEGL": "libegl1",
        "libGLESv2": "libgles2",
        "libGL": "libgl1",
        "libgthread-2.0": "libglib2.0-0",
        "libglib-2.0": "libglib2.0-0",
        "libgomp": "libgomp1",
        "libSM": "libsm6",
        "libXext": "libxext6",
        "libX11": "libx11-6",
        "libxcb": "libxcb1",
        "libstdc++": "libstdc++6",
    }
)
"""Shared library → the package of Debian and Ubuntu that has it."""

MEDIAPIPE_NEEDS = ("libEGL.so.1", "libGLESv2.so.2")
"""What MediaPipe Tasks opens on Linux when it is imported, also where it computes on the CPU alone."""

_LIBRARY = re.compile(r"\b(lib[\w+.-]+?)\.so(?:\.\d+)*")


def pull_command(store: Inventory, names: Iterable[str]) -> str:
    """What brings these weights, consent to their licences included; empty for none.

    Several commands are joined by `&&`: weights that are not published ready-made are converted.
    """
    pulled: list[str] = []
    converted: list[str] = []
    for name in dict.fromkeys(names):
        (pulled if is_published(store, name) else converted).append(name)
    parts = [(verb, them) for verb, them in (("pull", pulled), ("convert", converted)) if them]
    return " && ".join(f"heckler models {verb} {' '.join(them)}{_accepting(store, them)}" for verb, them in parts)


def is_published(store: Inventory, name: str) -> bool:
    """Whether a pull may find these weights: their makers publish them, or the mirror has them."""
    try:
        return bool(store.entry(name).urls) or store.offer(name) is not None
    except WeightsError:  # the mirror cannot be read just now
        return False


def _accepting(store: Inventory, names: Sequence[str]) -> str:
    entries = [store.entry(name) for name in names]
    asked = sorted({entry.asks_for for entry in entries if entry.asks_for and not entry.is_accepted(store.accepted)})
    return "".join(f" --accept {licence}" for licence in asked)


def packages_for(problem: str) -> tuple[str, ...]:
    """The Debian packages that have the shared libraries named in an error's text."""
    found = (PACKAGES.get(match[1]) for match in _LIBRARY.finditer(problem))
    return tuple(dict.fromkeys(package for package in found if package))


def install_command(problem: str) -> str:
    """What to type where a library of the system cannot be loaded; empty when the error is about no known one."""
    packages = packages_for(problem)
    return f"sudo apt-get install {' '.join(packages)}" if packages else ""


def absent_libraries(names: Iterable[str] = MEDIAPIPE_NEEDS) -> tuple[str, ...]:
    """Those of these shared libraries that this system cannot load; none on others than Linux."""
    return tuple(name for name in names if sys.platform == "linux" and not _loads(name))


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
