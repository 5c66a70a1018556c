"""Noise levels of a discrete training schedule: sigma of a timestep, and the timestep of a sigma."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

# What the field answers for "before the first step": larger than any noise level.
BEFORE_START = 999999999.9


@dataclass(frozen=True)
class DiscreteSigmas:
    """The variance-exploding noise levels of a network trained on ``steps`` discrete timesteps.

    Betas are linear in their square root from ``beta_start`` to ``beta_end`` (Rombach et al. 2022, Stable Diffusion).
    ``table`` is ``(steps,)`` float32, rising: 0.0292 .. 14.6146 for Stable Diffusion.
    """

    beta_start: float = 0.00085
    beta_end: float = 0.012
    steps: int = 1000
    # An own table instead of the formula (zero terminal SNR, for example).
    custom: tuple[float, ...] | None = None
    # Timesteps of the training to one entry of the table; each entry is the last of them (models distilled to few).
    stride: int = 1

    @cached_property
    def table(self) -> Tensor:
        if self.custom is not None:
            return torch.tensor(self.custom, dtype=torch.float32)
        betas = torch.linspace(self.beta_start**0.5, self.beta_end**0.5, self.steps, dtype=torch.float64) ** 2
        alphas = torch.cumprod(1 - betas, dim=0)
        return ((1 - alphas) / alphas).sqrt().to(torch.float32)

    @cached_property
    def log_table(self) -> Tensor:
        return self.table.log()

    @property
    def sigma_min(self) -> float:
        return float(self.table[0])

    @property
    def sigma_max(self) -> float:
        return float(self.table[-1])

    def sigma(self, timestep: Tensor) -> Tensor:
        """Noise level at a timestep in 0..steps - 1, interpolated in log sigma between whole timesteps."""
        timestep = ((timestep.float().cpu() - (self.stride - 1)) / self.stride).clamp(0, len(self.table) - 1)
        low, high = timestep.floor().long(), timestep.ceil().long()
        weight = timestep.frac()
        return ((1 - weight) * self.log_table[low] + weight * self.log_table[high]).exp()

    def timestep(self, sigma: Tensor) -> Tensor:
        """The whole timestep whose noise level is nearest in log sigma, as float32; the shape of ``sigma``."""
        distance = (sigma.float().cpu().log().reshape(-1)[None, :] - self.log_table[:, None]).abs()
        index = distance.argmin(dim=0).reshape(sigma.shape).float()
        return index * self.stride + (self.stride - 1)

    def sigma_at_percent(self, percent: float) -> float:
        """Noise level where this share of the sampling process is done: 0 = pure noise, 1 = clean."""
        if percent <= 0:
            return BEFORE_START
        if percent >= 1:
            return 0.0
        return float(self.sigma(torch.tensor((1 - percent) * (len(self.table) * self.stride - 1))))

    def distilled(self, count: int) -> DiscreteSigmas:
        """``count`` of these levels, evenly from the last one down: what a consistency model was distilled to."""
        stride = len(self.table) // count
        return DiscreteSigmas(custom=tuple(self.table.tolist()[stride - 1 :: stride][-count:]), stride=stride)

    def zero_terminal(self) -> DiscreteSigmas:
        """The levels shifted and scaled so that the last one is (nearly) all noise, the first as it was.

        Lin et al. 2023 (arXiv:2305.08891), algorithm 1.
        """
        roots = (1 / (self.table.double() ** 2 + 1)).sqrt()  # of the share of the picture
        roots = (roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])
        shares = roots**2
        # Not 0, whose sigma would be infinite. The field's number, so that pictures are the same.
        shares[-1] = 4.8973451890853435e-08
        return DiscreteSigmas(custom=tuple(((1 - shares) / shares).sqrt().tolist()), stride=self.stride)
