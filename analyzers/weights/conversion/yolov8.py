"""YOLOv8 in the sizes n and s: a detector without anchors (Jocher, Chaurasia, Qiu: Ultralytics YOLOv8, 2023).

Written from the published description of its layers and the names of its tensors; nothing of Ultralytics is needed.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

EPSILON = 1e-3
"""In the batch normalisation."""

BINS = 16
"""A box's side lies this many cells from the middle at most: a distribution over 0..15 says where."""

STRIDES = (8, 16, 32)
"""Input pixels for each cell of the three grids."""


class Conv(nn.Module):
    """A convolution that keeps the size (over its stride), batch normalisation and SiLU."""

    def __init__(self, inputs: int, outputs: int, size: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs, EPSILON)

    def forward(self, image: Tensor) -> Tensor:
        return nn.functional.silu(self.bn(self.conv(image)))


class Bottleneck(nn.Module):
    """Two 3×3 convolutions, beside a shortcut where there is one."""

    def __init__(self, channels: int, has_shortcut: bool) -> None:
        super().__init__()
        self.cv1, self.cv2 = Conv(channels, channels, 3), Conv(channels, channels, 3)
        self.has_shortcut = has_shortcut

    def forward(self, image: Tensor) -> Tensor:
        out = self.cv2(self.cv1(image))
        return image + out if self.has_shortcut else out


class C2f(nn.Module):
    """Half of the channels goes through `depth` bottlenecks, and every step of the way is kept."""

    def __init__(self, inputs: int, outputs: int, depth: int, has_shortcut: bool = False) -> None:
        super().__init__()
        half = outputs // 2
        self.cv1 = Conv(inputs, outputs)
        self.cv2 = Conv((2 + depth) * half, outputs)
        self.m = nn.ModuleList(Bottleneck(half, has_shortcut) for _ in range(depth))

    def forward(self, image: Tensor) -> Tensor:
        steps = list(self.cv1(image).chunk(2, 1))
        for bottleneck in self.m:
            steps.append(bottleneck(steps[-1]))
        return self.cv2(torch.cat(steps, 1))


class SPPF(nn.Module):
    """Spatial pyramid pooling, by pooling 5×5 three times over."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.cv1, self.cv2 = Conv(channels, half), Conv(4 * half, channels)
        self.m = nn.MaxPool2d(5, 1, 2)

    def forward(self, image: Tensor) -> Tensor:
        steps = [self.cv1(image)]
        for _ in range(3):
            steps.append(self.m(steps[-1]))
        return self.cv2(torch.cat(steps, 1))


class DFL(nn.Module):
    """The mean of a distribution over the bins, whose numbers stand in the checkpoint (Li et al. 2020)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(BINS, 1, 1, bias=False)

    def forward(self, sides: Tensor) -> Tensor:
        count, _, cells = sides.shape
        return self.conv(sides.view(count, 4, BINS, cells).transpose(1, 2).softmax(1))[:, 0]


class Head(nn.Module):
    """Three grids of features → [N, 4 + classes, cells]: middle and size in pixels of the input, scores in 0..1."""

    def __init__(self, channels: tuple[int, ...], classes: int) -> None:
        super().__init__()
        boxes, scores = max(16, channels[0] // 4, 4 * BINS), max(channels[0], min(classes, 100))
        self.cv2 = nn.ModuleList(self._branch(each, boxes, 4 * BINS) for each in channels)
        self.cv3 = nn.ModuleList(self._branch(each, scores, classes) for each in channels)
        self.dfl = DFL()

    @staticmethod
    def _branch(inputs: int, hidden: int, outputs: int) -> nn.Module:
        return nn.Sequential(Conv(inputs, hidden, 3), Conv(hidden, hidden, 3), nn.Conv2d(hidden, outputs, 1))

    def forward(self, grids: list[Tensor]) -> Tensor:
        sides = torch.cat([branch(grid).flatten(2) for branch, grid in zip(self.cv2, grids, strict=True)], 2)
        scores = torch.cat([branch(grid).flatten(2) for branch, grid in zip(self.cv3, grids, strict=True)], 2)
        middles, strides = self._cells(grids)
        before, after = self.dfl(sides).chunk(2, 1)
        boxes = torch.cat((middles + (after - before) / 2, before + after), 1) * strides
        return torch.cat((boxes, scores.sigmoid()), 1)

    @staticmethod
    def _cells(grids: list[Tensor]) -> tuple[Tensor, Tensor]:
        """The middle of every cell in cells of its grid [2, cells], x first, and the stride of its grid [1, cells]."""
        middles, strides = [], []
        for grid, stride in zip(grids, STRIDES, strict=True):
            height, width = grid.shape[2:]
            rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
            middles.append(torch.stack((columns, rows)).flatten(1) + 0.5)
            strides.append(torch.full((1, height * width), float(stride)))
        return torch.cat(middles, 1), torch.cat(strides, 1)


class Yolov8(nn.Module):
    """Image [N, 3, 640, 640], red first, in 0..1 → [N, 4 + classes, 8400]. `width`: channels of the first layer, 16
    in YOLOv8n and 32 in YOLOv8s.

    Its tensors have the makers' names: layers are numbered as in their model files, so 10 (a doubling of the size), 11
    (a joining) and the like have no tensors.
    """

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        one, two, four, eight, sixteen = (width * factor for factor in (1, 2, 4, 8, 16))
        layers: dict[int, nn.Module] = {
            0: Conv(3, one, 3, 2),
            1: Conv(one, two, 3, 2),
            2: C2f(two, two, 1, has_shortcut=True),
            3: Conv(two, four, 3, 2),
            4: C2f(four, four, 2, has_shortcut=True),
            5: Conv(four, eight, 3, 2),
            6: C2f(eight, eight, 2, has_shortcut=True),
            7: Conv(eight, sixteen, 3, 2),
            8: C2f(sixteen, sixteen, 1, has_shortcut=True),
            9: SPPF(sixteen),
            12: C2f(sixteen + eight, eight, 1),
            15: C2f(eight + four, four, 1),
            16: Conv(four, four, 3, 2),
            18: C2f(four + eight, eight, 1),
            19: Conv(eight, eight, 3, 2),
            21: C2f(eight + sixteen, sixteen, 1),
            22: Head((four, eight, sixteen), classes),
        }
        self.model = nn.ModuleDict({str(number): layer for number, layer in layers.items()})

    def forward(self, image: Tensor) -> Tensor:
        for number in range(5):
            image = self.model[str(number)](image)
        eighth = image
        sixteenth = self.model["6"](self.model["5"](eighth))
        deep = self.model["9"](self.model["8"](self.model["7"](sixteenth)))
        middle = self.model["12"](torch.cat((_doubled(deep), sixteenth), 1))
        fine = self.model["15"](torch.cat((_doubled(middle), eighth), 1))
        middle = self.model["18"](torch.cat((self.model["16"](fine), middle), 1))
        coarse = self.model["21"](torch.cat((self.model["19"](middle), deep), 1))
        return self.model["22"]([fine, middle, coarse])


def _doubled(image: Tensor) -> Tensor:
    return nn.functional.interpolate(image, scale_factor=2, mode="nearest")
