"""One picture over another: blend modes, and the alpha algebra of Porter and Duff (SIGGRAPH 1984)."""

# ruff: noqa: ARG005  every mode is given everything

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

Mix = Callable[[Tensor, Tensor], Tensor]


def _soft_light(a: Tensor, b: Tensor) -> Tensor:
    """W3C compositing level 1, section 10.1.10."""
    bright = torch.where(a <= 0.25, ((16 * a - 12) * a + 4) * a, torch.sqrt(a.clamp(min=0)))
    return torch.where(b <= 0.5, a - (1 - 2 * b) * a * (1 - a), a + (2 * b - 1) * (bright - a))


BLENDS: Final[dict[str, Mix]] = {
    "normal": lambda a, b: b,
    "multiply": lambda a, b: a * b,
    "screen": lambda a, b: 1 - (1 - a) * (1 - b),
    "overlay": lambda a, b: torch.where(a <= 0.5, 2 * a * b, 1 - 2 * (1 - a) * (1 - b)),
    "soft_light": _soft_light,
    "difference": lambda a, b: a - b,
}


# Each: (source, source alpha, destination, destination alpha) -> (colour, alpha), colours multiplied by their alpha.
Compose = Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]


def _union(a: Tensor, b: Tensor) -> Tensor:
    return a + b - a * b


def _rest(s: Tensor, sa: Tensor, d: Tensor, da: Tensor) -> Tensor:
    """What each shows where the other is not."""
    return (1 - da) * s + (1 - sa) * d


def _overlay(s: Tensor, sa: Tensor, d: Tensor, da: Tensor) -> tuple[Tensor, Tensor]:
    # As the table of Android's PorterDuff.Mode has it, which the field follows; what shows beside the other goes.
    mixed = torch.where(2 * d < da, 2 * s * d, sa * da - 2 * (da - s) * (sa - d))
    return mixed, _union(sa, da)


MODES: Final[dict[str, Compose]] = {
    "ADD": lambda s, sa, d, da: ((s + d).clamp(0, 1), (sa + da).clamp(0, 1)),
    "CLEAR": lambda s, sa, d, da: (torch.zeros_like(d), torch.zeros_like(da)),
    "DARKEN": lambda s, sa, d, da: (_rest(s, sa, d, da) + torch.minimum(s, d), _union(sa, da)),
    "DST": lambda s, sa, d, da: (d, da),
    "DST_ATOP": lambda s, sa, d, da: (sa * d + (1 - da) * s, sa),
    "DST_IN": lambda s, sa, d, da: (d * sa, sa * da),
    "DST_OUT": lambda s, sa, d, da: ((1 - sa) * d, (1 - sa) * da),
    "DST_OVER": lambda s, sa, d, da: (d + (1 - da) * s, da + (1 - da) * sa),
    "LIGHTEN": lambda s, sa, d, da: (_rest(s, sa, d, da) + torch.maximum(s, d), _union(sa, da)),
    "MULTIPLY": lambda s, sa, d, da: (s * d, sa * da),
    "OVERLAY": _overlay,
    "SCREEN": lambda s, sa, d, da: (_union(s, d), _union(sa, da)),
    "SRC": lambda s, sa, d, da: (s, sa),
    "SRC_ATOP": lambda s, sa, d, da: (da * s + (1 - sa) * d, da),
    "SRC_IN": lambda s, sa, d, da: (s * da, sa * da),
    "SRC_OUT": lambda s, sa, d, da: ((1 - da) * s, (1 - da) * sa),
    "SRC_OVER": lambda s, sa, d, da: (s + (1 - sa) * d, sa + (1 - sa) * da),
    "XOR": lambda s, sa, d, da: (_rest(s, sa, d, da), (1 - da) * sa + (1 - sa) * da),
}


def compose(
    source: Tensor, source_alpha: Tensor, target: Tensor, target_alpha: Tensor, mode: str
) -> tuple[Tensor, Tensor]:
    """Colour ``(batch, height, width, channels)`` and alpha ``(batch, height, width)`` of one picture on another.

    Alphas are 1 where opaque. Where the result is clear its colour is 0.
    """
    sa, da = source_alpha.unsqueeze(-1), target_alpha.unsqueeze(-1)
    colour, alpha = MODES[mode](source * sa, sa, target * da, da)
    colour = torch.where(alpha > 1e-5, colour / alpha.clamp(min=1e-5), 0.0)
    return colour.clamp(0, 1), alpha.squeeze(-1)
