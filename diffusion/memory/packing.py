"""Layers that put their weight into the order in which oneDNN reads it, so that not every call reorders it first.

Which order that is depends on the shape of what comes in, and a weight in the order for another shape costs up to a
hundred times the call. So a weight is packed when a shape comes for the second time in a row, which is what the steps
of a sampler bring, and is plain again as soon as another one comes.

Packed or plain, it is the same kernel on the same values: not a bit of the picture depends on what was painted before.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor, nn

_ops: Final[Any] = torch.ops.mkldnn


def can_pack() -> bool:
    """Whether this build of torch computes with oneDNN."""
    return bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]  # torch has no types for it


def let_pack(network: nn.Module, may: bool = True) -> None:
    """Have the network's convolutions and linear layers pack their weights from now on, or not any more."""
    for layer in network.modules():
        if may and type(layer) is nn.Linear:
            layer.__class__ = PackingLinear
        elif may and type(layer) is nn.Conv2d and layer.padding_mode == "zeros" and not isinstance(layer.padding, str):
            layer.__class__ = PackingConv2d
        elif not may and isinstance(layer, PackingLinear | PackingConv2d):
            layer.seen = None
            layer.__class__ = type(layer).__base__  # type: ignore[assignment]  # what it was before


def input_layout(network: nn.Module) -> torch.memory_format:
    """How a picture is best laid out for the network: channels innermost when its weights are."""
    weight = next(network.parameters())
    if weight.is_mkldnn:
        return torch.channels_last
    innermost = weight.ndim == 4 and weight.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if innermost else torch.contiguous_format


class PackingConv2d(nn.Conv2d):
    """A convolution that packs its weight. State: the shape that came last; the weight, if packed, is packed for it."""

    seen: torch.Size | None = None

    def forward(self, x: Tensor) -> Tensor:
        how = self.padding, self.stride, self.dilation, self.groups
        _settle(self, x, lambda weight: _ops._reorder_convolution_weight(weight, *how, list(x.shape)))
        answer: Tensor = _ops._convolution_pointwise(x, self.weight, self.bias, *how, "none", [], "")
        return answer


class PackingLinear(nn.Linear):
    """A linear layer that packs its weight. State: as that of PackingConv2d."""

    seen: torch.Size | None = None

    def forward(self, x: Tensor) -> Tensor:
        _settle(self, x, lambda weight: _ops._reorder_linear_weight(weight, x.shape[:-1].numel()))
        answer: Tensor = _ops._linear_pointwise(x, self.weight, self.bias, "none", [], "")
        return answer


def _settle(layer: PackingConv2d | PackingLinear, x: Tensor, pack: Any) -> None:
    if x.shape != layer.seen:
        layer.seen = x.shape
        if layer.weight.is_mkldnn:
            layer.weight = nn.Parameter(layer.weight.to_dense(), requires_grad=False)
    elif not layer.weight.is_mkldnn:
        layer.weight = nn.Parameter(pack(layer.weight), requires_grad=False)
