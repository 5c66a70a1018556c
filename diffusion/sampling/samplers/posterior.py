"""Go to the clean picture and come back with noise."""

from __future__ import annotations

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
    process: Process = VARIANCE_EXPLODING,
) -> Tensor:
    """The clean picture, noised afresh to the next level. Luo et al. 2023 (arXiv:2310.04378), algorithm 3."""
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        x = x0
        if sigmas[i + 1] > 0:
            x = process.mix(x0, noise(sigmas[i], sigmas[i + 1]), sigmas[i + 1])
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
