"""RES multistep and gradient estimation: the last evaluation helps this step."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from diffusion.sampling.process import VARIANCE_EXPLODING
from diffusion.sampling.samplers.convention import Denoiser, OnStep, PairDenoiser, StepNoise, move, silent, slope


def res_multistep(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent) -> Tensor:
    """Exponential Adams-Bashforth of order 2 with exact phi functions. Zhang et al. 2023 (arXiv:2308.02157)."""
    return _res(lambda x, sigma: (denoise(x, sigma), None), x, sigmas, None, on_step, eta=0.0, s_noise=0.0)


def res_multistep_ancestral(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """The same to a level further down, then fresh noise."""
    return _res(lambda x, sigma: (denoise(x, sigma), None), x, sigmas, noise, on_step, eta=eta, s_noise=s_noise)


def res_multistep_cfg_pp(denoise: PairDenoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent) -> Tensor:
    """RES with CFG++: x is moved by what guidance adds, the step is made with the negative prompt's x0."""
    return _res(denoise, x, sigmas, None, on_step, eta=0.0, s_noise=0.0)


def res_multistep_ancestral_cfg_pp(
    denoise: PairDenoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
) -> Tensor:
    """Both."""
    return _res(denoise, x, sigmas, noise, on_step, eta=eta, s_noise=s_noise)


def _res(
    denoise: Callable[[Tensor, Tensor], tuple[Tensor, Tensor | None]],
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise | None,
    on_step: OnStep,
    *,
    eta: float,
    s_noise: float,
) -> Tensor:
    before: Tensor | None = None
    reached = sigmas[0]
    for i in range(len(sigmas) - 1):
        x0, uncond = denoise(x, sigmas[i])
        on_step(i, x, x0)
        down, _, up = VARIANCE_EXPLODING.ancestral_split(sigmas[i], sigmas[i + 1], eta)
        base = x0 if uncond is None else uncond
        moved = x + (x0 - base)
        if before is None or down == 0:
            x = move(moved, x0, down / sigmas[i])
        else:
            h = float((sigmas[i] / down).log())
            # Where the older x0 was taken, seen from where the last step ended before its noise, in steps.
            c2 = float((reached / sigmas[i - 1]).log()) / h
            phi_1 = math.expm1(-h) / -h
            phi_2 = (phi_1 - 1) / -h
            x = down / sigmas[i] * moved + h * ((phi_1 - phi_2 / c2) * base + phi_2 / c2 * before)
        if noise is not None and sigmas[i + 1] > 0 and eta > 0:
            x = x + noise(sigmas[i], sigmas[i + 1]) * (s_noise * up)
        before, reached = base, down
    return x


def gradient_estimation(
    denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent, *, ge_gamma: float = 2.0
) -> Tensor:
    """Euler along a slope that is extrapolated from the last one. Permenter & Yuan 2023 (arXiv:2306.04848), section 4.

    ge_gamma: 1 = Euler, 2 = the paper's choice. The last step is the clean picture itself.
    """
    before: Tensor | None = None
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        if sigmas[i + 1] == 0:
            return x0
        d = slope(x, x0, sigmas[i])
        ahead = d if before is None else ge_gamma * d + (1 - ge_gamma) * before
        x = x + ahead * (sigmas[i + 1] - sigmas[i])
        before = d
    return x


def gradient_estimation_cfg_pp(
    denoise: PairDenoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent, *, ge_gamma: float = 2.0
) -> Tensor:
    """The same with CFG++: slopes are those of the negative prompt, the picture is the guided one."""
    before: Tensor | None = None
    for i in range(len(sigmas) - 1):
        x0, uncond = denoise(x, sigmas[i])
        on_step(i, x, x0)
        if sigmas[i + 1] == 0:
            return x0
        d = slope(x, uncond, sigmas[i])
        x = x0 + d * sigmas[i + 1]
        if before is not None:
            x = x + (ge_gamma - 1) * (d - before) * (sigmas[i + 1] - sigmas[i])
        before = d
    return x
