"""The values that travel between the stages: frozen, shared between nodes, never written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from torch import Tensor

if TYPE_CHECKING:
    from diffusion.adapters.controlnet import ControlNet
    from diffusion.adapters.hooks import Hooks


@dataclass(frozen=True)
class Latent:
    """An image in the VAE's space.

    samples: ``(batch, channels, height / 8, width / 8)`` float32, unscaled (the VAE's factor is applied in sampling).
    mask: ``(batch, 1 or none, height, width)`` in 0..1 at any size, 1 = may change; None = all may change.
    batch_index: the noise row each picture takes, so that part of a batch repeats what the whole batch gave.
    """

    samples: Tensor
    mask: Tensor | None = None
    batch_index: tuple[int, ...] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Area:
    """A rectangle that a conditioning speaks for: latent units, or fractions of the picture if ``relative``."""

    height: float
    width: float
    y: float
    x: float
    relative: bool = False


@dataclass(frozen=True)
class ControlUse:
    """A ControlNet laid over a conditioning.

    image: ``(batch, height, width, channels)`` in 0..1. Percents are of the sampling process: 0 = noise, 1 = clean.
    ``on_uncond``: it also acts on a negative prompt that carries no control of its own (the old ControlNetApply).
    """

    net: ControlNet
    image: Tensor
    strength: float = 1.0
    start_percent: float = 0.0
    end_percent: float = 1.0
    on_uncond: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cond:
    """One prompt, encoded, and where and when it speaks.

    tokens: ``(1 or batch, tokens, width)``. pooled: ``(1, width)`` or None. mask: ``(batch, height, width)`` in 0..1.
    hooks: changes of weights that are in force for this prompt. fills: it speaks by as much as the others leave of 1.
    """

    tokens: Tensor
    pooled: Tensor | None = None
    area: Area | None = None
    strength: float = 1.0
    mask: Tensor | None = None
    mask_strength: float = 1.0
    area_from_mask: bool = False
    start_percent: float = 0.0
    end_percent: float = 1.0
    controls: tuple[ControlUse, ...] = ()
    hooks: Hooks = ()
    fills: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


Conditioning = tuple[Cond, ...]


def with_fields(conditioning: Conditioning, **changes: Any) -> Conditioning:
    """Every Cond of the conditioning with these fields changed."""
    return tuple(replace(cond, **changes) for cond in conditioning)
