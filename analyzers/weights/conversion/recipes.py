"""Which weights can be made here, and how. It can be imported without PyTorch; `Recipe.network` needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple


class Signature(NamedTuple):
    """What goes in and comes out. `shape`: of one input [channels, height, width]; the batch is free. With
    `free_size` height and width are, too, in steps of that many pixels."""

    shape: tuple[int, int, int]
    outputs: tuple[str, ...]
    input: str = "input"
    free_size: int | None = None


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint becomes a network in evaluation mode, and what the ONNX file of it looks like.

    `network` raises WrongCheckpoint, naming the tensors, for a file that is not what it should be.
    """

    network: Callable[[Path], Any]
    signature: Signature


def _fairface(path: Path) -> Any:
    from analyzers.weights.conversion import checkpoints, resnet

    return checkpoints.fill(resnet.Classifier(34, 18), checkpoints.read_torch(path), path)


def _places(path: Path) -> Any:
    from analyzers.weights.conversion import checkpoints, resnet

    return checkpoints.fill(resnet.ResNet(18, 365), checkpoints.read_torch(path), path)


def _scut(path: Path) -> Any:
    """Its makers group the layers: `group1.conv1`, `layer1.0.group1.conv1`, `group2.fullyconnected`."""
    from analyzers.weights.conversion import checkpoints, resnet

    grouped = checkpoints.read_torch(path)
    state = {name.replace("group1.", "").replace("group2.fullyconnected", "fc"): each for name, each in grouped.items()}
    return checkpoints.fill(resnet.Classifier(18, 1), state, path)


def _nima(path: Path) -> Any:
    from analyzers.weights.conversion import checkpoints, mobilenet_v1

    return checkpoints.fill(mobilenet_v1.NimaMobileNet(), checkpoints.read_keras(path), path)


def _modnet(path: Path) -> Any:
    """Its checkpoint has the backbone twice: once of its own, and once as a part of the low resolution branch."""
    from analyzers.weights.conversion import checkpoints, modnet

    state = checkpoints.read_torch(path)
    state = {name: each for name, each in state.items() if not name.startswith("lr_branch.backbone.")}
    return checkpoints.fill(modnet.MODNet(), state, path)


def _yolov8(classes: int) -> Callable[[Path], Any]:
    """A YOLOv8 of size n or s with so many classes. What a segmenting one has besides is left out."""

    def network(path: Path) -> Any:
        from analyzers.weights.conversion import checkpoints, yolov8

        state = checkpoints.read_ultralytics(path)
        masks = ("model.22.proto.", "model.22.cv4.")
        state = {name: each for name, each in state.items() if not name.startswith(masks)}
        first = state.get("model.0.conv.weight")
        width = 32 if first is not None and len(first) == 32 else 16
        return checkpoints.fill(yolov8.Yolov8(width, classes), state, path)

    return network


_FACE = (3, 224, 224)
_YOLO = Signature((3, 640, 640), ("output0",), "images")

RECIPES: Mapping[str, Recipe] = {
    "yolov8n": Recipe(_yolov8(80), _YOLO),
    "deepfashion2": Recipe(_yolov8(13), _YOLO),
    "fairface": Recipe(_fairface, Signature(_FACE, ("logits",))),
    "scut_fbp5500": Recipe(_scut, Signature(_FACE, ("score",))),
    "places365_resnet18": Recipe(_places, Signature(_FACE, ("logits", "features"))),
    "nima_mobilenet": Recipe(_nima, Signature(_FACE, ("probabilities",))),
    "modnet": Recipe(_modnet, Signature((3, 128, 192), ("output",), free_size=32)),
}
"""Name of the weights → recipe. Inputs are [N, 3, height, width], red first, float32:

| weights | input | outputs |
|---|---|---|
| yolov8n, deepfashion2 | 640×640 in 0..1 | `output0` [N, 4 + classes, 8400]: middle, size in pixels; scores in 0..1 |
| fairface | 224×224, ImageNet's mean and deviation | `logits` [N, 18]: ethnicity 7, gender 2 (man first), age 9 |
| scut_fbp5500 | 224×224, ImageNet's mean and deviation | `score` [N, 1], 1 to 5 |
| places365_resnet18 | 224×224, ImageNet's mean and deviation | `logits` [N, 365]; `features` [N, 512] |
| nima_mobilenet | 224×224 in -1..1 | `probabilities` [N, 10] of the marks 1 to 10 |
| modnet | multiples of 32 in -1..1 | `output` [N, 1, height, width], 1 for a person |
"""
