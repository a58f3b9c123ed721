"""Scene: generated networks whose winner follows the colours of the input, and the authors' arithmetic, transcribed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from pictures import Make

from analyzers.base import Photo, wiring
from analyzers.scene.place import SceneAnalyzer, indoor_share, prepare, read_indoors, read_labels, softmax

Network = Callable[..., Path]

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """Writes a network of ResNet-18's signature: `matrix` [3, n] over the mean colour of its input; and a second one
    over the same for a second output."""

    def made(matrix: NDArray[np.float64], second: NDArray[np.float64] | None = None) -> Path:
        heads = [("logits", matrix)] + ([("second", second)] if second is not None else [])
        nodes = [
            helper.make_node("GlobalAveragePool", ["input"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["colour"]),
        ]
        nodes += [helper.make_node("MatMul", ["colour", f"{name}_w"], [name]) for name, _ in heads]
        graph = helper.make_graph(
            nodes,
            "colours",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, 224, 224])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", w.shape[1]]) for name, w in heads],
            [numpy_helper.from_array(w.astype(np.float32), f"{name}_w") for name, w in heads],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
        onnx.checker.check_model(model)
        path = tmp_path / "scene.onnx"
        onnx.save(model, path)
        return path

    return made


@pytest.fixture(scope="module")
def labels(mirror: Path) -> dict[str, Path]:
    folder = mirror / "labels"
    return {
        "places365_categories": folder / "categories_places365.txt",
        "places365_io": folder / "IO_places365.txt",
        "sun_attributes": folder / "labels_sunattribute.txt",
    }


def number(labels: dict[str, Path], name: str) -> int:
    return read_labels(labels["places365_categories"]).index(name)


def by_colour(labels: dict[str, Path], red: str, green: str, blue: str) -> NDArray[np.float64]:
    matrix = np.zeros((3, 365))
    for channel, name in enumerate((red, green, blue)):
        matrix[channel, number(labels, name)] = 9
    return matrix


def plain(red: int, green: int, blue: int) -> NDArray[np.uint8]:
    return np.full((300, 400, 3), (blue, green, red), np.uint8)


def test_the_labels_are_the_makers_in_their_order(labels: dict[str, Path]) -> None:
    names, indoors = read_labels(labels["places365_categories"]), read_indoors(labels["places365_io"])
    assert len(names) == len(set(names)) == len(indoors) == 365
    assert (names[0], names[45], names[168], names[364]) == ("airfield", "bathroom", "gymnasium/indoor", "zen_garden")
    inside = {name for name, indoor in zip(names, indoors, strict=True) if indoor}
    assert {"bathroom", "bedroom", "kitchen", "gymnasium/indoor", "office"} <= inside
    assert not {"street", "beach", "mountain", "balcony/exterior", "waterfall"} & inside


@pytest.mark.parametrize(
    ("colour", "place", "indoors"),
    [((250, 20, 20), "bathroom", True), ((20, 250, 20), "street", False), ((20, 20, 250), "beach", False)],
)
def test_the_place_follows_the_channel_that_stands_out(
    network: Network,
    labels: dict[str, Path],
    photo_of: Make,
    colour: tuple[int, int, int],
    place: str,
    indoors: bool,
) -> None:
    analyzer = SceneAnalyzer(
        {"places365_resnet18": network(by_colour(labels, "bathroom", "street", "beach")), **labels}
    )
    found = analyzer.analyze(photo_of(plain(*colour)))
    assert found.places[0].label == place
    assert (found.indoor > 0.9) is indoors
    assert (found.indoor < 0.1) is not indoors
    assert found.attributes == ()


def test_the_scores_are_the_softmax_of_the_normalised_mean_colour(
    network: Network, labels: dict[str, Path], photo_of: Make
) -> None:
    matrix = np.random.default_rng(5).normal(0, 2, (3, 365))
    found = SceneAnalyzer({"places365_resnet18": network(matrix), **labels}).analyze(photo_of(plain(200, 90, 30)))
    logits = (np.array([200, 90, 30]) / 255 - MEAN) / DEVIATION @ matrix
    chances = np.exp(logits) / np.exp(logits).sum()
    best = np.argsort(-chances)
    names, indoors = read_labels(labels["places365_categories"]), read_indoors(labels["places365_io"])
    assert [place.label for place in found.places] == [names[i] for i in best[:5]]
    assert [place.score for place in found.places] == pytest.approx(chances[best[:5]], abs=1e-4)
    voters = best[:10]
    assert found.indoor == pytest.approx(np.average(indoors[voters], weights=chances[voters]), abs=1e-4)


def reference_input(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """torchvision's Resize((256, 256)), CenterCrop(224), ToTensor, Normalize, by weights: [3, 224, 224]."""

    def weights(old: int) -> NDArray[np.float64]:
        scale = old / 256
        reach = max(scale, 1.0)
        centers = (np.arange(256) + 0.5) * scale
        distance = np.abs(np.arange(old)[None] + 0.5 - centers[:, None]) / reach
        tent = np.maximum(0, 1 - distance)
        return np.asarray(tent / tent.sum(1, keepdims=True))

    small = np.einsum("yh,hwc,xw->yxc", weights(rgb.shape[0]), rgb / 255, weights(rgb.shape[1]), optimize=True)
    return np.asarray(((small[16:240, 16:240] - MEAN) / DEVIATION).transpose(2, 0, 1))


