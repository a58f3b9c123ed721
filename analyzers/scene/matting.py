"""Matting: which pixels belong to the people in front, as two networks see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from analyzers.base import Pixels, onnx_session
from analyzers.inference import mediapipe as mediapipe_tasks

Plane: TypeAlias = NDArray[np.float32]


class Matting(Protocol):
    """A network that tells people from what is behind them."""

    model: str
    closer_looks: int
    """How many people it may look at once more, one by one: as many as its time allows."""
    look_side: int
    """Long side of such a closer look, in pixels."""

    def matte(self, rgb: Pixels) -> Plane:
        """[height, width] 0..1 for [height, width, 3] uint8, red first."""
        ...


class SelfieSegmenter:
    """MediaPipe's Selfie Segmenter, general model (Google, Apache-2.0): a MobileNetV3 for people within two metres.

    Input [1, 256, 256, 3] in 0..1, squeezed; one confidence. MediaPipe scales, normalises and scales back itself. It
    takes whatever stands in front for a person: a cat, a cup, a cannon (measured). One thread at a time may use it.
    """

    model = "selfie-segmenter"
    closer_looks = 8
    look_side = 320

    def __init__(self, path: Path) -> None:
        self._task = mediapipe_tasks.create(
            "ImageSegmenter", path, output_confidence_masks=True, output_category_mask=False
        )

    def matte(self, rgb: Pixels) -> Plane:
        """[height, width] 0..1 for [height, width, 3] uint8, red first."""
        mask = self._task.segment(mediapipe_tasks.image(rgb)).confidence_masks[-1].numpy_view()
        return np.array(mask, np.float32).reshape(rgb.shape[:2])


class ModNet:
    """MODNet for portraits (Ke, Sun, Li, Yan, Lau: "MODNet: Real-time trimap-free portrait matting via objective
    decomposition", AAAI 2022; Apache-2.0).

    Input [1, 3, height, width] float32, see `prepare`; output [1, 1, height, width], 1 for a person.
    """

    model = "modnet"
    closer_looks = 2
    look_side = 512
    reference: ClassVar[int] = 512
    """Length of the short side, in pixels, of pictures that are all larger or all smaller than this."""
    grid: ClassVar[int] = 32
    longest: ClassVar[int] = 1024
    """Of a thin strip, which the maker's rule would enlarge without end."""

    def __init__(self, path: Path) -> None:
        self._session: Any = onnx_session(path)
        self._input: str = self._session.get_inputs()[0].name
        self.matte(np.zeros((64, 64, 3), np.uint8))  # warm from here on

    @classmethod
    def size_for(cls, width: int, height: int) -> tuple[int, int]:
        """Width and height at which a picture is looked at, as onnx/inference_onnx.py of ZHKKKe/MODNet says."""
        scale = 1.0
        if max(width, height) < cls.reference or min(width, height) > cls.reference:
            scale = cls.reference / min(width, height)
        sides = (min(int(side * scale), cls.longest) for side in (width, height))
        across, down = (max(side - side % cls.grid, cls.grid) for side in sides)
        return across, down

    @classmethod
    def prepare(cls, rgb: Pixels) -> Plane:
        """The input [1, 3, height, width] for a picture [height, width, 3] uint8, red first: scaled, −1..1."""
        size = cls.size_for(rgb.shape[1], rgb.shape[0])
        scaled = cv2.resize(rgb.astype(np.float32) / 127.5 - 1, size, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])

    def matte(self, rgb: Pixels) -> Plane:
        """[height, width] 0..1 for [height, width, 3] uint8, red first."""
        output = np.asarray(self._session.run(None, {self._input: self.prepare(rgb)})[0], np.float32)
        small = output.reshape(output.shape[-2:])
        scaled = cv2.resize(small, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.clip(scaled, 0, 1), np.float32)
