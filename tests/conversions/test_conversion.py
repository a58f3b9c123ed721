from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="converting needs PyTorch: make convert installs it")

import functional_networks as functional  # noqa: E402
import makers_files as makers  # noqa: E402

from analyzers.bundle import read_bundle, write_bundle  # noqa: E402
from analyzers.conversions import export, mobilenet_v1, modnet, resnet, yolov8  # noqa: E402
from analyzers.conversions.checkpoints import WrongCheckpoint  # noqa: E402
from analyzers.conversions.convert import convert  # noqa: E402
from analyzers.conversions.recipes import RECIPES  # noqa: E402
from analyzers.hashes import sha256_of  # noqa: E402
from analyzers.sessions import onnx_session  # noqa: E402
from analyzers.weights import LicenceNotAccepted, State, Store, WeightsError  # noqa: E402

TOLERANCE = 1e-4


def picture(*shape: int) -> Any:
    return torch.rand(shape, generator=torch.Generator().manual_seed(7)) * 2 - 1


def answers(path: Path, image: Any) -> list[Any]:
    session = onnx_session(path)
    return session.run(None, {session.get_inputs()[0].name: image.numpy()})


def shapes(path: Path) -> dict[str, list[Any]]:
    session = onnx_session(path)
    return {each.name: each.shape for each in [*session.get_inputs(), *session.get_outputs()]}


def doubled(state: dict[str, Any]) -> dict[str, Any]:
    return {name: tensor.double() for name, tensor in state.items()}


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


def test_modnet_makes_mattes_of_any_size_in_steps_of_32(store: Store, tmp_path: Path):
    state = makers.randomised(modnet.MODNet())
    file = tmp_path / "modnet.ckpt"
    twice = {f"lr_{name}".replace("lr_backbone", "lr_branch.backbone"): each for name, each in state.items()}
    twice = {name: each for name, each in twice.items() if name.startswith("lr_branch.backbone")}
    assert len(twice) > 100
    torch.save({f"module.{name}": each for name, each in (state | twice).items()}, file)
    made = convert(store, "modnet", file)
    for size in ((96, 160), (192, 128)):
        image = picture(1, 3, *size)
        wanted = functional.modnet(doubled(state), image.double())
        (found,) = answers(made.path, image)
        assert found.shape == (1, 1, *size)
        assert np.ptp(found) > 0.1
        assert np.abs(found - wanted.numpy()).max() < TOLERANCE


def test_a_segmenting_yolo_gives_its_boxes_and_no_class_of_its_makers_is_loaded(store: Store, tmp_path: Path):
    network = yolov8.Yolov8(32, 13)
    state = makers.randomised(network)
    file = tmp_path / "garments.pt"
    head = network.model["22"]
    head.proto, head.cv4 = torch.nn.Conv2d(4, 4, 1), torch.nn.ModuleList([torch.nn.Conv2d(4, 4, 1)])
    makers.save_ultralytics(file, network, state)
    made = convert(store, "deepfashion2", file)
    image = picture(1, 3, 640, 640).abs()
    half = {name: tensor.half().float() for name, tensor in state.items()}
    plain = yolov8.Yolov8(32, 13).eval()
    plain.load_state_dict(half, strict=False)
    with torch.no_grad():
        wanted = plain(image).numpy()
    (found,) = answers(made.path, image)
    assert found.shape == (1, 17, 8400)
    assert export.difference(wanted, found) < TOLERANCE


def test_yolov8_sees_what_somebody_elses_export_of_it_sees(mirror: Path, photos: Path):
    """The weights of an int8 export, made with Ultralytics' own code, give our float network the same objects."""
    import cv2
    import onnx
    from onnx import numpy_helper

    file = mirror / "yolov8n_int8.onnx"
    graph = onnx.load(file).graph
    arrays = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    network = yolov8.Yolov8(16, 80).eval()
    state = network.state_dict()
    for name in [each for each in state if each.endswith("weight") and state[each].ndim == 4]:
        levels = arrays[f"{name}_quantized"].astype(np.float32) - arrays[f"{name}_zero_point"].astype(np.float32)
        state[name] = torch.as_tensor(levels * arrays[f"{name}_scale"])
        bias = name.removesuffix("weight") + "bias"
        if bias in state:
            state[bias] = torch.tensor(arrays[bias])
        elif bias in arrays:  # the norm is already in the weights
            norm = name.removesuffix("conv.weight") + "bn"
            state[f"{norm}.running_var"] = torch.full_like(state[f"{norm}.running_var"], 1 - yolov8.EPSILON)
            state[f"{norm}.bias"] = torch.tensor(arrays[bias])
    network.load_state_dict(state)
    bus = cv2.imread(str(next(photos.rglob("bus.jpg"))))
    square = np.full((640, 640, 3), 114, np.uint8)
    factor = 640 / max(bus.shape[:2])
    small = cv2.resize(bus, None, fx=factor, fy=factor)
    square[: small.shape[0], : small.shape[1]] = small
    blob = cv2.dnn.blobFromImage(square, 1 / 255, swapRB=True)
    theirs = onnx_session(file).run(None, {"images": blob})[0][0]
    with torch.no_grad():
        ours = network(torch.as_tensor(blob))[0].numpy()
    sure = theirs[4:].max(axis=0) > 0.6
    assert {5, 0} <= set(theirs[4:, sure].argmax(axis=0))  # a bus and persons
    assert (theirs[4:, sure].argmax(axis=0) == ours[4:, sure].argmax(axis=0)).all()
    assert np.abs(theirs[:4, sure] - ours[:4, sure]).mean() < 5  # pixels of 640: int8 is coarse
    assert np.abs(theirs[4:, sure] - ours[4:, sure]).mean() < 0.01


