"""A network → an ONNX file that says the same."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from analyzers.inference.sessions import onnx_session
from analyzers.weights.conversion.recipes import Signature
from analyzers.weights.mirror import WeightsError

TOLERANCE = 1e-4
"""Largest difference between the checkpoint's outputs and the file's, of values up to 1; of larger ones in proportion
(a box of 640 pixels has float32 steps of 0.00006)."""

OPSET = 18


class NotTheSame(WeightsError):
    """The ONNX file answers otherwise than the checkpoint: it is not kept."""


def export(network: nn.Module, signature: Signature, target: Path) -> None:
    """Writes `network`, which must be in evaluation mode, to `target` as one ONNX file (opset 18, float32)."""
    example = torch.rand(2, *signature.shape)
    with warnings.catch_warnings(), _quiet(), torch.no_grad():
        warnings.simplefilter("ignore")  # about its own inner life
        torch.onnx.export(
            network,
            (example,),
            target,
            input_names=[signature.input],
            output_names=list(signature.outputs),
            dynamic_shapes=(_dynamic(signature),),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def check(network: nn.Module, signature: Signature, target: Path) -> float:
    """The largest difference between `network` and the file, on random inputs in batches of one and two.

    The network is asked in double precision, so that only the file's rounding counts and not PyTorch's as well. Raises
    NotTheSame when the difference is above TOLERANCE.
    """
    session = onnx_session(target.read_bytes())
    exact = copy.deepcopy(network).double()
    generator = torch.Generator().manual_seed(0)
    worst = 0.0
    for images in _inputs(signature, generator):
        with torch.no_grad():
            answer = exact(images.double())
        expected = [each.numpy() for each in (answer if isinstance(answer, tuple) else (answer,))]
        for count in (len(images), 1):  # the batch is free
            found = session.run(list(signature.outputs), {signature.input: images[:count].numpy()})
            pairs = zip(expected, found, strict=True)
            worst = max(worst, *(difference(wanted[:count], answer) for wanted, answer in pairs))
    if not worst <= TOLERANCE:
        raise NotTheSame(
            f"the ONNX file differs from its checkpoint by {worst:.2g}, more than {TOLERANCE:g}; it was not kept"
        )
    return worst


def difference(expected: Any, found: Any) -> float:
    """The largest difference of two arrays, of values up to 1; of larger ones in proportion. NaN counts as endless."""
    if expected.shape != found.shape:
        return float("inf")
    gap = np.abs(expected - found) / np.maximum(1, np.abs(expected))
    return float(np.nan_to_num(gap, nan=np.inf).max(initial=0))


def _inputs(signature: Signature, generator: torch.Generator) -> list[torch.Tensor]:
    channels, height, width = signature.shape
    shapes = [(2, channels, height, width)]
    if step := signature.free_size:
        shapes.append((1, channels, height + step, width - step))
    return [torch.rand(shape, generator=generator) * 2 - 1 for shape in shapes]


def _dynamic(signature: Signature) -> Mapping[int, Any]:
    free = {0: torch.export.Dim("batch", min=1)}
    if step := signature.free_size:
        free |= {2: step * torch.export.Dim("rows", min=2), 3: step * torch.export.Dim("columns", min=2)}
    return free


class _quiet:
    """Holds the exporter's own remarks back: they are about opsets and its progress."""

    def __enter__(self) -> None:
        self._before = logging.root.manager.disable
        logging.disable(logging.WARNING)

    def __exit__(self, *_: object) -> None:
        logging.disable(self._before)
