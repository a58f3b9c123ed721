"""MediaPipe Tasks as the analyzers use them: made quietly, warm from the start."""

from __future__ import annotations

import importlib
import os
import re
import sys
import tempfile
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from analyzers.base import Pixels

Kind = Literal["FaceLandmarker", "PoseLandmarker", "HandLandmarker", "GestureRecognizer", "ImageSegmenter"]

_RUN = {
    "FaceLandmarker": "detect",
    "PoseLandmarker": "detect",
    "HandLandmarker": "detect",
    "GestureRecognizer": "recognize",
    "ImageSegmenter": "segment",
}
_CHATTER = re.compile(rb"(?:[IW]\d{4} |INFO: |WARNING: Logging before)")
_UNUSED = ("matplotlib", "matplotlib.pyplot", "sounddevice")
"""What MediaPipe imports for drawing and for sound: 0.4 s and 25 MB for functions that nothing here calls."""

_quiet_lock = threading.Lock()


@cache
def library() -> Any:
    """`mediapipe.tasks.python.vision`. Raises ImportError or OSError where a system library is missing."""
    absent = [name for name in _UNUSED if name not in sys.modules]
    for name in absent:
        sys.modules[name] = types.ModuleType(name)
    if "matplotlib" in absent:
        sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]  # type: ignore[attr-defined]
    try:
        return importlib.import_module("mediapipe.tasks.python.vision")
    finally:
        for name in absent:
            del sys.modules[name]


def image(rgb: Pixels) -> Any:
    """A MediaPipe image of [height, width, 3] uint8, red first."""
    module = importlib.import_module("mediapipe.tasks.python.vision.core.image")
    return module.Image(image_format=module.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))


def create(kind: Kind, path: Path, **options: Any) -> Any:
    """A MediaPipe task over the bundle at `path`, in image mode, having run once.

    `options` are those of its `…Options` class besides the model. One thread at a time may use it. Raises ImportError
    or OSError where MediaPipe or a library of the system (libEGL, libGLESv2) is missing, ValueError or RuntimeError
    for a bundle that is none.
    """
    vision = library()
    base = importlib.import_module("mediapipe.tasks.python.core.base_options").BaseOptions
    with _quiet():
        made = base(model_asset_path=str(path))
        task = getattr(vision, kind).create_from_options(
            getattr(vision, f"{kind}Options")(base_options=made, **options)
        )
        getattr(task, _RUN[kind])(image(np.zeros((64, 64, 3), np.uint8)))
    return task


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps MediaPipe's chatter from standard error; no setting does. What else is written there comes out after."""
    with _quiet_lock, tempfile.TemporaryFile() as kept:
        sys.stderr.flush()
        original = os.dup(2)
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(original, 2)
            kept.seek(0)
            for line in kept:
                if not _CHATTER.match(line):
                    os.write(original, line)
            os.close(original)