def test_what_was_converted_is_found_listed_and_made_anew(store: Store, tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(export, "export", lambda *given: given[2].write_bytes(b"first"))
    monkeypatch.setattr(export, "check", lambda *_: 0.0)
    file = tmp_path / "w.hdf5"
    makers.save_keras(file, makers.randomised(mobilenet_v1.NimaMobileNet()))
    made = convert(store, "nima_mobilenet", file)
    holding = store.holding("nima_mobilenet")
    assert (holding.state, holding.path) == (State.UNVERIFIED, made.path)
    assert f"converted here from w.hdf5 (sha256 {sha256_of(file)})" in holding.note
    monkeypatch.setattr(export, "export", lambda *given: given[2].write_bytes(b"second"))
    assert Store(store.models_dir).find("nima_mobilenet") == convert(store, "nima_mobilenet", file).path
    made.path.write_bytes(b"something else")
    assert store.find("nima_mobilenet") is None
    assert store.holding("nima_mobilenet").state is State.DAMAGED


def test_a_converted_file_goes_elsewhere_only_where_test_builds_are_trusted(
    store: Store, tmp_path: Path, monkeypatch: Any
):
    monkeypatch.setattr(export, "export", lambda *given: given[2].write_bytes(b"made"))
    monkeypatch.setattr(export, "check", lambda *_: 0.0)
    file = tmp_path / "w.hdf5"
    makers.save_keras(file, makers.randomised(mobilenet_v1.NimaMobileNet()))
    convert(store, "nima_mobilenet", file)
    write_bundle(store, tmp_path / "b.tar", ["nima_mobilenet"])
    assert "nima_mobilenet" in read_bundle(Store(tmp_path / "careful"), tmp_path / "b.tar").left_out
    trusting = Store(tmp_path / "trusting", trust_mirror=True)
    assert "nima_mobilenet" in read_bundle(trusting, tmp_path / "b.tar").files
    assert trusting.find("nima_mobilenet") is not None


def test_a_file_that_answers_otherwise_is_not_kept(store: Store, tmp_path: Path, monkeypatch: Any):
    file, other = tmp_path / "w.hdf5", mobilenet_v1.NimaMobileNet().eval()
    makers.save_keras(file, makers.randomised(other))
    honest = export.export
    monkeypatch.setattr(export, "export", lambda _, *rest: honest(other, *rest))
    with pytest.raises(WeightsError, match="differs from its checkpoint by"):
        convert(store, "nima_mobilenet", file)
    assert store.find("nima_mobilenet") is None
    assert [each.name for each in store.models_dir.iterdir() if not each.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda state: state.pop("fc.weight"), "it lacks fc.weight"),
        (lambda state: state.update({"head.weight": torch.zeros(1)}), "it has besides head.weight"),
        (lambda state: state.update({"fc.bias": torch.zeros(7)}), r"another shape of fc.bias \[7\] instead of \[18\]"),
        (lambda state: [state.pop(name) for name in list(state) if "layer3" in name], r"and \d+ more"),
        (lambda state: state.clear(), "has no tensors by name"),
    ],
)
def test_a_checkpoint_of_another_network_is_refused_and_its_tensors_named(
    store: Store, tmp_path: Path, change: Any, told: str
):
    state = makers.randomised(resnet.Classifier(34, 18))
    change(state)
    torch.save(state, tmp_path / "c.pt")
    with pytest.raises(WrongCheckpoint, match=told):
        convert(store, "fairface", tmp_path / "c.pt")
    assert store.find("fairface") is None


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04 and nothing", b"\x80\x02]q\x00."])
def test_a_file_that_is_no_checkpoint_is_refused_by_name(store: Store, tmp_path: Path, name: str, content: bytes):
    file = tmp_path / "it.bin"
    file.write_bytes(content)
    with pytest.raises(WrongCheckpoint, match=r"it\.bin"):
        convert(store, name, file)


@pytest.mark.parametrize("name", ["fairface", "yolov8n"])
def test_nothing_in_a_checkpoint_is_executed(store: Store, tmp_path: Path, name: str):
    trace, file = tmp_path / "trace", tmp_path / "evil.pt"
    torch.save({"model": makers.Malice(trace), "state_dict": {"fc.weight": torch.zeros(1)}}, file)
    with pytest.raises(WrongCheckpoint):
        convert(store, name, file)
    assert not trace.exists()


def test_a_licence_is_asked_for_before_anything_is_read(tmp_path: Path):
    with pytest.raises(LicenceNotAccepted, match="--accept agpl"):
        convert(Store(tmp_path), "yolov8n", tmp_path / "absent.pt")
