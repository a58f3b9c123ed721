"""Pictures for networks, what ONNX files make of them, and how near that has to come to the checkpoint's answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from analyzers.inference.sessions import onnx_session

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
