"""DPM-Solver++ for the reverse SDE: each step is exact for a constant x0, its noise an increment of Brownian motion.

Lu et al. 2022 (arXiv:2211.01095), section 5; multistep forms by K. Crowson. eta scales the noise: 0 = none, 1 = all.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from diffusion.sampling.process import VARIANCE_EXPLODING, Process
from diffusion.sampling.samplers.convention import Denoiser, OnStep, StepNoise, move, silent


def dpmpp_sde(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r: float = 0.5,
    process: Process = VARIANCE_EXPLODING,
) -> Tensor:
    """Two evaluations a step, the second at share ``r`` of it in lambda. The last step is Euler."""
    for i in range(len(sigmas) - 1):
        sigma, sigma_next = sigmas[i], sigmas[i + 1]
        x0 = denoise(x, sigma)
        on_step(i, x, x0)
        if sigma_next == 0:
            return x0
        start, end = process.half_log_snr(sigma), process.half_log_snr(sigma_next)
        middle = process.sigma_of(torch.lerp(start, end, r))

        def leap(x0: Tensor, to: Tensor, x: Tensor = x, sigma: Tensor = sigma) -> Tensor:
            # The split is made on sigma / alpha, in which noise only grows.
            alpha, alpha_to = process.alpha(sigma), process.alpha(to)
            down, _, up = VARIANCE_EXPLODING.ancestral_split(sigma / alpha, to / alpha_to, eta)
            scaled = alpha_to * move(x / alpha, x0, down * alpha / sigma)
            return scaled + noise(sigma, to) * (alpha_to * s_noise * up)

        second = denoise(leap(x0, middle), middle)
        x = leap(torch.lerp(x0, second, 1 / (2 * r)), sigma_next)
    return x


def dpmpp_2m_sde(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    solver_type: Literal["midpoint", "heun"] = "midpoint",
    process: Process = VARIANCE_EXPLODING,
) -> Tensor:
    """Second order from one evaluation a step. solver_type: how the change of x0 over a step is weighed."""
    before: Tensor | None = None
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        if sigmas[i + 1] == 0:
            return x0
        h = _log_step(process, sigmas, i)
        x, back = _first_order(process, x, x0, sigmas, i, eta)
        if before is not None:
            ratio = h / _log_step(process, sigmas, i - 1)
            weight = _phi_1(back) / 2 if solver_type == "midpoint" else _phi_2(back)
            x = x + process.alpha(sigmas[i + 1]) * weight * ratio * (x0 - before)
        x = _with_noise(process, x, noise, sigmas, i, eta, s_noise)
        before = x0
    return x


def dpmpp_3m_sde(
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
    """Third order from one evaluation a step: first and second differences of the last three x0."""
    past: list[Tensor] = []
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        if sigmas[i + 1] == 0:
            return x0
        h = _log_step(process, sigmas, i)
        x, back = _first_order(process, x, x0, sigmas, i, eta)
        alpha = process.alpha(sigmas[i + 1])
        if past:
            r0 = _log_step(process, sigmas, i - 1) / h
            first = (x0 - past[0]) / r0
            if len(past) > 1:
                r1 = _log_step(process, sigmas, i - 2) / h
                second = (first - (past[0] - past[1]) / r1) / (r0 + r1)
                first = first + second * r0
                x = x - alpha * (_phi_2(back) / back - 0.5) * second
            x = x + alpha * _phi_2(back) * first
        x = _with_noise(process, x, noise, sigmas, i, eta, s_noise)
        past = [x0, *past][:2]
    return x


def _log_step(process: Process, sigmas: Tensor, i: int) -> Tensor:
    return process.half_log_snr(sigmas[i + 1]) - process.half_log_snr(sigmas[i])


def _first_order(process: Process, x: Tensor, x0: Tensor, sigmas: Tensor, i: int, eta: float) -> tuple[Tensor, Tensor]:
    """(x after the step as if x0 stayed, how far the step reaches back in lambda, noise counted in)."""
    h = _log_step(process, sigmas, i)
    back = h * (1 + eta)
    kept = sigmas[i + 1] / sigmas[i] * (-h * eta).exp()
    return kept * x + process.alpha(sigmas[i + 1]) * _phi_1(back) * x0, back


def _with_noise(
    process: Process, x: Tensor, noise: StepNoise, sigmas: Tensor, i: int, eta: float, s_noise: float
) -> Tensor:
    if eta <= 0 or s_noise <= 0:
        return x
    spread = sigmas[i + 1] * (-(-2 * eta * _log_step(process, sigmas, i)).expm1()).sqrt()
    return x + noise(sigmas[i], sigmas[i + 1]) * (spread * s_noise)


def _phi_1(h: Tensor) -> Tensor:
    """1 - exp(-h): the weight of a constant x0."""
    return -(-h).expm1()


def _phi_2(h: Tensor) -> Tensor:
    """1 - (1 - exp(-h)) / h: the weight of an x0 that grows evenly from 0 to 1 over the step."""
    return 1 + (-h).expm1() / h
