"""MODNet (Ke, Sun, Li, Yan, Lau: Real-time trimap-free portrait matting via objective decomposition, 2022).

Its tensors have the names of the makers' checkpoint. The layers that only training asks are there, so that a
checkpoint fits exactly, and are never run.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""MobileNetV2 (Sandler et al. 2018, table 2): expansion, channels, repetitions, stride."""

ENCODED = (16, 24, 32, 96, 1280)
"""Channels of the encoding at 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture's size."""

DETAIL = 32
"""Channels of the high resolution branch."""


def scaled(image: Tensor, factor: float) -> Tensor:
    return nn.functional.interpolate(image, scale_factor=factor, mode="bilinear", align_corners=False)


def convolved(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> tuple[nn.Module, nn.Module]:
    """A convolution that keeps the size (over its stride), and its normalisation."""
    padding = size // 2
    return nn.Conv2d(inputs, outputs, size, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(outputs)


class InvertedResidual(nn.Module):
    """MobileNetV2's block: widen, filter each channel, narrow; beside a shortcut where the shape stays."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int) -> None:
        super().__init__()
        self.has_shortcut = stride == 1 and inputs == outputs
        hidden = inputs * expansion
        widen = (*convolved(inputs, hidden, 1), nn.ReLU6()) if expansion > 1 else ()
        depthwise = (*convolved(hidden, hidden, 3, stride, hidden), nn.ReLU6())
        self.conv = nn.Sequential(*widen, *depthwise, *convolved(hidden, outputs, 1))

    def forward(self, image: Tensor) -> Tensor:
        return image + self.conv(image) if self.has_shortcut else self.conv(image)


class MobileNetV2(nn.Module):
    """Image → its encodings at 1/2, 1/4 and 1/32 of its size: 16, 24 and 1280 channels."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(*convolved(3, 32, 3, 2), nn.ReLU6())]
        inputs = 32
        for expansion, outputs, repetitions, stride in STAGES:
            for i in range(repetitions):
                layers.append(InvertedResidual(inputs, outputs, stride if i == 0 else 1, expansion))
                inputs = outputs
        layers.append(nn.Sequential(*convolved(inputs, ENCODED[4], 1), nn.ReLU6()))
        self.features = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        half = self.features[:2](image)
        quarter = self.features[2:4](half)
        return half, quarter, self.features[4:](quarter)


class Backbone(nn.Module):
    """Only a name in the checkpoint between the network and its encoder."""

    def __init__(self) -> None:
        super().__init__()
        self.model = MobileNetV2()

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        encoded: tuple[Tensor, Tensor, Tensor] = self.model(image)
        return encoded


class IBNorm(nn.Module):
    """Batch normalisation for the first half of the channels, instance normalisation for the others."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.split = channels // 2
        self.bnorm = nn.BatchNorm2d(self.split)
        self.inorm = nn.InstanceNorm2d(channels - self.split)

    def forward(self, image: Tensor) -> Tensor:
        return torch.cat((self.bnorm(image[:, : self.split]), self.inorm(image[:, self.split :])), 1)


class Conv(nn.Module):
    """A convolution with a bias; normalised and rectified unless it is `bare`."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1, bare: bool = False) -> None:
        super().__init__()
        convolution = nn.Conv2d(inputs, outputs, size, stride, size // 2)
        self.layers = nn.Sequential(convolution, *(() if bare else (IBNorm(outputs), nn.ReLU())))

    def forward(self, image: Tensor) -> Tensor:
        return self.layers(image)


class SEBlock(nn.Module):
    """Squeeze and excitation (Hu, Shen, Sun 2017), reduced four times."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        narrow = channels // 4
        layers = nn.Linear(channels, narrow, bias=False), nn.ReLU(), nn.Linear(narrow, channels, bias=False)
        self.fc = nn.Sequential(*layers, nn.Sigmoid())

    def forward(self, image: Tensor) -> Tensor:
        return image * self.fc(image.mean((2, 3)))[:, :, None, None]


class LowResolution(nn.Module):
    """The encoding at 1/32 → what is a person, at 1/8 of the size."""

    def __init__(self) -> None:
        super().__init__()
        self.se_block = SEBlock(ENCODED[4])
        self.conv_lr16x = Conv(ENCODED[4], ENCODED[3], 5)
        self.conv_lr8x = Conv(ENCODED[3], ENCODED[2], 5)
        self.conv_lr = Conv(ENCODED[2], 1, 3, 2, bare=True)  # for training

    def forward(self, deep: Tensor) -> Tensor:
        image = self.conv_lr16x(scaled(self.se_block(deep), 2))
        return self.conv_lr8x(scaled(image, 2))


class HighResolution(nn.Module):
    """The picture, its shallow encodings and what is a person → where its outline runs, at 1/2 of the size."""

    def __init__(self) -> None:
        super().__init__()
        one, two, three = DETAIL, 2 * DETAIL, 3 * DETAIL
        self.tohr_enc2x = Conv(ENCODED[0], one, 1)
        self.conv_enc2x = Conv(one + 3, one, 3, 2)
        self.tohr_enc4x = Conv(ENCODED[1], one, 1)
        self.conv_enc4x = Conv(two, two, 3)
        self.conv_hr4x = nn.Sequential(Conv(three + 3, two, 3), Conv(two, two, 3), Conv(two, one, 3))
        self.conv_hr2x = nn.Sequential(Conv(two, two, 3), Conv(two, one, 3), Conv(one, one, 3), Conv(one, one, 3))
        self.conv_hr = nn.Sequential(Conv(one + 3, one, 3), Conv(one, 1, 1, bare=True))  # for training

    def forward(self, image: Tensor, half: Tensor, quarter: Tensor, low: Tensor) -> Tensor:
        half = self.tohr_enc2x(half)
        detail = self.conv_enc2x(torch.cat((scaled(image, 0.5), half), 1))
        detail = self.conv_enc4x(torch.cat((detail, self.tohr_enc4x(quarter)), 1))
        detail = self.conv_hr4x(torch.cat((detail, scaled(low, 2), scaled(image, 0.25)), 1))
        return self.conv_hr2x(torch.cat((scaled(detail, 2), half), 1))


class Fusion(nn.Module):
    """What is a person and where its outline runs → the matte."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_lr4x = Conv(ENCODED[2], DETAIL, 5)
        self.conv_f2x = Conv(2 * DETAIL, DETAIL, 3)
        self.conv_f = nn.Sequential(Conv(DETAIL + 3, DETAIL // 2, 3), Conv(DETAIL // 2, 1, 1, bare=True))

    def forward(self, image: Tensor, low: Tensor, detail: Tensor) -> Tensor:
        low = scaled(self.conv_lr4x(scaled(low, 2)), 2)
        fused = scaled(self.conv_f2x(torch.cat((low, detail), 1)), 2)
        return self.conv_f(torch.cat((fused, image), 1)).sigmoid()


class MODNet(nn.Module):
    """Image [N, 3, H, W], red first, in -1..1, H and W multiples of 32 → the matte [N, 1, H, W], 1 for a person."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.lr_branch = LowResolution()
        self.hr_branch = HighResolution()
        self.f_branch = Fusion()

    def forward(self, image: Tensor) -> Tensor:
        half, quarter, deep = self.backbone(image)
        low = self.lr_branch(deep)
        return self.f_branch(image, low, self.hr_branch(image, half, quarter, low))
