"""Exponential integrators of the reverse SDE with several evaluations a step: SEEDS and Heun's exponential cousin."""

from __future__ import annotations

from functools import partial
from typing import Literal

import torch
from torch import Tensor

from diffusion.sampling.process import VARIANCE_EXPLODING, Process
from diffusion.sampling.samplers.convention import Denoiser, OnStep, StepNoise, silent


def seeds_2(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r: float = 0.5,
    solver_type: Literal["phi_1", "phi_2"] = "phi_1",
    process: Process = VARIANCE_EXPLODING,
) -> Tensor:
    """Two evaluations a step on one noise path. Gonzalez et al. 2023 (arXiv:2305.14267), SEEDS-2.

    r: where in the step the second is made. solver_type: how the change of x0 is weighed; phi_2 is
    exact where it is even.
    """
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        if sigmas[i + 1] == 0:
            return x0
        step = _SdeStep(process, sigmas[i], sigmas[i + 1], eta, s_noise, noise)
        second = denoise(step.to(x, x0, r), step.sigma_at(r))
        weight = step.phi_1(1.0) / 2 if solver_type == "phi_1" else step.phi_2(1.0)
        change = weight / r * (second - x0)
        x = step.to(x, x0, 1.0) + process.alpha(sigmas[i + 1]) * change
    return x


def seeds_3(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r_1: float = 1 / 3,
    r_2: float = 2 / 3,
    process: Process = VARIANCE_EXPLODING,
) -> Tensor:
    """Three evaluations a step on one noise path. SEEDS-3 of the same paper."""
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        if sigmas[i + 1] == 0:
            return x0
        step = _SdeStep(process, sigmas[i], sigmas[i + 1], eta, s_noise, noise)
        second = denoise(step.to(x, x0, r_1), step.sigma_at(r_1))
        at = step.to(x, x0, r_2) + process.alpha(step.sigma_at(r_2)) * step.phi_2(r_2) * (r_2 / r_1) * (second - x0)
        third = denoise(at, step.sigma_at(r_2))
        x = step.to(x, x0, 1.0) + process.alpha(sigmas[i + 1]) * step.phi_2(1.0) / r_2 * (third - x0)
    return x


# The second evaluation is made at the end of the step.
exp_heun_2_x0_sde = partial(seeds_2, r=1.0, solver_type="phi_2")


def exp_heun_2_x0(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent) -> Tensor:
    """Heun's method as an exponential integrator of x0: ``exp_heun_2_x0_sde`` without its noise."""
    return exp_heun_2_x0_sde(denoise, x, sigmas, _no_noise, on_step, eta=0.0)


def _no_noise(_sigma: Tensor, _sigma_next: Tensor) -> Tensor:
    raise AssertionError("a sampler with eta = 0 asked for noise")


class _SdeStep:
    """One step of the SDE, and points within it.

    State: how far its noise path has been drawn, and its value there. The path is drawn forward only, so points have to
    be asked for in order; it is kept relative to sigma, as the noise that a point's x holds.
    """

    def __init__(
        self, process: Process, sigma: Tensor, sigma_next: Tensor, eta: float, s_noise: float, noise: StepNoise
    ) -> None:
        self.process, self.sigma, self.eta, self.s_noise, self.noise = process, sigma, eta, s_noise, noise
        self.start, self.end = process.half_log_snr(sigma), process.half_log_snr(sigma_next)
        self.h = self.end - self.start
        self.sigma_next = sigma_next
        self.drawn_to, self.drawn = 0.0, 0.0 * sigma

    def sigma_at(self, share: float) -> Tensor:
        return self.sigma_next if share == 1 else self.process.sigma_of(torch.lerp(self.start, self.end, share))

    def phi_1(self, share: float) -> Tensor:
        """Weight of a constant x0 over this share of the step."""
        return -(-share * self.h * (1 + self.eta)).expm1()

    def phi_2(self, share: float) -> Tensor:
        """Weight of an x0 that grows evenly from 0 to 1 over this share of the step."""
        back = share * self.h * (1 + self.eta)
        return 1 + (-back).expm1() / back

    def to(self, x: Tensor, x0: Tensor, share: float) -> Tensor:
        """x at this share of the step as if x0 stayed, with the noise of the path up to there."""
        at = self.sigma_at(share)
        kept = at / self.sigma * (-share * self.h * self.eta).exp()
        x = kept * x + self.process.alpha(at) * self.phi_1(share) * x0
        if self.eta <= 0 or self.s_noise <= 0:
            return x
        return x + at * self.s_noise * self._path(share)

    def _path(self, share: float) -> Tensor:
        reach = (share - self.drawn_to) * self.h * self.eta
        fresh = self.noise(self.sigma_at(self.drawn_to) if self.drawn_to else self.sigma, self.sigma_at(share))
        self.drawn = self.drawn * (-reach).exp() + fresh * (-(-2 * reach).expm1()).sqrt()
        self.drawn_to = share
        return self.drawn
