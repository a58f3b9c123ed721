"""What an analyzer asks of the inference libraries, recorded, so that the very same calls can be made bare."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import onnxruntime

from analyzers import mediapipe_tasks
from analyzers.faces import YuNet
from analyzers.text import Reader

Call = Callable[[], object]

MEDIAPIPE = {
    "FaceLandmarker": "detect",
    "PoseLandmarker": "detect",
    "HandLandmarker": "detect",
    "GestureRecognizer": "recognize",
    "ImageSegmenter": "segment",
}


def _entrances() -> Iterator[tuple[type[Any], str]]:
    """The methods through which analyzers reach native code: a model, or a library's whole service (OCR)."""
    yield onnxruntime.InferenceSession, "run"
    yield YuNet, "_detect"
    yield Reader, "read"
    for name, method in MEDIAPIPE.items():
        yield getattr(mediapipe_tasks.library(), name), method


@contextmanager
def recording() -> Iterator[list[Call]]:
    """Within the block, every outermost call into a model is noted; each can be made again afterwards."""
    calls: list[Call] = []
    depth = 0

    def watched(original: Any) -> Any:
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal depth
            depth += 1
            try:
                if depth == 1:
                    calls.append(lambda: original(self, *args, **kwargs))
                return original(self, *args, **kwargs)
            finally:
                depth -= 1

        return call

    with ExitStack() as patches:
        for cls, method in _entrances():
            patches.enter_context(mock.patch.object(cls, method, watched(getattr(cls, method))))
        yield calls


def timed(work: Call) -> float:
    """How long `work` takes, in milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def replay(calls: list[Call]) -> None:
    """All of them again, one after another."""
    for call in calls:
        call()
