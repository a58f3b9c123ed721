"""MobileNet (Howard et al. 2017, width 1.0) with NIMA's head (Talebi, Milanfar 2018), as idealo trained it in Keras."""

from __future__ import annotations

import torch
from torch import Tensor, nn

BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1),
)  # fmt: skip
"""Channels and stride of each depthwise separable block."""

EPSILON = 1e-3
"""Keras's, in its batch normalisation."""

MARKS = 10


class NimaMobileNet(nn.Module):
    """Image [N, 3, 224, 224], red first, in -1..1 → the share of raters for each mark from 1 to 10 [N, 10].

    A convolution of stride 2 pads below and on the right only, as Keras has done since TensorFlow 2.0, on which the
    makers' code runs. Its tensors have Keras's layer names.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, 2, bias=False)
        self.conv1_bn = nn.BatchNorm2d(32, EPSILON)
        inputs = 32
        for number, (outputs, stride) in enumerate(BLOCKS, 1):
            padding = 1 if stride == 1 else 0
            depthwise = nn.Conv2d(inputs, inputs, 3, stride, padding, groups=inputs, bias=False)
            self.add_module(f"conv_dw_{number}", depthwise)
            self.add_module(f"conv_dw_{number}_bn", nn.BatchNorm2d(inputs, EPSILON))
            self.add_module(f"conv_pw_{number}", nn.Conv2d(inputs, outputs, 1, bias=False))
            self.add_module(f"conv_pw_{number}_bn", nn.BatchNorm2d(outputs, EPSILON))
            inputs = outputs
        self.dense = nn.Linear(inputs, MARKS)

    def forward(self, image: Tensor) -> Tensor:
        image = self._step("conv1", image)
        for number in range(1, len(BLOCKS) + 1):
            image = self._step(f"conv_pw_{number}", self._step(f"conv_dw_{number}", image))
        return self.dense(image.mean((2, 3))).softmax(1)

    def _step(self, name: str, image: Tensor) -> Tensor:
        convolution = self.get_submodule(name)
        if convolution.stride == (2, 2):
            image = nn.functional.pad(image, (0, 1, 0, 1))
        return torch.clamp(self.get_submodule(f"{name}_bn")(convolution(image)), 0, 6)
