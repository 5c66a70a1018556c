"""Go to the clean picture and come back with noise."""

from __future__ import annotations

import torch
from torch import Tensor

from diffusion.sampling.process import VARIANCE_EXPLODING, Process
from diffusion.sampling.samplers.convention import Denoiser, OnStep, StepNoise, move, silent


def lcm(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    s_noise: float = 1.0,
    s_noise_end: float | None = None,
    noise_limit: float = 0.0,
    process: Process = VARIANCE_EXPLODING,
) -> Tensor:
    """The clean picture, noised afresh to the next level. Luo et al. 2023 (arXiv:2310.04378), algorithm 3.

    The new noise is multiplied by ``s_noise`` at the first step, by ``s_noise_end`` at the last, evenly between; None:
    ``s_noise`` at all of them. noise_limit: values further out, in deviations, are brought back to it; 0 = none.
    """
    steps = len(sigmas) - 1
    factors = torch.linspace(s_noise, s_noise if s_noise_end is None else s_noise_end, max(steps, 1)).tolist()
    for i in range(steps):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        x = x0
        if sigmas[i + 1] > 0:
            fresh = noise(sigmas[i], sigmas[i + 1])
            if noise_limit > 0:
                fresh = fresh.clamp(-noise_limit, noise_limit)
            x = process.mix(x0, fresh * factors[i], sigmas[i + 1])
    return x


def ddpm(denoise: Denoiser, x: Tensor, sigmas: Tensor, noise: StepNoise, on_step: OnStep = silent) -> Tensor:
    """Draws from the posterior q(x_next | x, x0). Ho et al. 2020 (arXiv:2006.11239), equations 6 and 7.

    In variance-exploding coordinates its mean is x0 + r^2 (x - x0) and its variance sigma_next^2 (1 - r^2), with
    r = sigma_next / sigma.
    """
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        ratio = sigmas[i + 1] / sigmas[i]
        x = move(x, x0, ratio**2)
        if sigmas[i + 1] > 0:
            x = x + noise(sigmas[i], sigmas[i + 1]) * (sigmas[i + 1] * (1 - ratio**2).sqrt())
    return x
