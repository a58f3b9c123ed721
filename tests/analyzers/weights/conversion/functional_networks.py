"""The same networks a second time, straight from the makers' tensors, sharing nothing with the converters' modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F

State = Mapping[str, Any]


def normed(s: State, name: str, x: Any, eps: float = 1e-5) -> Any:
    scale = s[f"{name}.weight"] / (s[f"{name}.running_var"] + eps).sqrt()
    shift = s[f"{name}.bias"] - s[f"{name}.running_mean"] * scale
    return x * scale[:, None, None] + shift[:, None, None]


def resnet(s: State, x: Any, depths: tuple[int, ...]) -> tuple[Any, Any]:
    """By torchvision's names: logits and features."""
    x = F.max_pool2d(F.relu(normed(s, "bn1", F.conv2d(x, s["conv1.weight"], None, 2, 3))), 3, 2, 1)
    for stage, depth in enumerate(depths, 1):
        for block in range(depth):
            at = f"layer{stage}.{block}"
            stride = 2 if stage > 1 and block == 0 else 1
            y = F.relu(normed(s, f"{at}.bn1", F.conv2d(x, s[f"{at}.conv1.weight"], None, stride, 1)))
            y = normed(s, f"{at}.bn2", F.conv2d(y, s[f"{at}.conv2.weight"], None, 1, 1))
            if f"{at}.downsample.0.weight" in s:
                x = normed(s, f"{at}.downsample.1", F.conv2d(x, s[f"{at}.downsample.0.weight"], None, stride))
            x = F.relu(x + y)
    features = F.adaptive_avg_pool2d(x, 1).flatten(1)
    return F.linear(features, s["fc.weight"], s["fc.bias"]), features


def same(x: Any, stride: int) -> Any:
    """TensorFlow's padding SAME for a 3×3 kernel: what is left over goes below and to the right."""
    total = [max((-(-n // stride) - 1) * stride + 3 - n, 0) for n in x.shape[2:]]
    top, left = (t // 2 for t in total)
    return F.pad(x, (left, total[1] - left, top, total[0] - top))


def keras_mobilenet(arrays: Mapping[str, Any], x: Any) -> Any:
    """By Keras's names and orders, [N, height, width, 3]: `conv1/kernel` [h, w, in, out], …; marks [N, 10]."""

    def bn(name: str, y: Any) -> Any:
        a = {k: torch.as_tensor(arrays[f"{name}/{k}"]) for k in ("gamma", "beta", "moving_mean", "moving_variance")}
        y = (y - a["moving_mean"]) / torch.sqrt(a["moving_variance"] + 0.001) * a["gamma"] + a["beta"]
        return y.clamp(0, 6)

    def conv(y: Any, kernel: Any, stride: int, groups: int = 1) -> Any:
        y = y.permute(0, 3, 1, 2)
        y = F.conv2d(same(y, stride) if kernel.shape[-1] == 3 else y, kernel, None, stride, 0, 1, groups)
        return y.permute(0, 2, 3, 1)

    x = bn("conv1_bn", conv(x, torch.as_tensor(arrays["conv1/kernel"]).permute(3, 2, 0, 1), 2))
    for i in range(1, 14):
        stride = 2 if i in (2, 4, 6, 12) else 1
        depthwise = torch.as_tensor(arrays[f"conv_dw_{i}/depthwise_kernel"]).permute(2, 3, 0, 1)
        x = bn(f"conv_dw_{i}_bn", conv(x, depthwise, stride, x.shape[-1]))
        x = bn(f"conv_pw_{i}_bn", torch.as_tensor(x) @ torch.as_tensor(arrays[f"conv_pw_{i}/kernel"])[0, 0])
    logits = x.mean((1, 2)) @ torch.as_tensor(arrays["dense_1/kernel"]) + torch.as_tensor(arrays["dense_1/bias"])
    return torch.softmax(logits, 1)


def modnet(s: State, image: Any) -> Any:
    """By the names of MODNet's checkpoint: the matte."""

    def up(x: Any, factor: float = 2) -> Any:
        size = [int(n * factor) for n in x.shape[2:]]
        return F.interpolate(x, size=size, mode="bilinear", align_corners=False)

    def conv(at: str, x: Any, stride: int = 1, bare: bool = False) -> Any:
        weight = s[f"{at}.layers.0.weight"]
        x = F.conv2d(x, weight, s[f"{at}.layers.0.bias"], stride, weight.shape[-1] // 2)
        if bare:
            return x
        half = x.shape[1] // 2
        first, second = normed(s, f"{at}.layers.1.bnorm", x[:, :half]), x[:, half:]
        variance, mean = torch.var_mean(second, (2, 3), correction=0, keepdim=True)
        return F.relu(torch.cat((first, (second - mean) / (variance + 1e-5).sqrt()), 1))

    def chain(at: str, x: Any, count: int) -> Any:
        for i in range(count):
            x = conv(f"{at}.{i}", x)
        return x

    def sequence(at: str, x: Any, stride: int) -> Any:
        """Convolutions without bias and their norms, wherever the checkpoint has them, with ReLU6 but for the last."""
        places = [i for i in range(8) if f"{at}.{i}.weight" in s and s[f"{at}.{i}.weight"].ndim == 4]
        for i in places:
            weight = s[f"{at}.{i}.weight"]
            is_wide, is_depthwise = weight.shape[-1] == 3, weight.shape[1] == 1
            x = F.conv2d(x, weight, None, stride if is_wide else 1, 1 if is_wide else 0, 1,
                         weight.shape[0] if is_depthwise else 1)  # fmt: skip
            x = normed(s, f"{at}.{i + 1}", x)
            if i != places[-1] or len(places) == 1:
                x = x.clamp(0, 6)
        return x

    root, x, kept = "backbone.model.features", image, {}
    for i in range(19):
        is_block = f"{root}.{i}.conv.0.weight" in s
        stride = 2 if i in (0, 2, 4, 7, 14) else 1
        y = sequence(f"{root}.{i}.conv" if is_block else f"{root}.{i}", x, stride)
        x = x + y if is_block and stride == 1 and x.shape == y.shape else y
        kept[i] = x
    pooled = x.mean((2, 3))
    gate = F.linear(F.relu(F.linear(pooled, s["lr_branch.se_block.fc.0.weight"])), s["lr_branch.se_block.fc.2.weight"])
    x = x * torch.sigmoid(gate)[..., None, None]
    low = conv("lr_branch.conv_lr8x", up(conv("lr_branch.conv_lr16x", up(x))))
    half = conv("hr_branch.tohr_enc2x", kept[1])
    fine = conv("hr_branch.conv_enc2x", torch.cat((up(image, 0.5), half), 1), 2)
    fine = conv("hr_branch.conv_enc4x", torch.cat((fine, conv("hr_branch.tohr_enc4x", kept[3])), 1))
    fine = chain("hr_branch.conv_hr4x", torch.cat((fine, up(low), up(image, 0.25)), 1), 3)
    fine = chain("hr_branch.conv_hr2x", torch.cat((up(fine), half), 1), 4)
    fused = conv("f_branch.conv_f2x", torch.cat((up(conv("f_branch.conv_lr4x", up(low))), fine), 1))
    fused = conv("f_branch.conv_f.0", torch.cat((up(fused), image), 1))
    return torch.sigmoid(conv("f_branch.conv_f.1", fused, bare=True))
