"""One evaluation a step, straight along the slope."""

from __future__ import annotations

from torch import Tensor

from diffusion.sampling.process import VARIANCE_EXPLODING, Process
from diffusion.sampling.samplers.convention import Denoiser, OnStep, PairDenoiser, StepNoise, move, silent, slope


def euler(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent) -> Tensor:
    """Euler steps along the probability flow. Karras et al. 2022 (arXiv:2206.00364), algorithm 2 without churn.

    In these coordinates it is DDIM (Song et al. 2020, arXiv:2010.02502) as well.
    """
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        x = x + slope(x, x0, sigmas[i]) * (sigmas[i + 1] - sigmas[i])
    return x


def euler_ancestral(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    process: Process = VARIANCE_EXPLODING,
) -> Tensor:
    """Euler steps that go too far down and come back up with fresh noise."""
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        sigma_down, fade, sigma_up = process.ancestral_split(sigmas[i], sigmas[i + 1], eta)
        x = move(x, x0, sigma_down / sigmas[i])
        if sigmas[i + 1] > 0 and eta > 0:
            x = fade * x + noise(sigmas[i], sigmas[i + 1]) * (s_noise * sigma_up)
    return x


def euler_cfg_pp(
    denoise: PairDenoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent, *, process: Process = VARIANCE_EXPLODING
) -> Tensor:
    """CFG++ (Chung et al. 2024, arXiv:2406.08070): guidance moves the picture, the negative prompt says the noise."""
    for i in range(len(sigmas) - 1):
        x0, uncond = denoise(x, sigmas[i])
        on_step(i, x, x0)
        eps = slope(x, process.alpha(sigmas[i]) * uncond, sigmas[i])
        x = process.alpha(sigmas[i + 1]) * x0 + sigmas[i + 1] * eps
    return x


def euler_ancestral_cfg_pp(
    denoise: PairDenoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    process: Process = VARIANCE_EXPLODING,
) -> Tensor:
    """CFG++ steps with fresh noise; the split into down and up is made on sigma / alpha."""
    for i in range(len(sigmas) - 1):
        x0, uncond = denoise(x, sigmas[i])
        on_step(i, x, x0)
        alpha, alpha_next = process.alpha(sigmas[i]), process.alpha(sigmas[i + 1])
        eps = slope(x, alpha * uncond, sigmas[i])
        down, _, up = VARIANCE_EXPLODING.ancestral_split(sigmas[i] / alpha, sigmas[i + 1] / alpha_next, eta)
        x = alpha_next * (x0 + down * eps)
        if sigmas[i + 1] > 0 and eta > 0:
            x = x + noise(sigmas[i], sigmas[i + 1]) * (alpha_next * s_noise * up)
    return x
