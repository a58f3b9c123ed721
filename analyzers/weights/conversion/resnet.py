"""ResNet-18 and ResNet-34 (He, Zhang, Ren, Sun: Deep residual learning for image recognition, 2015)."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

DEPTHS: Mapping[int, tuple[int, ...]] = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
"""Layers → residual blocks in each of the four stages."""

WIDTHS = (64, 128, 256, 512)
"""Channels of the four stages."""


class Block(nn.Module):
    """Two 3×3 convolutions beside a shortcut, which is a 1×1 convolution where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        changes = stride != 1 or inputs != outputs
        self.downsample = (
            nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
            if changes
            else None
        )

    def forward(self, image: Tensor) -> Tensor:
        shortcut = image if self.downsample is None else self.downsample(image)
        image = self.bn1(self.conv1(image)).relu()
        return (self.bn2(self.conv2(image)) + shortcut).relu()


class ResNet(nn.Module):
    """Image [N, 3, 224, 224] → what the last layer says [N, outputs], and the features below it [N, 512].

    Its tensors have the names that torchvision gives them.
    """

    def __init__(self, layers: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTHS[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = WIDTHS[0]
        for stage, (width, depth) in enumerate(zip(WIDTHS, DEPTHS[layers], strict=True), 1):
            strides = [2 if stage > 1 else 1] + [1] * (depth - 1)
            blocks = [Block(inputs if i == 0 else width, width, stride) for i, stride in enumerate(strides)]
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
            inputs = width
        self.fc = nn.Linear(WIDTHS[-1], outputs)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        image = self.maxpool(self.bn1(self.conv1(image)).relu())
        image = self.layer4(self.layer3(self.layer2(self.layer1(image))))
        features = image.mean((2, 3))
        return self.fc(features), features


class Classifier(ResNet):
    """The same without the features: image [N, 3, 224, 224] → [N, outputs]."""

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image)[0]
