"""Adams-Bashforth methods: one evaluation a step, and the slopes of earlier steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from numpy.polynomial import Polynomial
from torch import Tensor

from diffusion.sampling.samplers.convention import Denoiser, OnStep, silent, slope


def lms(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent, *, order: int = 4) -> Tensor:
    """Linear multistep: the polynomial through the last slopes, integrated over sigma. The last step is Euler."""
    levels = sigmas.double().tolist()
    slopes: list[Tensor] = []
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        slopes = [slope(x, x0, sigmas[i]), *slopes][:order]
        if sigmas[i + 1] == 0:
            return x0
        nodes = levels[i::-1][: len(slopes)]
        weights = [basis.integ()(levels[i + 1]) - basis.integ()(levels[i]) for basis in _lagrange(nodes)]
        x = x + _weighted(weights, slopes)
    return x


def ipndm(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent, *, max_order: int = 4) -> Tensor:
    """The weights of even steps, whatever the steps. Liu et al. 2022 (arXiv:2202.09778) without its warm-up."""
    slopes: list[Tensor] = []
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        slopes = [slope(x, x0, sigmas[i]), *slopes][:max_order]
        if sigmas[i + 1] == 0:
            return x0
        x = x + _weighted(_EVEN[len(slopes) - 1], slopes) * (sigmas[i + 1] - sigmas[i])
    return x


# Weights of the newest slope first, for 1 to 4 slopes (Adams-Bashforth on an even grid).
_EVEN = ((1.0,), (3 / 2, -1 / 2), (23 / 12, -16 / 12, 5 / 12), (55 / 24, -59 / 24, 37 / 24, -9 / 24))


def ipndm_v(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent, *, max_order: int = 4) -> Tensor:
    """Weights that follow uneven steps, as published in Zhou et al. 2023 (arXiv:2312.00094) and its diff-sampler.

    From the third order on they are not quite those of Adams and Bashforth; the field uses them as they are.
    """
    slopes: list[Tensor] = []
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        slopes = [slope(x, x0, sigmas[i]), *slopes][:max_order]
        if sigmas[i + 1] == 0:
            return x0
        steps = [float(sigmas[j + 1] - sigmas[j]) for j in range(i, i - len(slopes), -1)]
        x = x + _weighted(_uneven_weights(steps), slopes) * steps[0]
    return x


def _uneven_weights(steps: Sequence[float]) -> list[float]:
    """Weights of as many slopes as there are steps, newest first; steps[0] is the one to be made."""
    weights = [1.0]
    if len(steps) > 1:
        h, h1 = steps[:2]
        _add_to(weights, h / h1 / 2, (1, -1))
    if len(steps) > 2:
        h, h1, h2 = steps[:3]
        third = (1 - h / (3 * (h + h1)) * (h * (h + h1)) / (h1 * (h1 + h2))) / 2
        back = h1 / h2
        _add_to(weights, third, (1, -1 - back, back))
    if len(steps) > 3:
        h, h1, h2, h3 = steps[:4]
        back, far = h1 / h2, h1 * (h1 + h2) / (h2 * (h2 + h3))
        inner = (1 - h / (3 * (h + h1))) / 2 + (1 - h / (2 * (h + h1))) * h / (6 * (h + h1 + h2))
        fourth = inner * (h * (h + h1) * (h + h1 + h2)) / (h1 * (h1 + h2) * (h1 + h2 + h3))
        _add_to(weights, fourth, (1, -1 - back - far, back + far * (1 + h2 / h3), -far * back))
    return weights


def _add_to(weights: list[float], amount: float, pattern: Sequence[float]) -> None:
    """Add a difference of slopes; the list grows by the oldest one."""
    weights.append(0.0)
    for j, factor in enumerate(pattern):
        weights[j] += amount * factor


def deis(denoise: Denoiser, x: Tensor, sigmas: Tensor, on_step: OnStep = silent, *, max_order: int = 3) -> Tensor:
    """The polynomial runs in the time of a variance-preserving process. Zhang & Chen 2022 (arXiv:2204.13902), tAB.

    That process is the linear one that spans sigma 0.002 to 80, the range of Karras et al. 2022.
    """
    slopes: list[Tensor] = []
    for i in range(len(sigmas) - 1):
        x0 = denoise(x, sigmas[i])
        on_step(i, x, x0)
        slopes = [slope(x, x0, sigmas[i]), *slopes][:max_order]
        if sigmas[i + 1] == 0:
            return x0
        nodes = _vp_time(sigmas[max(0, i - len(slopes) + 1) : i + 1]).flip(0).tolist()
        # Midpoints of even steps of sigma: with so many the integral is exact to float32.
        edges = torch.linspace(float(sigmas[i]), float(sigmas[i + 1]), 2001, dtype=torch.float64)
        times = _vp_time((edges[1:] + edges[:-1]) / 2).numpy()
        width = float(sigmas[i + 1] - sigmas[i])
        x = x + _weighted([float(basis(times).mean()) * width for basis in _lagrange(nodes)], slopes)
    return x


def _vp_time(sigmas: Tensor, sigma_min: float = 0.002, sigma_max: float = 80.0, start: float = 1e-3) -> Tensor:
    """t at which ``exp(slope t^2 / 2 + base t) = sigma^2 + 1``, with sigma_min at ``start`` and sigma_max at 1."""
    low, high = math.log1p(sigma_min**2), math.log1p(sigma_max**2)
    steep = 2 * (low / start - high) / (start - 1)
    base = high - steep / 2
    root = (base**2 + 2 * steep * sigmas.double().square().log1p()).sqrt()
    return (root - base) / steep


def _lagrange(nodes: Sequence[float]) -> list[Polynomial]:
    """The polynomials that are 1 at one node and 0 at the others."""
    bases = []
    for j, node in enumerate(nodes):
        basis = Polynomial([1.0])
        for other in (*nodes[:j], *nodes[j + 1 :]):
            basis = basis * Polynomial([-other, 1.0]) / (node - other)
        bases.append(basis)
    return bases


def _weighted(weights: Sequence[float], slopes: Sequence[Tensor]) -> Tensor:
    total = slopes[0] * weights[0]
    for weight, older in zip(weights[1:], slopes[1:], strict=True):
        total = total + older * weight
    return total
