"""DPM-Solver on eps, 1 to 3 evaluations a step: fast (a given number in all) and adaptive (as many as it takes).

Lu et al. 2022 (arXiv:2206.00927), in variance-exploding coordinates; time is lambda = -log sigma. Both end at the last
noise level above 0, as the field's do.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from diffusion.sampling.process import VARIANCE_EXPLODING
from diffusion.sampling.samplers.convention import Denoiser, OnStep, StepNoise, silent, slope


def dpm_fast(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Tensor:
    """As many evaluations as ``sigmas`` has steps, in even steps of lambda of order 3, the rest in a lower order."""
    start, end, evaluations = -sigmas[0].log(), _end(sigmas), len(sigmas) - 1
    count = evaluations // 3 + 1
    orders = [3] * (count - 2) + [2, 1] if evaluations % 3 == 0 else [3] * (count - 1) + [evaluations % 3]
    times = torch.linspace(float(start), float(end), count + 1)
    for i, order in enumerate(orders):
        here, there = times[i], times[i + 1]
        target, up = _split(here, there, end, eta)
        taylor = _Taylor(denoise, x, here)
        on_step(i, x, taylor.x0)
        x = taylor.step(target, order)
        if eta > 0:
            x = x + noise((-here).exp(), (-there).exp()) * (s_noise * up)
    return x


def dpm_adaptive(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    order: int = 3,
    rtol: float = 0.05,
    atol: float = 0.0078,
    h_init: float = 0.05,
    pcoeff: float = 0.0,
    icoeff: float = 1.0,
    dcoeff: float = 0.0,
    accept_safety: float = 0.81,
    eta: float = 0.0,
    s_noise: float = 1.0,
) -> Tensor:
    """Steps as long as two orders agree within the tolerances; the schedule only says where to begin and to end."""
    here, end = -sigmas[0].log(), _end(sigmas)
    controller = _StepLength(h_init, (pcoeff, icoeff, dcoeff), 1.5 if eta else order, accept_safety)
    accepted_low, tries = x, 0
    while here < end - 1e-5:
        there = torch.minimum(end, here + controller.h)
        target, up = _split(here, there, end, eta)
        taylor = _Taylor(denoise, x, here)
        low = taylor.step(target, order - 1, r=1 / 3 if order == 3 else 1 / 2)
        high = taylor.step(target, order)
        scale = (rtol * torch.maximum(low.abs(), accepted_low.abs())).clamp(min=atol)
        error = float(torch.linalg.norm((low - high) / scale)) / math.sqrt(x.numel())
        if controller.accepts(error):
            accepted_low, x = low, high
            if eta > 0:
                x = x + noise((-here).exp(), (-there).exp()) * (s_noise * up)
            here = there
        on_step(tries, x, taylor.x0)
        tries += 1
    return x


class _Taylor:
    """Steps of order 1 to 3 from one point, sharing evaluations. State: slopes already asked for, by time and point."""

    def __init__(self, denoise: Denoiser, x: Tensor, time: Tensor) -> None:
        self.denoise, self.x, self.time = denoise, x, time
        self.x0 = denoise(x, (-time).exp())
        self.eps = slope(x, self.x0, (-time).exp())
        self._first: dict[tuple[float, float], Tensor] = {}

    def step(self, target: Tensor, order: int, r: float | None = None) -> Tensor:
        h, sigma = target - self.time, (-target).exp()
        straight = self._straight(target)
        if order == 1:
            return straight
        if order == 2:
            r = 1 / 2 if r is None else r
            return straight - sigma / (2 * r) * h.expm1() * (self._at_share(target, r) - self.eps)
        r1, r2 = 1 / 3, 2 / 3
        middle = self.time + r2 * h
        change = self._at_share(target, r1) - self.eps
        at = self._straight(middle) - (-middle).exp() * (r2 / r1) * ((r2 * h).expm1() / (r2 * h) - 1) * change
        second = slope(at, self.denoise(at, (-middle).exp()), (-middle).exp())
        return straight - sigma / r2 * (h.expm1() / h - 1) * (second - self.eps)

    def _straight(self, target: Tensor) -> Tensor:
        return self.x - (-target).exp() * (target - self.time).expm1() * self.eps

    def _at_share(self, target: Tensor, r: float) -> Tensor:
        """eps at a share of the way, reached in a straight step."""
        key = float(target), r
        if key not in self._first:
            time = self.time + r * (target - self.time)
            at = self._straight(time)
            self._first[key] = slope(at, self.denoise(at, (-time).exp()), (-time).exp())
        return self._first[key]


class _StepLength:
    """A PID controller of the step length h. State: h, and the inverse errors of this try and the last two accepted."""

    def __init__(self, h: float, gains: tuple[float, float, float], order: float, accept_safety: float) -> None:
        p, i, d = gains
        self.h, self.accept_safety = h, accept_safety
        self.exponents = (p + i + d) / order, -(p + 2 * d) / order, d / order
        self.inverse_errors: list[float] = []

    def accepts(self, error: float) -> bool:
        """Whether a step with this error may stand; sets the length of the next one either way."""
        inverse = 1 / (error + 1e-8)
        self.inverse_errors = [inverse, *(self.inverse_errors[1:] or [inverse, inverse])]
        factor = math.prod(e**power for e, power in zip(self.inverse_errors, self.exponents, strict=True))
        factor = 1 + math.atan(factor - 1)
        accepted = factor >= self.accept_safety
        if accepted:
            self.inverse_errors = [inverse, inverse, self.inverse_errors[1]]
        self.h *= factor
        return accepted


def _end(sigmas: Tensor) -> Tensor:
    return -(sigmas[-1] if sigmas[-1] > 0 else sigmas[-2]).log()


def _split(here: Tensor, there: Tensor, end: Tensor, eta: float) -> tuple[Tensor, Tensor]:
    """(time to step to, noise to add there) so that both together land on ``there``."""
    if eta <= 0:
        return there, torch.zeros_like(there)
    down, _, _ = VARIANCE_EXPLODING.ancestral_split((-here).exp(), (-there).exp(), eta)
    target = torch.minimum(end, -down.log())
    return target, ((-2 * there).exp() - (-2 * target).exp()).clamp(min=0).sqrt()