@pytest.mark.parametrize("shape", [(256, 256), (300, 451), (640, 360), (100, 60)])
def test_the_input_is_that_of_the_authors(shape: tuple[int, int]) -> None:
    coarse = np.random.default_rng(shape).integers(0, 256, (*shape, 3)).astype(np.uint8)
    ours = prepare(np.ascontiguousarray(coarse[:, :, ::-1]))
    assert ours.shape == (1, 3, 224, 224)
    assert ours.dtype == np.float32
    two_roundings = 1.1 / 255 / 0.224  # Pillow rounds to whole levels after each of its two passes
    assert np.abs(ours[0] - reference_input(coarse)).max() <= two_roundings


def test_sun_attributes_are_named_where_the_network_has_them(
    network: Network, labels: dict[str, Path], photo_of: Make
) -> None:
    heads = np.zeros((3, 102))
    heads[0] = np.linspace(5, 0, 102)
    weights = {"places365_resnet18": network(by_colour(labels, "bar", "street", "beach"), heads), **labels}
    found = SceneAnalyzer(weights).analyze(photo_of(plain(255, 40, 40)))
    assert found.attributes[:3] == ("boating", "driving", "biking")
    assert len(found.attributes) == 9
    assert (
        SceneAnalyzer({**weights, "sun_attributes": labels["places365_io"]})
        .analyze(photo_of(plain(255, 40, 40)))
        .attributes
        == ()
    )  # 365 names for 102 responses: another list


def test_features_before_the_last_layer_are_no_attributes(
    network: Network, labels: dict[str, Path], photo_of: Make
) -> None:
    path = network(by_colour(labels, "bar", "street", "beach"), np.ones((3, 512)))
    assert SceneAnalyzer({"places365_resnet18": path, **labels}).analyze(photo_of(plain(9, 9, 200))).attributes == ()


def test_a_network_of_other_classes_is_refused(network: Network, labels: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match="1000 scores, 365 categories"):
        SceneAnalyzer({"places365_resnet18": network(np.zeros((3, 1000))), **labels})


def test_photos_of_nothing_get_an_answer(network: Network, labels: dict[str, Path], odd_photo: Photo) -> None:
    analyzer = SceneAnalyzer({"places365_resnet18": network(by_colour(labels, "bar", "street", "beach")), **labels})
    found = analyzer.analyze(odd_photo)
    assert len(found.places) == 5
    assert 0 <= found.indoor <= 1


@given(arrays.arrays(np.float64, 365, elements=st.floats(-60, 60)), arrays.arrays(np.bool_, 365))
def test_probabilities_add_up_and_the_share_of_indoors_and_outdoors_to_one(
    logits: NDArray[np.float64], indoors: NDArray[np.bool_]
) -> None:
    chances = softmax(logits)
    assert chances.sum() == pytest.approx(1)
    assert logits[chances.argmax()] == pytest.approx(logits.max(), abs=1e-9)  # so close, two may be as probable
    assert indoor_share(chances, indoors) + indoor_share(chances, ~indoors) == pytest.approx(1)


def test_its_name_and_its_weights() -> None:
    assert wiring(SceneAnalyzer).name == "scene"
    assert SceneAnalyzer.weights == ("places365_resnet18", "places365_categories", "places365_io")
