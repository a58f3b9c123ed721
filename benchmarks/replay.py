"""What an analyzer asks of the inference libraries, recorded, so that the very same calls can be made bare.

Started as a program (`python -m benchmarks.replay PHOTO…`) it makes these calls again and again until it is ended: the
company in which bare calls are measured, see `company`.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import onnxruntime

from analyzers.base import Photo, threads_per_model
from analyzers.face.faces import YuNet
from analyzers.inference import mediapipe as mediapipe_tasks
from analyzers.runtime.in_process import Direct
from analyzers.runtime.registry import load_roster
from analyzers.scene.text import Reader
from analyzers.weights.store import store_of
from bus.events import Feature
from bus.settings import Settings
from gateway.upload.decode import normalise
from gateway.upload.photo import Limits, Normalised

Call = Callable[[], object]

MEDIAPIPE = {
    "FaceLandmarker": "detect",
    "PoseLandmarker": "detect",
    "HandLandmarker": "detect",
    "GestureRecognizer": "recognize",
    "ImageSegmenter": "segment",
}


def _native_methods() -> Iterator[tuple[type[Any], str]]:
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
        for cls, method in _native_methods():
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


def decoded(image: Normalised) -> Photo:
    """A photo that no analyzer has looked at, with its pixels already in memory."""
    photo = Photo(image.data, image.facts)
    _ = photo.bgr, photo.gray, photo.rgb
    return photo


def calls_of(direct: Direct, image: Normalised) -> list[Call]:
    """All calls into models for one photo; where an analyzer makes none, its whole analysis."""
    photo, features, calls = decoded(image), dict[str, Feature](), list[Call]()
    for name in direct.analyzers:
        with recording() as made:
            features[name] = direct.ask(name, photo, features)
        calls += made or [lambda name=name: direct.ask(name, photo, features)]  # type: ignore[misc]
    return calls


class Company:
    """Processes, one fewer than there are cores, that make nothing but calls into models while they are `busy`.

    Each of them holds all models. Between times they are stopped, and take no time from other processes.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        command = [sys.executable, "-m", "benchmarks.replay", *map(str, files)]
        count = (os.cpu_count() or 1) - 1
        self._running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
        for process in self._running:
            assert process.stdout
            process.stdout.readline()  # it is at work
        self._tell(signal.SIGSTOP)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Within the block all of them work."""
        self._tell(signal.SIGCONT)
        try:
            yield
        finally:
            self._tell(signal.SIGSTOP)

    def end(self) -> None:
        """They are gone when this returns."""
        self._tell(signal.SIGKILL)
        for process in self._running:
            process.communicate()

    def _tell(self, what: signal.Signals) -> None:
        for process in self._running:
            process.send_signal(what)


@contextmanager
def company(files: Sequence[Path]) -> Iterator[Company]:
    """A company that looks at these photos, for the time of the block."""
    made = Company(files)
    try:
        yield made
    finally:
        made.end()


def main() -> None:
    cv2.setNumThreads(threads_per_model())
    settings = Settings()
    direct = Direct(load_roster(settings), store_of(settings))
    photos = [calls_of(direct, normalise(Path(file).read_bytes(), Limits())) for file in sys.argv[1:]]
    print("ready", flush=True)
    for calls in itertools.cycle(photos):
        replay(calls)


if __name__ == "__main__":
    main()
