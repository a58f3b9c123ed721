"""Objects: what a person sees in the real photos, and the arithmetic of YOLOX against a transcription of its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import Open, mirrored
from references import letterboxed

from analyzers.base import Photo, wiring
from analyzers.inference.yolox import Detections, decode, prepare
from analyzers.runtime.loading import load_analyzers
from analyzers.scene.objects import LABELS, ObjectsAnalyzer, YoloxNano, is_worn, select
from analyzers.weights.store import Store
from bus.findings import Box, SeenObject
from bus.settings import Settings

MIN_SCORE, WORN_MIN_SCORE = YoloxNano.min_score, YoloxNano.worn_min_score


TRUTHS = {
    "people/bus.jpg": {"bus": 1, "person": 3},
    "people/zidane.jpg": {"person": 2, "tie": 1},
    "people/astronaut.png": {"person": 1},
    "people/portrait_official.jpg": {"person": 1, "tie": 1},
    "people/portrait_official_2.jpg": {"person": 1, "tie": 1},
    "people/portrait_same_person.jpg": {"person": 2, "tie": 1},
    "people/two_people.jpg": {"person": 2, "tie": 2},
    "people/partial_face.jpg": {"person": 1, "tie": 1},
    "people/low_resolution.jpg": {"person": 1, "tie": 1},
    "people/hopper.jpg": {"person": 1, "tie": 1},
    "coffee.png": {"cup": 1, "dining table": 1},
    "chelsea.png": {"cat": 1},
    "exif/gps_ifd.jpg": {"car": 1},
    "exif/gps.jpg": {},
    "exif/iphone.heic": {},
    "exif/tiny.heif": {},
    "orientation/portrait_1.jpg": {},
    "orientation/portrait_6.jpg": {},
    "broken/zero_length_string.jpg": {},
}


@pytest.fixture(scope="module")
def analyzer(spotter: ObjectsAnalyzer) -> ObjectsAnalyzer:
    return spotter


def labels(found: tuple[SeenObject, ...]) -> Counter[str]:
    return Counter(each.label for each in found)


@pytest.mark.parametrize(("path", "truth"), TRUTHS.items())
def test_each_photo_holds_what_a_person_sees(
    analyzer: ObjectsAnalyzer, open_photo: Open, path: str, truth: dict[str, int]
) -> None:
    assert labels(analyzer.analyze(open_photo(path)).objects) == truth


def test_things_stand_where_they_are(analyzer: ObjectsAnalyzer, open_photo: Open) -> None:
    photo = open_photo("people/zidane.jpg")
    tie = next(each for each in analyzer.analyze(photo).objects if each.label == "tie")
    assert 960 < tie.box.x + tie.box.w / 2 < 1060  # below the collar of the one on the right
    assert 310 < tie.box.y + tie.box.h / 2 < 430
    bus = analyzer.analyze(open_photo("people/bus.jpg")).objects[0]
    assert bus.label == "bus"
    assert (bus.box.x, bus.box.w) == (pytest.approx(0, abs=40), pytest.approx(810, rel=0.1))
    assert 220 < bus.box.y < 260
    assert 700 < bus.box.y + bus.box.h < 780


def test_the_largest_comes_first_and_boxes_stay_inside(analyzer: ObjectsAnalyzer, open_photo: Open) -> None:
    photo = open_photo("people/bus.jpg")
    found = analyzer.analyze(photo).objects
    assert [each.size for each in found] == sorted((each.size for each in found), reverse=True)
    for each in found:
        assert 0 <= each.box.x <= each.box.x + each.box.w <= photo.width
        assert 0 <= each.box.y <= each.box.y + each.box.h <= photo.height
        assert each.size == pytest.approx(each.box.w * each.box.h / (photo.width * photo.height))


def test_a_faint_tie_counts_on_a_person_only(analyzer: ObjectsAnalyzer, open_photo: Open) -> None:
    found = analyzer.analyze(open_photo("people/zidane.jpg")).objects
    (tie,) = (each for each in found if each.label == "tie")
    assert WORN_MIN_SCORE <= tie.score < MIN_SCORE
    assert all(each.score >= MIN_SCORE for each in found if each is not tie)


def a(label: str, score: float, left: float) -> SeenObject:
    return SeenObject(label=label, score=score, box=Box(x=left, y=0, w=10, h=10), size=0.1)  # type: ignore[arg-type]


def test_a_person_wears_one_tie_in_doubt() -> None:
    person = a("person", 0.9, 0)
    faint, surer, elsewhere = a("tie", 0.3, 2), a("tie", 0.5, 1), a("tie", 0.5, 40)
    assert is_worn(faint, [person, faint, elsewhere], MIN_SCORE)
    assert not is_worn(faint, [person, faint, surer], MIN_SCORE)
    assert not is_worn(elsewhere, [person, elsewhere], MIN_SCORE)
    assert not is_worn(a("cup", 0.3, 2), [person], MIN_SCORE)
    assert not is_worn(faint, [a("person", 0.5, 0), faint], MIN_SCORE)


def test_a_photo_and_its_mirror_image_hold_the_same(analyzer: ObjectsAnalyzer, open_photo: Open) -> None:
    for path in ("people/bus.jpg", "people/two_people.jpg", "people/zidane.jpg", "chelsea.png"):
        photo = open_photo(path)
        assert labels(analyzer.analyze(mirrored(photo)).objects) == TRUTHS[path]


def test_nothing_is_found_in_photos_of_nothing(analyzer: ObjectsAnalyzer, odd_photo: Photo) -> None:
    assert analyzer.analyze(odd_photo).objects == ()


def reference_input(rgb: np.ndarray) -> np.ndarray:
    """YOLOX 0.1.0's `preproc`, in plain numpy: bilinear with half-pixel centres, padded, normalised; [1, 3, h, w]."""
    height, width = rgb.shape[:2]
    ratio = min(416 / height, 416 / width)
    new_h, new_w = int(height * ratio), int(width * ratio)
    padded = letterboxed(rgb, 416, (new_w, new_h), (0, 0))
    padded = (padded / 255 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    return padded.transpose(2, 0, 1)[None]


@pytest.mark.parametrize("shape", [(300, 451), (416, 416), (720, 1280), (128, 128), (1137, 551)])
def test_the_input_is_that_of_the_reference(shape: tuple[int, int]) -> None:
    coarse = np.random.default_rng(shape).integers(0, 256, (*shape, 3)).astype(np.uint8)
    ours, factor = prepare(np.ascontiguousarray(coarse[:, :, ::-1]))
    assert ours.shape == (1, 3, 416, 416)
    assert factor == pytest.approx(416 / max(shape))
    one_grey_level = 1 / 255 / 0.224  # OpenCV rounds each pixel to whole levels; the transcription does not
    assert np.abs(ours - reference_input(coarse)).max() <= 1.05 * one_grey_level


def reference_output(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """YOLOX's `demo_postprocess` and the lines after it, cell by cell: corners [n, 4] and scores [n, 80]."""
    corners, scores = [], []
    index = 0
    for stride in (8, 16, 32):
        for y in range(416 // stride):
            for x in range(416 // stride):
                row = raw[index].astype(np.float64)
                cx, cy = (row[0] + x) * stride, (row[1] + y) * stride
                w, h = np.exp(row[2]) * stride, np.exp(row[3]) * stride
                corners.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2))
                scores.append(row[4] * row[5:])
                index += 1
    return np.array(corners), np.array(scores)


def reference_nms(corners: np.ndarray, scores: np.ndarray, min_score: float) -> set[tuple[int, int]]:
    """Greedy suppression for each class in turn, over each cell's best class; (cell, class) pairs."""
    best = scores.argmax(1)
    kept: set[tuple[int, int]] = set()
    for label in range(scores.shape[1]):
        order = [i for i in np.argsort(-scores[:, label]) if best[i] == label and scores[i, label] >= min_score]
        while order:
            first, order = order[0], order[1:]
            kept.add((int(first), label))
            order = [i for i in order if iou(corners[first], corners[i]) <= 0.45]
    return kept


def iou(a: np.ndarray, b: np.ndarray) -> float:
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def raw_output(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    raw = rng.normal(0, 1, (3549, 85)).astype(np.float32)
    raw[:, 2:4] = np.clip(raw[:, 2:4], -2, 2)
    raw[:, 4:] = rng.random((3549, 81)) ** 6  # most cells see nothing, as in life
    return raw


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_decoding_equals_the_transcription_of_the_reference(seed: int) -> None:
    raw = raw_output(seed)
    corners, scores = reference_output(raw)
    ours = decode(raw)
    theirs = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    assert np.allclose(ours.boxes, theirs, rtol=1e-5, atol=1e-4)
    assert np.allclose(ours.scores, scores, atol=1e-4)
    some = decode(raw, 0.3)
    able = raw[:, 4] >= 0.3
    assert 0 < len(some.boxes) < len(ours.boxes)
    assert np.array_equal(some.boxes, ours.boxes[able])
    assert np.array_equal(some.scores, ours.scores[able])


@given(st.integers(0, 2**32 - 1), st.floats(0.3, 0.8))
@settings(max_examples=8)
def test_overlaps_are_settled_as_the_reference_does(seed: int, min_score: float) -> None:
    corners, scores = reference_output(raw_output(seed))
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    assert set(select(Detections(boxes, scores), min_score)) == reference_nms(corners, scores, min_score)


def test_two_classes_in_one_place_both_stay() -> None:
    boxes = np.array([[10.0, 10, 50, 50], [11, 10, 50, 50], [10, 11, 50, 50]])
    scores = np.zeros((3, len(LABELS)))
    scores[0, 0], scores[1, 0], scores[2, 27] = 0.9, 0.8, 0.7
    assert set(select(Detections(boxes, scores), MIN_SCORE)) == {(0, 0), (2, 27)}


def test_the_whole_way_equals_the_reference_on_a_real_photo(
    analyzer: ObjectsAnalyzer, open_photo: Open, mirror: Path
) -> None:
    photo = open_photo("people/bus.jpg")
    session = onnxruntime.InferenceSession(str(mirror / "yolox_nano.onnx"), providers=["CPUExecutionProvider"])
    raw = session.run(None, {"inputs": reference_input(photo.rgb).astype(np.float32)})[0][0]
    corners, scores = reference_output(raw)
    theirs = reference_nms(corners, scores, MIN_SCORE)
    ours = analyzer.analyze(photo).objects
    assert Counter(LABELS[label] for _, label in theirs) == labels(ours)
    for cell, label in theirs:
        left, top, right, bottom = np.clip(corners[cell] * 1080 / 416, 0, [810, 1080, 810, 1080])
        twin = min((o for o in ours if o.label == LABELS[label]), key=lambda o: abs(o.box.x - left))
        assert (twin.box.x, twin.box.y) == (pytest.approx(left, abs=3), pytest.approx(top, abs=3))
        assert twin.box.x + twin.box.w == pytest.approx(right, abs=3)
        assert twin.box.y + twin.box.h == pytest.approx(bottom, abs=3)
        assert twin.score == pytest.approx(scores[cell, label], abs=0.02)


def test_the_labels_are_those_of_coco_in_its_order() -> None:
    assert len(LABELS) == len(set(LABELS)) == 80
    assert [LABELS[i] for i in (0, 5, 15, 27, 41, 67, 79)] == [
        "person", "bus", "cat", "tie", "cup", "cell phone", "toothbrush",
    ]  # fmt: skip
    assert wiring(ObjectsAnalyzer).name == "objects"


def test_without_its_weights_it_does_not_start_and_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzers.runtime.loading.load_roster", lambda _: (ObjectsAnalyzer,))
    (loaded,) = load_analyzers(Settings(data=tmp_path, models_mirror=None), [])
    assert loaded.analyzer is None
    assert (loaded.info.name, loaded.info.missing) == ("objects", ("yolox_nano",))


def test_its_weights_come_from_the_mirror(mirror: Path, tmp_path: Path) -> None:
    weights, missing = Store(tmp_path, str(mirror), trust_mirror=True).available(ObjectsAnalyzer)
    assert (set(weights), missing) == ({"yolox_nano"}, ())
    assert ObjectsAnalyzer(weights).model == "yolox-nano"


YOLOV8_TRUTHS = TRUTHS | {"exif/camera_1999.jpg": {"motorcycle": 1}}  # a cannon on wheels: the one mistake


@pytest.mark.parametrize(("path", "truth"), YOLOV8_TRUTHS.items())
def test_yolov8_sees_what_a_person_sees(
    eight_bits: ObjectsAnalyzer, open_photo: Open, path: str, truth: dict[str, int]
) -> None:
    assert labels(eight_bits.analyze(open_photo(path)).objects) == truth


@pytest.fixture(scope="module")
def eight_bits(mirror: Path) -> ObjectsAnalyzer:
    return ObjectsAnalyzer({"yolov8n_int8": mirror / "yolov8n_int8.onnx"})


def test_two_networks_agree_where_people_stand(
    analyzer: ObjectsAnalyzer, eight_bits: ObjectsAnalyzer, open_photo: Open
) -> None:
    for path in ("people/bus.jpg", "people/two_people.jpg", "people/portrait_official.jpg"):
        photo = open_photo(path)
        ours, theirs = (
            [np.array([o.box.x, o.box.y, o.box.x + o.box.w, o.box.y + o.box.h]) for o in found if o.label == "person"]
            for found in (analyzer.analyze(photo).objects, eight_bits.analyze(photo).objects)
        )
        assert all(max(iou(box, other) for other in theirs) > 0.7 for box in ours)


def test_yolov8_finds_nothing_in_photos_of_nothing(eight_bits: ObjectsAnalyzer, odd_photo: Photo) -> None:
    assert eight_bits.analyze(odd_photo).objects == ()


def test_the_best_that_is_there_is_taken(mirror: Path) -> None:
    nano, eight = mirror / "yolox_nano.onnx", mirror / "yolov8n_int8.onnx"
    both = ObjectsAnalyzer({"yolox_nano": nano, "yolov8n_int8": eight})
    assert both.model == "yolox-nano"
    assert ObjectsAnalyzer({"yolov8n_int8": eight, "yolox_nano": nano, "yolov8n": eight}).model == "yolov8n"
    assert ObjectsAnalyzer({"yolov8n_int8": eight}).model == "yolov8n-int8"
    both.warm_up()


def test_without_consent_to_the_agpl_nothing_under_it_is_used(mirror: Path, tmp_path: Path) -> None:
    open_minded = Store(tmp_path, str(mirror), trust_mirror=True, accepted=frozenset({"agpl"}))
    assert set(open_minded.available(ObjectsAnalyzer).weights) == {"yolox_nano", "yolov8n_int8"}
    assert set(Store(tmp_path, str(mirror), trust_mirror=True).available(ObjectsAnalyzer).weights) == {"yolox_nano"}
