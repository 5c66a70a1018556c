"""UniPC: predict a step, evaluate there, and use that one evaluation to correct the step just made as well.

Zhao et al. 2023 (arXiv:2302.04867), data prediction. In variance-exploding coordinates alpha is 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from diffusion.sampling.samplers.convention import Denoiser, OnStep, move, silent

# The last step does not go to 0, where lambda is infinite. The field's number.
LOWEST_SIGMA = 0.001


def uni_pc(
    denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent, *, exponential_b: bool = False
) -> Tensor:
    """Orders up to 3, lower at both ends. exponential_b: B(h) = e^h - 1 (the paper's B2) instead of h."""
    levels = sigmas.clone()
    if levels[-1] == 0:
        levels[-1] = LOWEST_SIGMA
    lambdas = (-levels.double().log()).tolist()
    last = len(levels) - 1
    highest = max(1, min(3, last - 1))
    x0 = denoise(x, levels[0])
    on_step(0, x, x0)
    past = [x0]
    for i in range(1, last + 1):
        order = min(highest, i, last + 1 - i)
        h = lambdas[i] - lambdas[i - 1]
        ratios = [(lambdas[i - 1 - k] - lambdas[i - 1]) / h for k in range(1, order)]
        changes = [(older - past[0]) / ratio for older, ratio in zip(past[1:], ratios, strict=False)]
        base = move(x, past[0], levels[i] / levels[i - 1])
        b = math.expm1(-h) if exponential_b else -h
        predicted = _plus(base, -b, _weights(ratios, h, b), changes)
        if i == last:
            return predicted
        x0 = denoise(predicted, levels[i])
        on_step(i, predicted, x0)
        x = _plus(base, -b, _weights([*ratios, 1.0], h, b), [*changes, x0 - past[0]])
        past = [x0, *past][:highest]
    return x


uni_pc_bh2 = partial(uni_pc, exponential_b=True)


def _weights(ratios: Sequence[float], h: float, b: float) -> list[float]:
    """What each difference counts: the solution of the order conditions, equation 11 of the paper.

    One difference alone counts half, which the paper recommends over the solution.
    """
    if len(ratios) < 2:
        return [0.5] * len(ratios)
    wanted, phi, factorial = [], math.expm1(-h) / -h - 1, 1
    for k in range(1, len(ratios) + 1):
        wanted.append(phi * factorial / b)
        factorial *= k + 1
        phi = phi / -h - 1 / factorial
    powers = torch.tensor([[ratio**k for ratio in ratios] for k in range(len(ratios))], dtype=torch.float64)
    solved: list[float] = torch.linalg.solve(powers, torch.tensor(wanted, dtype=torch.float64)).tolist()
    return solved


def _plus(base: Tensor, scale: float, weights: Sequence[float], changes: Sequence[Tensor]) -> Tensor:
    for weight, change in zip(weights, changes, strict=True):
        base = base + scale * weight * change
    return base
