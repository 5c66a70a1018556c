"""More than one evaluation a step: Heun and its kin, and DPM-Solver-2."""

from __future__ import annotations

from torch import Tensor

from diffusion.sampling.process import VARIANCE_EXPLODING, Process
from diffusion.sampling.samplers.convention import Denoiser, OnStep, StepNoise, silent, slope


def heun(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent) -> Tensor:
    """The mean of the slopes at both ends; the last step is Euler. Karras et al. 2022, algorithm 2 without churn."""
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        d, dt = slope(x, x0, sigmas[i]), sigmas[i + 1] - sigmas[i]
        if sigmas[i + 1] > 0:
            end = x + d * dt
            d = (d + slope(end, denoise(end, sigmas[i + 1]), sigmas[i + 1])) / 2
        x = x + d * dt
    return x


def heunpp2(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent) -> Tensor:
    """Heun++: slopes at this level and the next one or two, the later ones weighing less as noise falls.

    Its last two steps use two slopes, then one. The weights are noise levels over the first, shared by the slopes.
    """
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        slopes, at = [slope(x, x0, sigmas[i])], x
        ahead = sigmas[i + 1 : min(i + 3, len(sigmas) - 1)]
        for j, sigma in enumerate(ahead, start=i):
            at = at + slopes[-1] * (sigma - sigmas[j])
            slopes.append(slope(at, denoise(at, sigma), sigma))
        shares = [float(sigma / (sigmas[0] * len(slopes))) for sigma in ahead]
        mean = slopes[0] * (1 - sum(shares))
        for share, d in zip(shares, slopes[1:], strict=True):
            mean = mean + share * d
        x = x + mean * (sigmas[i + 1] - sigmas[i])
    return x


def dpm_2(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent) -> Tensor:
    """The slope half way in log sigma. After DPM-Solver-2 (Lu et al. 2022, arXiv:2206.00927) and Karras et al. 2022."""
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        x = _midpoint_step(denoise, x, x0, sigmas[i], sigmas[i + 1])
    return x


def dpm_2_ancestral(
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
    """The same to a level further down, then fresh noise."""
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        sigma_down, fade, sigma_up = process.ancestral_split(sigmas[i], sigmas[i + 1], eta)
        x = _midpoint_step(denoise, x, x0, sigmas[i], sigma_down)
        if sigmas[i + 1] > 0 and eta > 0:
            x = fade * x + noise(sigmas[i], sigmas[i + 1]) * (s_noise * sigma_up)
    return x


def _midpoint_step(denoise: Denoiser, x: Tensor, x0: Tensor, sigma: Tensor, sigma_next: Tensor) -> Tensor:
    d = slope(x, x0, sigma)
    if sigma_next > 0:
        middle = (sigma * sigma_next).sqrt()
        at = x + d * (middle - sigma)
        d = slope(at, denoise(at, middle), middle)
    return x + d * (sigma_next - sigma)
