"""MODNet: its makers' own arithmetic, over a network of its signature."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from pictures import Make

from analyzers.scene.background import BackgroundAnalyzer
from analyzers.scene.matting import ModNet
from bus.findings import Box, Faces, Objects, SeenObject


def modnet(path: Path) -> Path:
    """A network of MODNet's signature: the red channel, from −1..1 to 0..1."""
    red = numpy_helper.from_array(np.array([[[[0.5]], [[0]], [[0]]]], np.float32), "w")
    shape: list[int | str] = [1, 3, "height", "width"]
    graph = helper.make_graph(
        [helper.make_node("Conv", ["input", "w", "b"], ["output"])],
        "red",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "height", "width"])],
        [red, numpy_helper.from_array(np.array([0.5], np.float32), "b")],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), path)
    return path


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(1280, 720, (896, 512)), (640, 480, (640, 480)), (100, 300, (512, 1024)), (600, 2000, (512, 1024)),
     (1, 1, (512, 512)), (8000, 1, (1024, 32))],
)  # fmt: skip
def test_modnet_looks_at_multiples_of_32(width: int, height: int, expected: tuple[int, int]) -> None:
    assert ModNet.size_for(width, height) == expected


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_modnet_never_looks_at_too_much(width: int, height: int) -> None:
    across, down = ModNet.size_for(width, height)
    assert across % 32 == down % 32 == 0
    assert 32 <= min(across, down) <= max(across, down) <= ModNet.longest


def test_modnets_input_is_the_makers(tmp_path: Path) -> None:
    rgb = np.random.default_rng(8).integers(0, 256, (700, 900, 3)).astype(np.uint8)
    theirs = (rgb.astype(np.float64) - 127.5) / 127.5
    theirs = cv2.resize(theirs, (640, 512), interpolation=cv2.INTER_AREA)
    assert np.abs(ModNet.prepare(rgb)[0].transpose(1, 2, 0) - theirs).max() < 1e-5
    matte = ModNet(modnet(tmp_path / "modnet.onnx")).matte(cv2.GaussianBlur(rgb, (0, 0), 20))
    assert matte.shape == (700, 900)
    assert np.abs(matte - cv2.GaussianBlur(rgb, (0, 0), 20)[..., 0] / 255).mean() < 0.01


def test_modnet_is_preferred_where_it_is_there(tmp_path: Path, mirror: Path, photo_of: Make) -> None:
    weights = {"modnet": modnet(tmp_path / "modnet.onnx"), "selfie_segmenter": mirror / "selfie_segmenter.tflite"}
    analyzer = BackgroundAnalyzer(weights)
    assert analyzer.model == "modnet"
    picture = np.random.default_rng(3).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    picture[..., 2] = 30
    picture[100:400, 200:420] = (30, 30, 250)
    person = SeenObject(label="person", score=0.9, box=Box(x=200, y=100, w=220, h=300), size=0.2)
    found = analyzer.analyze(photo_of(picture), Objects(objects=(person,)), Faces())
    assert found.person_share == pytest.approx(220 * 300 / (640 * 480), rel=0.03)
    ((*corners,),) = found.outline
    assert np.min(corners, axis=0) == pytest.approx((200, 100), abs=4)
    assert np.max(corners, axis=0) == pytest.approx((420, 400), abs=4)
