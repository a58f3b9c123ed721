"""The ends of an Ultralytics export, against a transcription of its own, and on a real network of 80 classes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import Open
from references import letterboxed

from analyzers.base import onnx_session
from analyzers.inference.yolov8 import Prepared, decode, in_photo, prepare

NAMES = {0: "person", 5: "bus", 27: "tie"}
TRUTHS = {
    "people/bus.jpg": {"person": 4, "bus": 1},
    "people/zidane.jpg": {"person": 2, "tie": 1},
    "people/astronaut.png": {"person": 1},
}
"""What a person sees, at a score of .25: the fourth person of the bus is cut off by the edge (.33); the tie has .31."""


def reference_input(rgb: np.ndarray) -> np.ndarray:
    """Ultralytics' `LetterBox` and what follows, in plain numpy: rounded borders, bilinear with half-pixel centres."""
    height, width = rgb.shape[:2]
    ratio = min(640 / height, 640 / width)
    new_w, new_h = round(width * ratio), round(height * ratio)
    dw, dh = (640 - new_w) / 2, (640 - new_h) / 2
    top, left = round(dh - 0.1), round(dw - 0.1)
    canvas = letterboxed(rgb, 640, (new_w, new_h), (left, top))
    return canvas.transpose(2, 0, 1)[None] / 255


def reference_output(raw: np.ndarray, floor: float) -> list[tuple[int, float, tuple[float, float, float, float]]]:
    """Class, score and corners in the input of what stays: column by column, then greedy suppression at 0.45."""
    found = []
    for x, y, w, h, *scores in raw[0].T.astype(np.float64):
        label = int(np.argmax(scores))
        if scores[label] >= floor:
            found.append((label, float(scores[label]), (x - w / 2, y - h / 2, x + w / 2, y + h / 2)))
    kept: list[tuple[int, float, tuple[float, float, float, float]]] = []
    for each in sorted(found, key=lambda one: -one[1]):
        if all(each[0] != other[0] or overlap(each[2], other[2]) <= 0.45 for other in kept):
            kept.append(each)
    return kept


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


@pytest.mark.parametrize("shape", [(300, 451), (640, 640), (720, 1280), (33, 128), (1137, 551), (641, 7)])
def test_the_input_is_that_of_the_reference(shape: tuple[int, int]) -> None:
    rgb = np.random.default_rng(shape).integers(0, 256, (*shape, 3)).astype(np.uint8)
    blob = prepare(np.ascontiguousarray(rgb[:, :, ::-1])).blob
    assert (blob.shape, blob.dtype) == ((1, 3, 640, 640), np.float32)
    one_grey_level = 1 / 255  # OpenCV rounds each pixel to whole levels; the transcription does not
    assert np.abs(blob - reference_input(rgb)).max() <= 1.05 * one_grey_level


@pytest.mark.parametrize("shape", [(1, 1), (1, 8000), (8000, 1), (2, 3)])
def test_the_narrowest_photos_have_an_input(shape: tuple[int, int]) -> None:
    blob = prepare(np.zeros((*shape, 3), np.uint8)).blob
    assert blob.min() == 0
    assert blob.max() in (0, pytest.approx(114 / 255))


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_boxes_lead_back_to_the_photo(width: int, height: int) -> None:
    factor = min(640 / width, 640 / height)
    prepared = Prepared(np.zeros(0, np.float32), factor, (7, 31))
    box = np.array([[width / 4, height / 3, width / 5, height / 7]])
    inside = box * factor + [7, 31, 0, 0]
    assert np.allclose(in_photo(inside, prepared), box)


@pytest.mark.parametrize("classes", [1, 13, 80])
def test_decoding_knows_any_number_of_classes(classes: int) -> None:
    raw = np.random.default_rng(classes).random((1, 4 + classes, 90)).astype(np.float32)
    raw[0, 4:] **= 2 * classes  # in every number of classes some columns see nothing
    boxes, scores = decode(raw)
    assert (boxes.shape, scores.shape) == ((90, 4), (90, classes))
    assert np.allclose(boxes[:, :2] + boxes[:, 2:] / 2, raw[0, :2].T)
    assert np.array_equal(scores, raw[0, 4:].T)
    some = decode(raw, 0.5)
    able = raw[0, 4:].max(axis=0) >= 0.5
    assert 0 < len(some.boxes) < 90
    assert np.array_equal(some.scores, scores[able])
    assert np.array_equal(some.boxes, boxes[able])


@pytest.mark.parametrize(("path", "truth"), TRUTHS.items())
def test_a_real_network_sees_what_its_reference_sees(
    open_photo: Open, mirror: Path, path: str, truth: dict[str, int]
) -> None:
    photo, file = open_photo(path), mirror / "yolov8n_int8.onnx"
    plain = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    theirs = reference_output(plain.run(None, {"images": reference_input(photo.rgb).astype(np.float32)})[0], 0.25)
    assert Counter(NAMES[label] for label, _, _ in theirs) == truth
    prepared = prepare(photo.bgr)
    found = decode(onnx_session(file).run(None, {"images": prepared.blob})[0], 0.15)
    boxes = in_photo(found.boxes, prepared)
    for label, score, corners in theirs:
        left, top, right, bottom = (np.array(corners) - np.tile(prepared.pad, 2)) / prepared.factor
        gaps = np.abs(boxes - [left, top, right - left, bottom - top]).max(axis=1)
        twin = int(np.where(found.scores.argmax(axis=1) == label, gaps, np.inf).argmin())
        assert gaps[twin] <= 0.02 * max(photo.width, photo.height)
        assert found.scores[twin, label] == pytest.approx(score, abs=0.06)  # eight bits
