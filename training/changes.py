"""Changes of a layer that learn: each beside its layer, nothing at first, with a file's names for its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isqrt
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffusion.adapters.changes import hadamard, kronecker, rotated

Algorithm = Literal["lora", "loha", "lokr", "oft"]


class LayerChange(nn.Module):
    """What is added to a linear or convolutional layer's answer: that of the difference of its weight.

    alpha: what the file says; None where there is nothing to say. file_names: the file's name of each parameter.
    """

    file_names: Mapping[str, str]

    def __init__(self, layer: nn.Linear | nn.Conv2d, alpha: float | None) -> None:
        super().__init__()
        self.alpha = alpha
        self.shape = tuple(layer.weight.shape)
        self.convolution = (layer.stride, layer.padding) if isinstance(layer, nn.Conv2d) else None

    def difference(self, weight: Tensor) -> Tensor:
        """By how much the layer's weight changes, in its shape."""
        raise NotImplementedError

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        return self._like_the_layer(x, self.difference(weight).to(x.dtype))

    def _like_the_layer(self, x: Tensor, weight: Tensor) -> Tensor:
        if self.convolution is None:
            return functional.linear(x, weight)
        stride, padding = self.convolution
        return functional.conv2d(x, weight, stride=stride, padding=padding)


class LowRankChange(LayerChange):
    """LoRA: ``up @ down``, scaled; computed as two small layers in a row."""

    file_names: Mapping[str, str] = {"down": "lora_down.weight", "up": "lora_up.weight"}

    def __init__(self, layer: nn.Linear | nn.Conv2d, rank: int, alpha: float) -> None:
        super().__init__(layer, alpha)
        self.scale = alpha / rank
        self.down = _uniform(rank, *self.shape[1:])
        self.up = _zeros(self.shape[0], rank, *[1] * (len(self.shape) - 2))

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: ARG002  # the difference does not depend on it
        narrow = self._like_the_layer(x, self.down)
        wide = functional.linear(narrow, self.up) if self.convolution is None else functional.conv2d(narrow, self.up)
        return wide * self.scale


class HadamardChange(LayerChange):
    """LoHa: two products of low rank, multiplied element by element; its own rank is up to the square of theirs."""

    file_names: Mapping[str, str] = {name: f"hada_{name}" for name in ("w1_a", "w1_b", "w2_a", "w2_b")}

    def __init__(self, layer: nn.Linear | nn.Conv2d, rank: int, alpha: float) -> None:
        super().__init__(layer, alpha)
        self.scale = alpha / rank
        out, area = self.shape[0], layer.weight[0].numel()
        self.w1_a, self.w1_b = _normal(0.1, out, rank), _normal(1.0, rank, area)
        self.w2_a, self.w2_b = _zeros(out, rank), _normal(1.0, rank, area)

    def difference(self, weight: Tensor) -> Tensor:
        return (self.scale * hadamard(dict(self.named_parameters()))).reshape(weight.shape)


class KroneckerChange(LayerChange):
    """LoKr: a small matrix, each of whose numbers stands for a block: that number times the second matrix.

    The second one has low rank where that saves numbers; else it is whole, and alpha says nothing.
    """

    file_names: Mapping[str, str] = {name: f"lokr_{name}" for name in ("w1", "w2", "w2_a", "w2_b")}

    def __init__(self, layer: nn.Linear | nn.Conv2d, rank: int, alpha: float) -> None:
        (out_1, out_2), (in_1, in_2) = (split_near_root(side) for side in layer.weight.shape[:2])
        area = in_2 * layer.weight[0, 0].numel()
        is_low = rank < min(out_2, area) // 2
        super().__init__(layer, alpha if is_low else None)
        self.scale = alpha / rank if is_low else 1.0
        self.w1 = _uniform(out_1, in_1)
        if is_low:
            self.w2_a, self.w2_b = _uniform(out_2, rank), _zeros(rank, area)
        else:
            self.w2 = _zeros(out_2, area)

    def difference(self, weight: Tensor) -> Tensor:
        return (self.scale * kronecker(dict(self.named_parameters()))).reshape(weight.shape)


class RotationChange(LayerChange):
    """OFT: groups of rows are rotated, so that their lengths and the angles between them stay. No limit is set."""

    file_names: Mapping[str, str] = {"blocks": "oft_blocks"}

    def __init__(self, layer: nn.Linear | nn.Conv2d, rank: int, alpha: float) -> None:  # noqa: ARG002  # as the others
        super().__init__(layer, 0.0)
        size = next(size for size in range(min(rank, self.shape[0]), 0, -1) if self.shape[0] % size == 0)
        self.blocks = _zeros(self.shape[0] // size, size, size)

    def difference(self, weight: Tensor) -> Tensor:
        weight = weight.detach().float()
        return rotated(weight, self.blocks) - weight


ALGORITHMS: Mapping[Algorithm, Callable[[nn.Linear | nn.Conv2d, int, float], LayerChange]] = {
    "lora": LowRankChange,
    "loha": HadamardChange,
    "lokr": KroneckerChange,
    "oft": RotationChange,
}


def split_near_root(number: int) -> tuple[int, int]:
    """Two factors, the smaller first, as near to each other as can be: 96 is 8 x 12."""
    small = next(factor for factor in range(isqrt(number), 0, -1) if number % factor == 0)
    return small, number // small


def _zeros(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(shape))


def _normal(deviation: float, *shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(shape) * deviation)


def _uniform(*shape: int) -> nn.Parameter:
    """As torch's own layers begin."""
    value = torch.empty(shape)
    nn.init.kaiming_uniform_(value, a=5**0.5)
    return nn.Parameter(value)
