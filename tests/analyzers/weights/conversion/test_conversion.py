"""Networks that tell one of a few classes or a score: the ONNX files say what the checkpoints do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="converting needs PyTorch: make convert installs it")

import functional_networks as functional  # noqa: E402
import makers_files as makers  # noqa: E402
from comparing import TOLERANCE, answers, doubled, picture, shapes  # noqa: E402

from analyzers.weights.conversion import mobilenet_v1, modnet, resnet, yolov8  # noqa: E402
from analyzers.weights.conversion.convert import convert  # noqa: E402
from analyzers.weights.store import Store  # noqa: E402


def parameters(network: Any) -> int:
    return sum(each.numel() for each in network.parameters())


@pytest.mark.parametrize(
    ("network", "published"),
    [
        (lambda: resnet.Classifier(18, 1000), 11_689_512),
        (lambda: resnet.Classifier(34, 1000), 21_797_672),
        (mobilenet_v1.NimaMobileNet, 3_228_864 - 21_888 + 10_250),
        (modnet.MODNet, 6_487_075),
        (lambda: yolov8.Yolov8(16, 80), 3_157_200),
        (lambda: yolov8.Yolov8(32, 80), 11_166_560),
    ],
)
def test_an_architecture_has_as_many_parameters_as_its_makers_say(network: Any, published: int):
    """MobileNet: Keras counts 3,228,864 without its head, the 21,888 moving means and variances among them."""
    assert parameters(network()) == published


def test_places_become_logits_and_features_as_a_second_transcription_has_them(store: Store, tmp_path: Path):
    state = makers.randomised(resnet.ResNet(18, 365))
    file = tmp_path / "resnet18_places365.pth.tar"
    wrapped = {f"module.{name}": tensor for name, tensor in state.items()}
    torch.save({"arch": "resnet18", "epoch": 90, "state_dict": wrapped, "best_prec1": 55.0}, file)
    made = convert(store, "places365_resnet18", file)
    assert shapes(made.path) == {"input": ["batch", 3, 224, 224], "logits": ["batch", 365], "features": ["batch", 512]}
    image = picture(2, 3, 224, 224)
    expected = functional.resnet(doubled(state), image.double(), (2, 2, 2, 2))
    for found, wanted in zip(answers(made.path, image), expected, strict=True):
        assert np.ptp(found) > 0.1
        assert np.abs(found - wanted.numpy()).max() < TOLERANCE * max(1, float(wanted.abs().max()))


def test_fairface_becomes_eighteen_logits(store: Store, tmp_path: Path):
    state = makers.randomised(resnet.Classifier(34, 18))
    file = tmp_path / "res34.pt"
    torch.save(state, file)
    made = convert(store, "fairface", file)
    image = picture(1, 3, 224, 224)
    wanted = functional.resnet(doubled(state), image.double(), (3, 4, 6, 3))[0]
    (found,) = answers(made.path, image)
    assert found.shape == (1, 18)
    assert np.abs(found - wanted.numpy()).max() < TOLERANCE * max(1, float(wanted.abs().max()))


def test_scut_is_read_by_its_makers_names_in_the_format_of_old_pytorch(store: Store, tmp_path: Path):
    state = makers.randomised(resnet.Classifier(18, 1))
    grouped = {}
    for name, tensor in state.items():
        block, _, rest = name.partition(".")
        if block in ("conv1", "bn1"):
            name = f"group1.{name}"
        elif block == "fc":
            name = f"group2.fullyconnected.{rest}"
        elif "downsample" not in name:
            stage, number, inner = name.split(".", 2)
            name = f"{stage}.{number}.group1.{inner}"
        grouped[name] = tensor
    assert "layer2.0.group1.bn2.running_mean" in grouped
    file = tmp_path / "resnet18.pth"
    torch.save({"state_dict": grouped}, file, _use_new_zipfile_serialization=False)
    made = convert(store, "scut_fbp5500", file)
    image = picture(1, 3, 224, 224)
    wanted = functional.resnet(doubled(state), image.double(), (2, 2, 2, 2))[0]
    (found,) = answers(made.path, image)
    assert found.shape == (1, 1)
    assert abs(float(found[0, 0] - wanted[0, 0])) < TOLERANCE * max(1, abs(float(wanted[0, 0])))


def test_nima_is_read_from_keras_and_pads_as_tensorflow_does(store: Store, tmp_path: Path):
    state = makers.randomised(mobilenet_v1.NimaMobileNet())
    file = tmp_path / "weights.hdf5"
    arrays = makers.save_keras(file, state)
    made = convert(store, "nima_mobilenet", file)
    image = picture(1, 3, 224, 224)
    wanted = functional.keras_mobilenet(arrays, image.permute(0, 2, 3, 1))
    (found,) = answers(made.path, image)
    assert found.shape == (1, 10)
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert np.ptp(found) > 1e-3
    assert np.abs(found - wanted.numpy()).max() < TOLERANCE
