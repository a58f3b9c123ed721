"""Emotions: what a person sees in the real photos, and both networks' inputs against plain transcriptions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from pictures import Make, Open, mirrored
from PIL import Image

from analyzers.base import Photo, Skip, weight_names, wiring
from analyzers.face.emotion_networks import MOST_AT_ONCE, HSEmotion, MiniXception, softmax
from analyzers.face.emotions import EmotionsAnalyzer
from analyzers.face.faces import FacesAnalyzer
from bus.findings import Box, Emotion, Face, Faces

CALM: set[Emotion] = {"neutral", "sadness"}
EMOTIONS: dict[str, tuple[set[Emotion], ...]] = {
    "astronaut.png": ({"happiness"},),
    "portrait_official.jpg": ({"happiness"},),
    "low_resolution.jpg": ({"happiness"},),
    "partial_face.jpg": ({"happiness"},),
    "portrait_official_2.jpg": (CALM,),
    "hopper.jpg": (CALM,),
    "two_people.jpg": (CALM, CALM),
    "zidane.jpg": ({"neutral"}, {"anger"}),  # a coach who listens; a player who shouts
}
"""What a person reads in each face, the largest first. A stern old face may pass for sad."""

WEIGHTS_OF_HSEMOTION = np.random.default_rng(8).normal(0, 1, (3, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def mini(mirror: Path) -> Path:
    return mirror / "derived/fer2013_mini_XCEPTION.102-0.66.onnx"


@pytest.fixture(scope="module")
def analyzer(mini: Path) -> EmotionsAnalyzer:
    return EmotionsAnalyzer({"mini_xception_emotion": mini})


def network_like_hsemotion(path: Path, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> Path:
    """A network with HSEmotion's signature: the mean of each input channel, times `weights` [3, 8], plus `bias` [8]."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "bias"], ["output"]),
    ]
    shown = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, 224, 224])
    said = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 8])
    constants = [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")]
    graph = helper.make_graph(nodes, "means", [shown], [said], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


@pytest.fixture(scope="module")
def by_means(tmp_path_factory: pytest.TempPathFactory) -> EmotionsAnalyzer:
    path = tmp_path_factory.mktemp("hsemotion") / "enet.onnx"
    network_like_hsemotion(path, WEIGHTS_OF_HSEMOTION, np.zeros(8, np.float32))
    return EmotionsAnalyzer({"hsemotion": path})


def a_face(x: float, y: float, w: float, h: float) -> Face:
    return Face(box=Box(x=x, y=y, w=w, h=h), score=0.9, sharpness=1.0, size=0.1)


def faces_at(*boxes: tuple[float, float, float, float]) -> Faces:
    return Faces(faces=tuple(a_face(*box) for box in boxes))


@pytest.mark.parametrize(("name", "truths"), EMOTIONS.items())
def test_each_face_feels_what_a_person_reads_in_it(
    analyzer: EmotionsAnalyzer, finder: FacesAnalyzer, open_photo: Open, name: str, truths: Sequence[set[Emotion]]
) -> None:
    photo = open_photo(f"people/{name}")
    found = analyzer.analyze(photo, finder.analyze(photo)).faces
    assert [each.face for each in found] == list(range(len(truths)))
    for each, truth in zip(found, truths, strict=True):
        assert each.label in truth


@pytest.mark.parametrize("name", [name for name, truths in EMOTIONS.items() if truths == ({"happiness"},)])
def test_smiles_are_smiles_in_the_mirror(
    analyzer: EmotionsAnalyzer, finder: FacesAnalyzer, open_photo: Open, name: str
) -> None:
    photo = mirrored(open_photo(f"people/{name}"))
    (face,) = analyzer.analyze(photo, finder.analyze(photo)).faces
    assert face.label == "happiness"


def test_smiles_are_certain(analyzer: EmotionsAnalyzer, finder: FacesAnalyzer, open_photo: Open) -> None:
    for name in ("astronaut.png", "portrait_official.jpg", "low_resolution.jpg"):
        photo = open_photo(f"people/{name}")
        (face,) = analyzer.analyze(photo, finder.analyze(photo)).faces
        assert face.score > 0.95
        assert face.scores["happiness"] == face.score


def test_mini_xception_is_shown_what_its_authors_would_show_it(
    analyzer: EmotionsAnalyzer, finder: FacesAnalyzer, open_photo: Open, mini: Path
) -> None:
    """`preprocess_input` and class order of oarriaga/face_classification, from Pillow's grey and OpenCV's resize."""
    session = onnxruntime.InferenceSession(str(mini), providers=["CPUExecutionProvider"])
    order = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
    for name in ("astronaut.png", "two_people.jpg", "zidane.jpg"):
        photo = open_photo(f"people/{name}")
        faces = finder.analyze(photo)
        gray = np.asarray(Image.fromarray(photo.rgb).convert("L"))
        ours = analyzer.analyze(photo, faces).faces
        assert len(ours) == len(faces.faces)
        for face, each in zip(faces.faces, ours, strict=True):
            middle_x, middle_y = face.box.x + face.box.w / 2, face.box.y + face.box.h / 2
            half = 1.3 * (face.box.w + face.box.h) / 4
            left, right = round(middle_x - half), round(middle_x + half)
            top, bottom = round(middle_y - half), round(middle_y + half)
            small = cv2.resize(gray[top:bottom, left:right], (64, 64), interpolation=cv2.INTER_AREA)
            blob = (small.astype(np.float32) / 255 - 0.5) * 2
            theirs = session.run(None, {session.get_inputs()[0].name: blob[None, :, :, None]})[0][0]
            assert sum(each.scores.values()) == pytest.approx(1, abs=1e-4)
            assert "contempt" not in each.scores
            for label, score in zip(order, theirs, strict=True):
                assert each.scores[label] == pytest.approx(score, abs=0.06)  # type: ignore[index]


def reference_hsemotion(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """HSEmotionRecognizer.preprocess of hsemotion-onnx, channel by channel; [3, 224, 224]."""
    small = cv2.resize(rgb, (224, 224)) / 255
    planes = [
        (small[..., channel] - mean) / deviation
        for channel, (mean, deviation) in enumerate(((0.485, 0.229), (0.456, 0.224), (0.406, 0.225)))
    ]
    return np.stack(planes)


@pytest.mark.parametrize("box", [(40, 30, 150, 200), (-20, -10, 120, 130), (250, 120, 100, 100), (3, 5, 224, 224)])
def test_hsemotion_is_shown_what_its_author_would_show_it(
    by_means: EmotionsAnalyzer, photo_of: Make, box: tuple[int, int, int, int]
) -> None:
    coarse = np.random.default_rng(3).integers(0, 256, (30, 40, 3)).astype(np.uint8)
    photo = photo_of(np.asarray(cv2.resize(coarse, (300, 240), interpolation=cv2.INTER_CUBIC), np.uint8))
    x, y, w, h = box
    shown = photo.rgb[max(0, y) : y + h, max(0, x) : x + w]
    network = by_means._network
    assert isinstance(network, HSEmotion)
    blob = network.input(photo, [Box(x=x, y=y, w=w, h=h)])
    assert (blob.shape, blob.dtype) == ((1, 3, 224, 224), np.float32)
    one_grey_level = 1 / 255 / 0.224
    assert np.abs(blob[0] - reference_hsemotion(shown)).max() <= 1.05 * one_grey_level
    logits = reference_hsemotion(shown).mean(axis=(1, 2)) @ WEIGHTS_OF_HSEMOTION
    theirs = np.exp(logits) / np.exp(logits).sum()
    (ours,) = by_means.analyze(photo, faces_at(box)).faces
    order = ["anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"]
    assert [ours.scores[label] for label in order] == pytest.approx(theirs, abs=0.01)  # type: ignore[index]
    assert ours.label == order[int(np.argmax(theirs))]


def test_every_class_of_hsemotion_has_its_place(tmp_path: Path, photo_of: Make) -> None:
    order = ("anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
    photo = photo_of(np.full((50, 50, 3), 90, np.uint8))
    for place, label in enumerate(order):
        bias = np.zeros(8, np.float32)
        bias[place] = 5
        path = network_like_hsemotion(tmp_path / f"{label}.onnx", np.zeros((3, 8), np.float32), bias)
        (face,) = EmotionsAnalyzer({"hsemotion": path}).analyze(photo, faces_at((5, 5, 30, 30))).faces
        assert (face.label, face.score) == (label, pytest.approx(np.exp(5) / (np.exp(5) + 7), abs=1e-4))


def test_red_is_told_from_blue_on_the_way_to_hsemotion(tmp_path: Path, photo_of: Make) -> None:
    weights = np.zeros((3, 8), np.float32)
    weights[0, 4], weights[2, 6] = 1, 1  # red speaks for happiness, blue for sadness
    network = network_like_hsemotion(tmp_path / "enet.onnx", weights, np.zeros(8, np.float32))
    analyzer = EmotionsAnalyzer({"hsemotion": network})
    photo = np.zeros((100, 200, 3), np.uint8)
    photo[:, :100], photo[:, 100:] = (0, 0, 255), (255, 0, 0)
    found = analyzer.analyze(photo_of(photo), faces_at((0, 0, 90, 90), (110, 0, 90, 90))).faces
    assert [face.label for face in found] == ["happiness", "sadness"]


@pytest.mark.parametrize("kind", ["hsemotion", "mini"])
def test_many_faces_are_read_as_each_alone(
    analyzer: EmotionsAnalyzer, by_means: EmotionsAnalyzer, open_photo: Open, kind: str
) -> None:
    reader = by_means if kind == "hsemotion" else analyzer
    photo = open_photo("people/bus.jpg")
    boxes = [(37.5 * i % 700, 53.3 * i % 900, 60 + i, 80 + i) for i in range(2 * MOST_AT_ONCE + 3)]
    together = reader.analyze(photo, faces_at(*boxes)).faces
    assert [face.face for face in together] == list(range(len(boxes)))
    for face, box in zip(together, boxes, strict=True):
        (alone,) = reader.analyze(photo, faces_at(box)).faces
        assert [*face.scores.values()] == pytest.approx([*alone.scores.values()], abs=1e-4)


def test_faces_beside_the_photo_are_left_out_and_the_others_keep_their_numbers(
    analyzer: EmotionsAnalyzer, photo_of: Make
) -> None:
    photo = photo_of(np.full((100, 80, 3), 128, np.uint8))
    beside, within, touching = (200, 0, 50, 50), (10, 10, 40, 50), (-30, 90, 50, 50)
    assert [face.face for face in analyzer.analyze(photo, faces_at(beside, within, touching)).faces] == [1, 2]
    with pytest.raises(Skip):
        analyzer.analyze(photo, faces_at(beside))


@pytest.mark.parametrize("kind", ["hsemotion", "mini"])
def test_odd_photos_and_boxes_are_read_without_a_stumble(
    analyzer: EmotionsAnalyzer, by_means: EmotionsAnalyzer, odd_photo: Photo, kind: str
) -> None:
    w, h = odd_photo.width, odd_photo.height
    boxes = [(0, 0, w, h), (-50, -50, w + 100, h + 100), (w - 1, h - 1, 60, 60), (0, 0, 0, 0), (w / 2, -9, 1, 1e6)]
    for face in (by_means if kind == "hsemotion" else analyzer).analyze(odd_photo, faces_at(*boxes)).faces:
        assert sum(face.scores.values()) == pytest.approx(1, abs=1e-4)
        assert face.score == max(face.scores.values())


@given(st.lists(st.lists(st.floats(-1e4, 1e4, width=32), min_size=8, max_size=8), min_size=1, max_size=5))
def test_probabilities_add_up_and_keep_the_order(rows: list[list[float]]) -> None:
    logits = np.array(rows, np.float32)
    probabilities = softmax(logits)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    for row, chances in zip(logits, probabilities, strict=True):
        assert chances[row.argmax()] == chances.max()


def test_the_square_of_mini_xception_stands_around_the_middle() -> None:
    network = MiniXception.__new__(MiniXception)
    square = network.around(Box(x=10, y=20, w=80, h=120))
    assert (square.w, square.h) == (pytest.approx(130), pytest.approx(130))
    assert (square.x + square.w / 2, square.y + square.h / 2) == (pytest.approx(50), pytest.approx(80))


def test_hsemotion_goes_before_mini_xception(
    by_means: EmotionsAnalyzer, analyzer: EmotionsAnalyzer, tmp_path: Path, mini: Path
) -> None:
    both = network_like_hsemotion(tmp_path / "enet.onnx", WEIGHTS_OF_HSEMOTION, np.zeros(8, np.float32))
    chosen = EmotionsAnalyzer({"mini_xception_emotion": mini, "hsemotion": both})
    assert (chosen.model, analyzer.model) == (by_means.model, "mini-xception-fer2013")
    assert weight_names(EmotionsAnalyzer).any_of == ("hsemotion", "mini_xception_emotion")
    wired = wiring(EmotionsAnalyzer)
    assert (wired.name, wired.needs) == ("emotions", ("faces",))


def test_both_networks_warm_up(by_means: EmotionsAnalyzer, analyzer: EmotionsAnalyzer) -> None:
    by_means.warm_up()
    analyzer.warm_up()
