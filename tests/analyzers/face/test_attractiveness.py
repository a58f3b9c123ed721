"""Attractiveness: its makers' preprocessing and scale, on networks made here with known answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from pictures import Make, Open
from PIL import Image

from analyzers.base import Photo, wiring
from analyzers.face.attractiveness import AttractivenessAnalyzer, view
from analyzers.inference.fairface import normalised
from analyzers.weights.store import Store
from bus.findings import Attractiveness, Box, Face, Faces


def network(folder: Path, weights: tuple[float, float, float], bias: float) -> dict[str, Path]:
    """The weights of a network [n, 3, 224, 224] → [n, 1]: the channels' means times `weights`, plus `bias`."""
    nodes = [
        helper.make_node("ReduceMean", ["input", "axes"], ["means"], keepdims=0),
        helper.make_node("Gemm", ["means", "weights", "bias"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes,
        "means",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, 224, 224])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n", 1])],
        [
            numpy_helper.from_array(np.array([2, 3], np.int64), "axes"),
            numpy_helper.from_array(np.array(weights, np.float32)[:, None], "weights"),
            numpy_helper.from_array(np.array([bias], np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    onnx.save(model, str(folder / "scut.onnx"))
    return {"scut_fbp5500": folder / "scut.onnx"}


def a_face(x: float, y: float, w: float, h: float) -> Face:
    return Face(box=Box(x=x, y=y, w=w, h=h), score=0.9, sharpness=1, size=0.1)


@pytest.mark.parametrize("channel", range(3))
def test_the_network_sees_red_first_by_imagenets_statistics(tmp_path: Path, photo_of: Make, channel: int) -> None:
    color = (180, 110, 60)
    weights = np.eye(3)[channel] * 0.5
    analyzer = AttractivenessAnalyzer(network(tmp_path, tuple(weights), 3))
    photo = photo_of(np.full((300, 300, 3), color[::-1], np.uint8))
    mean, deviation = ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))[channel]
    expected = 3 + 0.5 * (color[channel] / 255 - mean) / deviation
    found = analyzer.analyze(photo, Faces(faces=(a_face(100, 100, 80, 100),))).faces[0]
    assert found.score == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("bias", "score"), [(-7, 1), (0.99, 1), (3.25, 3.25), (5.2, 5), (40, 5)])
def test_scores_stay_within_the_scale(tmp_path: Path, photo_of: Make, bias: float, score: float) -> None:
    analyzer = AttractivenessAnalyzer(network(tmp_path, (0, 0, 0), bias))
    photo = photo_of(np.zeros((50, 50, 3), np.uint8))
    assert analyzer.analyze(photo, Faces(faces=(a_face(5, 5, 20, 20),))).faces[0].score == pytest.approx(score)


def test_what_the_network_gets_is_the_head_as_its_makers_script_would_scale_it(open_photo: Open) -> None:
    """A box with a head of 512 px: Pillow scales it to 256, and 224 of the middle remain."""
    photo = open_photo("people/portrait_official.jpg")
    height = 512 / 1.8
    face = a_face(500 - height / 2, 256 - height / 2, height, height)
    picture = Image.fromarray(photo.rgb).crop((244, 0, 756, 512)).resize((256, 256), Image.Resampling.BILINEAR)
    expected = normalised(np.asarray(picture.crop((16, 16, 240, 240)))[None])
    assert np.abs(normalised(view(photo.rgb, face)[None]) - expected).mean() < 0.05


def test_every_face_has_its_own_score_in_the_order_of_the_faces(tmp_path: Path, photo_of: Make) -> None:
    analyzer = AttractivenessAnalyzer(network(tmp_path, (0, 1, 0), 3))
    bands = np.repeat(np.array([40, 120, 200], np.uint8), 200)[None, :, None].repeat(200, 0).repeat(3, 2)
    faces = Faces(faces=tuple(a_face(x, 90, 20, 20) for x in (490, 90, 290)))
    found = analyzer.analyze(photo_of(np.ascontiguousarray(bands)), faces).faces
    assert [each.face for each in found] == [0, 1, 2]
    assert found[0].score > found[2].score > found[1].score


def test_odd_photos_and_faces_get_a_score(tmp_path: Path, odd_photo: Photo) -> None:
    analyzer = AttractivenessAnalyzer(network(tmp_path, (1, 1, 1), 3))
    analyzer.warm_up()
    odd = (a_face(-900, -900, 10, 10), a_face(1e6, 5, 1e6, 0), a_face(0, 0, 5000, 4000))
    assert all(1 <= each.score <= 5 for each in analyzer.analyze(odd_photo, Faces(faces=odd)).faces)
    assert analyzer.analyze(odd_photo, Faces()) == Attractiveness()


def test_it_waits_for_faces_and_for_a_persons_consent(tmp_path: Path) -> None:
    assert wiring(AttractivenessAnalyzer).needs == ("faces",)
    store = Store(tmp_path)
    assert store.available(AttractivenessAnalyzer).missing == ("scut_fbp5500",)
    assert store.entry("scut_fbp5500").asks_for == "non-commercial"
