"""Networks whose answer is an image or boxes in one: the ONNX files say what the checkpoints do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="converting needs PyTorch: make convert installs it")

import functional_networks as functional  # noqa: E402
import makers_files as makers  # noqa: E402
from comparing import TOLERANCE, answers, doubled, picture  # noqa: E402

from analyzers.inference.sessions import onnx_session  # noqa: E402
from analyzers.weights.conversion import export, modnet, yolov8  # noqa: E402
from analyzers.weights.conversion.convert import convert  # noqa: E402
from analyzers.weights.store import Store  # noqa: E402


def test_modnet_makes_mattes_of_any_size_in_steps_of_32(store: Store, tmp_path: Path):
    """Longer than 20 s: PyTorch traces a network whose height and width are free, and solves equations for that."""
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


def test_yolov8_sees_what_another_export_of_it_sees(mirror: Path, photos: Path):
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
