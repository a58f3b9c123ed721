"""Checkpoints as their makers publish them → tensors by name. Nothing in such a file is ever executed."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import torch
from torch import Tensor, nn

from analyzers.weights.conversion.safe_unpickle import Placeholder, read_modules
from analyzers.weights.mirror import WeightsError

State = Mapping[str, Tensor]
"""Name → tensor, float32."""

SHOWN = 4
"""So many names of wrong tensors are listed; the rest are only counted."""


class WrongCheckpoint(WeightsError):
    """The file is no checkpoint of this network. The message says which tensors tell."""


def read_torch(path: Path) -> State:
    """The tensors of a file that torch.save wrote: a state dict, or a dict that has one as `state_dict`.

    The prefix `module.`, which networks trained on several GPUs have, is taken away. Raises WrongCheckpoint.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WrongCheckpoint(f"{path} is no checkpoint that can be read safely ({reason})") from error
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    return _tensors(path, content)


def read_ultralytics(path: Path) -> State:
    """The tensors of a .pt file of Ultralytics, which holds whole modules, without making any of them.

    Of the two networks in a checkpoint of an unfinished training the averaged one (`ema`). Raises WrongCheckpoint.
    """
    try:
        content = read_modules(path)
    except (OSError, BadZipFile, pickle.UnpicklingError, RuntimeError, *_MALFORMED) as error:
        raise WrongCheckpoint(f"{path} is no checkpoint of Ultralytics ({str(error)[:200]})") from error
    network = content.get("ema") or content.get("model") if isinstance(content, dict) else content
    return _tensors(path, network.tensors() if isinstance(network, Placeholder) else None)


def read_keras(path: Path) -> State:
    """The weights of a Keras hdf5 file as `layer.weight`, `layer.bias`, …, turned to PyTorch's order of dimensions.

    A dense layer is called `dense`, whatever number Keras gave it. Raises WrongCheckpoint.
    """
    import h5py

    found: dict[str, Any] = {}

    def collect(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    try:
        with h5py.File(path, "r") as file:
            file.get("model_weights", file).visititems(collect)
    except OSError as error:
        raise WrongCheckpoint(f"{path} is no hdf5 file ({error})") from error
    return _tensors(path, dict(_from_keras(name, torch.as_tensor(value)) for name, value in found.items()))


def fill(network: nn.Module, state: State, path: Path) -> nn.Module:
    """`network` with these tensors in it, ready to be asked. Raises WrongCheckpoint, naming what does not fit."""
    wanted = {name: tensor for name, tensor in network.state_dict().items() if not _counts(name)}
    state = {name: tensor for name, tensor in state.items() if not _counts(name)}
    shapes = [
        f"{name} {list(state[name].shape)} instead of {list(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in state and state[name].shape != tensor.shape
    ]
    faults = {
        "lacks": [name for name in wanted if name not in state],
        "has besides": [name for name in state if name not in wanted],
        "has another shape of": shapes,
    }
    if any(faults.values()):
        reasons = "; ".join(f"it {what} {_some(names)}" for what, names in faults.items() if names)
        raise WrongCheckpoint(f"{path} is a checkpoint of another network: {reasons}")
    network.load_state_dict(state, strict=False)
    return network.eval()


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _counts(name: str) -> bool:
    """Whether it only counts training steps, as checkpoints older than PyTorch 0.4.1 do not."""
    return name.endswith("num_batches_tracked")


def _tensors(path: Path, content: Any) -> State:
    if not isinstance(content, dict) or not content or not all(isinstance(each, Tensor) for each in content.values()):
        raise WrongCheckpoint(f"{path} has no tensors by name")
    return {str(name).removeprefix("module."): tensor.float() for name, tensor in content.items()}


_MALFORMED = (EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError)
"""What unpickling raises for a file that is not what it seems."""

_KERAS = {
    "kernel": "weight",
    "depthwise_kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "bias": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def _from_keras(name: str, tensor: Tensor) -> tuple[str, Tensor]:
    """`conv1/conv1/kernel:0` [height, width, in, out] → `conv1.weight` [out, in, height, width]; and so on."""
    layer, _, kind = name.rpartition("/")
    layer, kind = layer.rpartition("/")[2], kind.removesuffix(":0")
    if kind == "depthwise_kernel":
        tensor = tensor.permute(2, 3, 0, 1)
    elif kind == "kernel":
        tensor = tensor.permute(3, 2, 0, 1) if tensor.ndim == 4 else tensor.T
    layer = "dense" if layer.startswith("dense") else layer
    return f"{layer}.{_KERAS.get(kind, kind)}", tensor.contiguous()
