"""Aesthetics: generated networks whose votes follow the colours of the input, in both layouts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from onnx import TensorProto, helper, numpy_helper
from pictures import Make
from PIL import Image

from analyzers.base import Photo, wiring
from analyzers.quality.aesthetics import AestheticsAnalyzer, as_shares, prepare

Network = Callable[..., AestheticsAnalyzer]

MATRIX = np.random.default_rng(11).normal(0, 1.5, (3, 10)).astype(np.float32)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """An analyzer over a network of NIMA's signature: logits = mean colour of the input × MATRIX."""

    def made(layout: str = "NHWC", ends_in_softmax: bool = True) -> AestheticsAnalyzer:
        last = layout == "NHWC"
        axes = numpy_helper.from_array(np.array([1, 2] if last else [2, 3], np.int64), "axes")
        nodes = [
            helper.make_node("ReduceMean", ["image", "axes"], ["colour"], keepdims=0),
            helper.make_node("MatMul", ["colour", "w"], ["logits"]),
        ]
        if ends_in_softmax:
            nodes.append(helper.make_node("Softmax", ["logits"], ["votes"], axis=1))
        graph = helper.make_graph(
            nodes,
            "votes",
            [
                helper.make_tensor_value_info(
                    "image", TensorProto.FLOAT, ["n", 224, 224, 3] if last else ["n", 3, 224, 224]
                )
            ],
            [helper.make_tensor_value_info("votes" if ends_in_softmax else "logits", TensorProto.FLOAT, ["n", 10])],
            [numpy_helper.from_array(MATRIX, "w"), axes],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        onnx.checker.check_model(model)
        path = tmp_path / f"{layout}{ends_in_softmax}.onnx"
        onnx.save(model, path)
        return AestheticsAnalyzer({"nima_mobilenet": path})

    return made


def expected(red: int, green: int, blue: int) -> np.ndarray:
    logits = (np.array([red, green, blue]) / 127.5 - 1) @ MATRIX.astype(np.float64)
    return np.exp(logits) / np.exp(logits).sum()


@pytest.mark.parametrize("ends_in_softmax", [True, False])
@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_the_votes_are_those_of_the_network_in_either_layout(
    network: Network, photo_of: Make, layout: str, ends_in_softmax: bool
) -> None:
    analyzer = network(layout, ends_in_softmax)
    for red, green, blue in ((250, 30, 90), (0, 255, 10), (128, 128, 128)):
        found = analyzer.analyze(photo_of(np.full((90, 160, 3), (blue, green, red), np.uint8)))
        votes = expected(red, green, blue)
        ratings = np.arange(1, 11)
        assert found.votes == pytest.approx(tuple(votes), abs=1e-4)
        assert found.mean == pytest.approx((votes * ratings).sum(), abs=1e-3)
        variance = (votes * ratings**2).sum() - (votes * ratings).sum() ** 2
        assert found.spread == pytest.approx(np.sqrt(variance), abs=1e-3)


@pytest.mark.parametrize("shape", [(224, 224), (480, 640), (640, 361), (37, 500)])
def test_the_input_is_what_keras_would_load(shape: tuple[int, int]) -> None:
    rgb = np.random.default_rng(shape).integers(0, 256, (*shape, 3)).astype(np.uint8)
    theirs = np.array(Image.fromarray(rgb).resize((224, 224), Image.Resampling.NEAREST), np.float64) / 127.5 - 1
    ours = prepare(np.ascontiguousarray(rgb[:, :, ::-1]))
    assert ours.shape == (1, 224, 224, 3)
    assert ours.dtype == np.float32
    assert np.abs(ours[0] - theirs).max() < 1e-6


@given(arrays.arrays(np.float64, 10, elements=st.floats(-30, 30)))
def test_votes_are_shares_and_shares_stay_what_they_are(logits: np.ndarray) -> None:
    shares = as_shares(logits)
    assert shares.sum() == pytest.approx(1)
    assert shares.min() >= 0
    assert as_shares(shares) == pytest.approx(shares)


def test_photos_of_nothing_get_an_answer(network: Network, odd_photo: Photo) -> None:
    analyzer = network()
    analyzer.warm_up()
    found = analyzer.analyze(odd_photo)
    assert 1 <= found.mean <= 10
    assert sum(found.votes) == pytest.approx(1)


def test_its_name_and_its_weights() -> None:
    assert wiring(AestheticsAnalyzer).name == "aesthetics"
    assert AestheticsAnalyzer.weights == ("nima_mobilenet",)
