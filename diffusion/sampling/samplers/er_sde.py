"""ER-SDE: the reverse SDE with a freely chosen decay of noise."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from diffusion.sampling.process import VARIANCE_EXPLODING, Process
from diffusion.sampling.samplers.convention import Denoiser, OnStep, StepNoise, silent


def er_noise_scale(ratio: Tensor) -> Tensor:
    """How noise shrinks with sigma / alpha in ER-SDE: the paper's SDE 5, function 7 of its code."""
    return ratio * ((ratio**0.3).exp() + 10)


def er_sde(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    s_noise: float = 1.0,
    max_stage: int = 3,
    points: int = 200,
    noise_scale: Callable[[Tensor], Tensor] = er_noise_scale,
    process: Process = VARIANCE_EXPLODING,
) -> Tensor:
    """Extended reverse-time SDE, Taylor expansion to ``max_stage`` terms. Cui et al. 2023 (arXiv:2309.06169), eq. 22.

    Its integrals over a step are sums over ``points`` points.
    """
    ratios = sigmas / process.alpha(sigmas)
    past: list[Tensor] = []
    old_slope: Tensor | None = None
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        if sigmas[i + 1] == 0:
            return x0
        here, there = ratios[i], ratios[i + 1]
        alpha, alpha_next = process.alpha(sigmas[i]), process.alpha(sigmas[i + 1])
        shrink = noise_scale(there) / noise_scale(here)
        x = alpha_next * (shrink * x / alpha + (1 - shrink) * x0)
        width = (here - there) / points
        along = there + torch.arange(points, dtype=torch.float32) * width
        if past and max_stage > 1:
            first = (x0 - past[-1]) / (here - ratios[i - 1])
            whole = (width / noise_scale(along)).sum()
            x = x + alpha_next * (there - here + whole * noise_scale(there)) * first
            if old_slope is not None and max_stage > 2:
                second = 2 * (first - old_slope) / (here - ratios[i - 2])
                moment = ((along - here) * width / noise_scale(along)).sum()
                x = x + alpha_next * ((there - here) ** 2 / 2 + moment * noise_scale(there)) * second
            old_slope = first
        if s_noise > 0:
            spread = (there**2 - (here * shrink) ** 2).clamp(min=0).sqrt()
            x = x + alpha_next * noise(sigmas[i], sigmas[i + 1]) * (s_noise * spread)
        past = [x0]
    return x
