"""Denoisers whose answers are known, and reference outputs of other implementations."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from diffusion.families.sigmas import DiscreteSigmas
from diffusion.sampling.process import Process
from diffusion.sampling.samplers.sampler import Sampler
from diffusion.sampling.schedules import karras

LEVELS = DiscreteSigmas()


@cache
def golden() -> dict[str, Any]:
    """Outputs of other implementations on ``toy`` from one start, over one Karras schedule; each with its source."""
    stored: dict[str, Any] = json.loads(Path(__file__).with_name("golden.json").read_text())
    return stored


def toy(x: Tensor, sigma: Tensor) -> Tensor:
    """A curved denoiser, for comparing implementations."""
    return torch.tanh(x / (1 + sigma**2).sqrt() * 1.5 + 0.3) * 0.8 + 0.1 * x / (1 + sigma**2)


def gaussian(x: Tensor, sigma: Tensor) -> Tensor:
    """The exact denoiser of N(0, 1) data: sampling turns x at sigma into x / sqrt(1 + sigma^2)."""
    return x / (1 + sigma**2)


def flow_gaussian(x: Tensor, sigma: Tensor) -> Tensor:
    """The exact denoiser of N(0, 1) data under rectified flow, x = (1 - sigma) x0 + sigma noise."""
    return x * (1 - sigma) / ((1 - sigma) ** 2 + sigma**2)


def doubled(denoise: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """A PairDenoiser without guidance: both answers are the same."""

    def both(x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        x0 = denoise(x, sigma)
        return x0, x0

    return both


def walk(
    sampler: Sampler,
    x: Tensor,
    sigmas: Tensor,
    denoise: Callable[[Tensor, Tensor], Tensor] = gaussian,
    *,
    flow: bool = False,
    seed: int = 0,
) -> Tensor:
    """The sampler's end point."""
    return sampler.run(doubled(denoise), x, sigmas, seed, Process(flow), lambda _i, _x, _x0: None)


def error_at(sampler: Sampler, steps: int, denoise: Callable[[Tensor, Tensor], Tensor] = gaussian) -> float:
    """How far from the truth one number ends, walked in float64 from the highest to the lowest noise level."""
    sigmas = karras(LEVELS, steps).double()[:-1]
    x = torch.full((1, 1, 1, 1), 3.0, dtype=torch.float64) * sigmas[0]
    truth = x * ((1 + sigmas[-1] ** 2) / (1 + sigmas[0] ** 2)).sqrt()
    return float((walk(sampler, x, sigmas, denoise) - truth).abs())
