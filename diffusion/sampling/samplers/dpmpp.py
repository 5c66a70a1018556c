"""DPM-Solver++ for the probability flow: exponential integrators in lambda = -log sigma.

Lu et al. 2022 (arXiv:2211.01095). The field steps these in -log sigma for flow models as well.
"""

from __future__ import annotations

import torch
from torch import Tensor

from diffusion.sampling.process import VARIANCE_EXPLODING, Process
from diffusion.sampling.samplers.convention import Denoiser, OnStep, PairDenoiser, StepNoise, move, silent, slope


def dpmpp_2m(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent) -> Tensor:
    """Second order from one evaluation a step: x0 is extrapolated along the last two. Algorithm 2."""
    before: Tensor | None = None
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        ahead = x0
        if before is not None and sigmas[i + 1] > 0:
            ahead = x0 + (x0 - before) * _extrapolation(sigmas, i)
        x = move(x, ahead, sigmas[i + 1] / sigmas[i])
        before = x0
    return x


def dpmpp_2m_cfg_pp(denoise: PairDenoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent) -> Tensor:
    """The same with CFG++: the noise that stays is the negative prompt's, the picture is the guided one."""
    before: Tensor | None = None
    for i in range(len(sigmas) - 1):
        x0, uncond = denoise(x, sigmas[i])
        on_step(i, x, x0)
        ratio = sigmas[i + 1] / sigmas[i]
        after = x0 + ratio * (x - uncond)
        if before is not None and sigmas[i + 1] > 0:
            after = after + (1 - ratio) * _extrapolation(sigmas, i) * (x0 - before)
        x, before = after, uncond
    return x


def dpmpp_2s_ancestral(
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
    """Two evaluations a step (the second half way in lambda), then fresh noise. Algorithm 1."""
    for i in range(len(sigmas) - 1):
        sigma = sigmas[i]
        x0 = denoise(x, sigma)
        on_step(i, x, x0)
        sigma_down, fade, sigma_up = process.ancestral_split(sigma, sigmas[i + 1], eta)
        if sigma_down == 0:
            x = x + slope(x, x0, sigma) * (sigma_down - sigma)
        else:
            middle = _halfway(process, sigma, sigma_down)
            halfway = move(x, x0, middle / sigma)
            x = move(x, denoise(halfway, middle), sigma_down / sigma)
        if sigmas[i + 1] > 0 and eta > 0:
            x = fade * x + noise(sigma, sigmas[i + 1]) * (s_noise * sigma_up)
    return x


def dpmpp_2s_ancestral_cfg_pp(
    denoise: PairDenoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """The same with CFG++: x is moved by what guidance adds before the noise it holds is scaled."""
    for i in range(len(sigmas) - 1):
        sigma = sigmas[i]
        x0, uncond = denoise(x, sigma)
        on_step(i, x, x0)
        sigma_down, _, sigma_up = VARIANCE_EXPLODING.ancestral_split(sigma, sigmas[i + 1], eta)
        if sigma_down == 0:
            x = x0 + slope(x, uncond, sigma) * sigma_down
        else:
            guided = x + (x0 - uncond)
            middle = _halfway(VARIANCE_EXPLODING, sigma, sigma_down)
            second, _ = denoise(move(guided, x0, middle / sigma), middle)
            x = move(guided, second, sigma_down / sigma)
        if sigmas[i + 1] > 0 and eta > 0:
            x = x + noise(sigma, sigmas[i + 1]) * (s_noise * sigma_up)
    return x


def _extrapolation(sigmas: Tensor, i: int) -> Tensor:
    """1 / (2 r), r = the last step over this one, both in lambda."""
    return (sigmas[i] / sigmas[i + 1]).log() / (2 * (sigmas[i - 1] / sigmas[i]).log())


def _halfway(process: Process, sigma: Tensor, sigma_next: Tensor) -> Tensor:
    start = process.half_log_snr(sigma)
    if torch.isinf(start):
        # Pure noise of a flow model: infinitely far in lambda, so the field begins just below it.
        return torch.full_like(sigma, 0.9999)
    return process.sigma_of((start + process.half_log_snr(sigma_next)) / 2)
