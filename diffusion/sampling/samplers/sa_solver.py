"""SA-Solver: Adams steps of the reverse SDE, predicted and then corrected."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from diffusion.sampling.process import VARIANCE_EXPLODING, Process
from diffusion.sampling.samplers.convention import Denoiser, OnStep, StepNoise, silent

# Between 20 and 80 percent of the way along Stable Diffusion's schedule, and along a straight flow.
_NOISY_LEVELS = (5.0924, 0.5712)
_NOISY_FLOW_LEVELS = (0.8, 0.2)
# Pure noise of a flow model lies infinitely far away.
_FARTHEST = -15.0


def tau_between(
    process: Process, eta: float = 1.0, noisy: tuple[float, float] | None = None
) -> Callable[[float], float]:
    """How strongly noise is renewed on the way to a level: ``eta`` in the middle of the way, not at all at its ends.

    noisy: the highest and the lowest level of that middle; None: the usual ones.
    """
    high, low = noisy or (_NOISY_FLOW_LEVELS if process.flow else _NOISY_LEVELS)
    return lambda sigma: eta if low <= sigma <= high else 0.0


def sa_solver(
    denoise: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    noise: StepNoise,
    on_step: OnStep = silent,
    *,
    eta: float = 1.0,
    s_noise: float = 1.0,
    predictor_order: int = 3,
    corrector_order: int = 4,
    evaluate_again: bool = False,
    simple_order_2: bool = False,
    noisy: tuple[float, float] | None = None,
    process: Process = VARIANCE_EXPLODING,
) -> Tensor:
    """Stochastic Adams, predictor and corrector. Xue et al. 2023 (arXiv:2309.05019), algorithm 1.

    ``evaluate_again``: the model also sees what the corrector made of x, so that the next step stands on it (PECE).
    ``corrector_order`` 0: no corrector. ``simple_order_2``: appendix D's simpler weights in steps of second order.
    ``noisy``: the highest and the lowest level between which noise is renewed.
    """
    tau_of = tau_between(process, eta, noisy)
    lambdas = [max(float(process.half_log_snr(sigma)), _FARTHEST) for sigma in sigmas.double() if sigma > 0]
    seen: deque[tuple[float, Tensor]] = deque(maxlen=max(predictor_order, corrector_order))
    step: _Step | None = None
    predicted = x
    for i in range(len(sigmas) - 1):
        x0 = denoise(predicted, sigmas[i])
        on_step(i, predicted, x0)
        seen.append((lambdas[i], x0))
        is_last = float(sigmas[i + 1]) == 0
        if step is None or corrector_order == 0 or (is_last and not evaluate_again):
            x = predicted
        else:
            x = step.from_(x, list(seen)[-corrector_order:])
            if evaluate_again:
                x0 = denoise(x, sigmas[i])
                seen[-1] = (lambdas[i], x0)
        if is_last:
            return x0
        tau = tau_of(float(sigmas[i + 1]))
        step = _Step(process, sigmas[i], sigmas[i + 1], lambdas[i], lambdas[i + 1], tau, simple_order_2)
        if step.tau > 0 and s_noise > 0:
            step.renewed = noise(sigmas[i], sigmas[i + 1]) * (step.spread * s_noise)
        predicted = step.from_(x, list(seen)[-predictor_order:])
    return predicted


def sa_solver_pece(
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
    """Predict, evaluate, correct, evaluate."""
    return sa_solver(denoise, x, sigmas, noise, on_step, eta=eta, s_noise=s_noise, evaluate_again=True, process=process)


class _Step:
    """The way from one noise level to the next, whatever is known of the clean picture along it.

    start, end: of the way in half log SNR. tau: how strongly noise is renewed. State: the noise that was drawn for it,
    which predictor and corrector share.
    """

    def __init__(
        self,
        process: Process,
        sigma: Tensor,
        sigma_next: Tensor,
        start: float,
        end: float,
        tau: float,
        simple_order_2: bool = False,
    ) -> None:
        tau = tau if end > start else 0.0  # on the way to more noise none is renewed
        self.tau = tau
        self._simple = simple_order_2
        self.renewed: Tensor | None = None
        self._h, self._end = end - start, end
        self._kept = sigma_next / sigma * math.exp(-(tau**2) * self._h)
        self._alpha = process.alpha(sigma_next)
        self.spread = sigma_next * math.sqrt(-math.expm1(-2 * tau**2 * self._h))

    def from_(self, x: Tensor, seen: Sequence[tuple[float, Tensor]]) -> Tensor:
        """x at the end, from x at the start and clean pictures with the half log SNR at which they were seen."""
        places, rate = [place - self._end for place, _ in seen], 1 + self.tau**2
        simple = self._simple and len(places) == 2
        weights = (simple_weights if simple else adams_weights)(places, self._h, rate)
        x0 = sum((weight * picture for weight, (_, picture) in zip(weights, seen, strict=True)), torch.zeros_like(x))
        moved = self._kept * x + self._alpha * x0
        return moved if self.renewed is None else moved + self.renewed


def adams_weights(places: Sequence[float], h: float, rate: float) -> list[float]:
    """The weights that integrate ``rate * exp(rate * u) * f(u)`` from -h to 0 exactly, for polynomials f.

    ``places`` are the u at which f is known; the degree is less than their number.
    """
    moments = [-math.expm1(-rate * h)]
    for power in range(1, len(places)):
        moments.append(-((-h) ** power) * math.exp(-rate * h) - power / rate * moments[-1])
    known = torch.tensor(places, dtype=torch.float64)
    powers = torch.stack([known**power for power in range(len(places))])
    return [float(weight) for weight in torch.linalg.solve(powers, torch.tensor(moments, dtype=torch.float64))]


def simple_weights(places: Sequence[float], h: float, rate: float) -> list[float]:
    """As ``adams_weights`` for two places, with ``rate * h^2 / 2`` for what the slope weighs: exact to h^3.

    Xue et al. 2023, appendix D. Of the places, one is the start of the step, -h.
    """
    first, second = places
    slope = rate * h**2 / 2 / (second - first)
    whole = -math.expm1(-rate * h)
    at_first = abs(first + h) < abs(second + h)
    return [whole - slope, slope] if at_first else [-slope, whole + slope]
