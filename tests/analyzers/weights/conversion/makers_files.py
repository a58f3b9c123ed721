"""Checkpoint files as their makers write them, with random weights."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import numpy as np
import torch
from torch import nn


def randomised(network: nn.Module, seed: int = 0) -> dict[str, Any]:
    """The state of `network` with lively weights: its signal neither dies nor explodes on the way."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for name, tensor in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        if name.endswith("running_var"):
            state[name] = 0.5 + torch.rand(tensor.shape, generator=generator)
        elif tensor.ndim > 1:
            deviation = (2 / tensor[0].numel()) ** 0.5
            state[name] = torch.randn(tensor.shape, generator=generator) * deviation
        else:
            offset = 1.0 if name.endswith("weight") else 0.0
            state[name] = offset + 0.1 * torch.randn(tensor.shape, generator=generator)
    return state


def save_keras(path: Path, state: Mapping[str, Any]) -> dict[str, Any]:
    """Writes a MobileNet's state as Keras does; the arrays by `layer/name`."""
    arrays: dict[str, Any] = {}
    names = {"running_mean": "moving_mean", "running_var": "moving_variance"}
    for name, tensor in state.items():
        layer, _, kind = name.rpartition(".")
        layer = "dense_1" if layer == "dense" else layer
        value = tensor.numpy()
        if layer.endswith("_bn"):
            kind = {"weight": "gamma", "bias": "beta"}.get(kind, names.get(kind, kind))
        elif layer.startswith("conv_dw"):
            kind, value = "depthwise_kernel", value.transpose(2, 3, 0, 1)
        elif value.ndim == 4:
            kind, value = "kernel", value.transpose(2, 3, 1, 0)
        elif kind == "weight":
            kind, value = "kernel", value.T
        arrays[f"{layer}/{kind}"] = np.ascontiguousarray(value)
    with h5py.File(path, "w") as file:
        for name, value in arrays.items():
            layer, kind = name.split("/")
            file[f"{layer}/{layer}/{kind}:0"] = value
    return arrays


def save_ultralytics(path: Path, network: nn.Module, state: Mapping[str, Any]) -> None:
    """Writes whole modules in half precision, of classes in `ultralytics` that are gone afterwards."""
    network.load_state_dict(dict(state), strict=False)
    classes = {type(module) for module in network.modules() if type(module).__module__.startswith("analyzers")}
    before = {cls: cls.__module__ for cls in classes}
    stand_in = ModuleType("ultralytics.nn.tasks")
    sys.modules |= {"ultralytics": ModuleType("ultralytics"), "ultralytics.nn": ModuleType("ultralytics.nn")}
    sys.modules["ultralytics.nn.tasks"] = stand_in
    try:
        for cls in classes:
            cls.__module__ = "ultralytics.nn.tasks"
            setattr(stand_in, cls.__qualname__, cls)
        torch.save({"epoch": -1, "ema": None, "model": network.half(), "train_args": {"imgsz": 640}}, path)
    finally:
        for cls, module in before.items():
            cls.__module__ = module
        for name in ("ultralytics", "ultralytics.nn", "ultralytics.nn.tasks"):
            del sys.modules[name]


class Malice:
    """Pickles itself as the order to make a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.touch, (self.trace,)
