"""Noise levels between two ends, by formula: ``(n,)`` float32, falling. Named schedules and nodes build on these."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor

from diffusion.errors import DiffusionError

# Sabour et al. 2024 (arXiv:2404.14507), "Align Your Steps": the levels that their authors publish for 10 steps.
ALIGNED: Final[Mapping[str, Sequence[float]]] = {
    "SD1": (
        *(14.6146412293, 6.4745760956, 3.8636745985, 2.6946151520, 1.8841921177, 1.3943805092),
        *(0.9642583904, 0.6523686016, 0.3977456272, 0.1515232662, 0.0291671582),
    ),
    "SDXL": (
        *(14.6146412293, 6.3184485287, 3.7681790315, 2.1811480769, 1.3405244945, 0.8620721141),
        *(0.5550693289, 0.3798540708, 0.2332364134, 0.1114188177, 0.0291671582),
    ),
    "SVD": (700.00, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002),
}


def karras_spacing(n: int, low: float, high: float, rho: float = 7.0) -> Tensor:
    """Most steps at low noise. Karras et al. 2022 (arXiv:2206.00364), equation 5."""
    if rho == 0:
        raise DiffusionError("rho is 0; the formula divides by it. Use 7, the paper's, or another number above 0.")
    try:
        low, high = low ** (1 / rho), high ** (1 / rho)
    except OverflowError:
        high = math.inf
    return _finite((high + torch.linspace(0, 1, n) * (low - high)) ** rho, f"rho {rho:g}")


def polyexponential_spacing(n: int, low: float, high: float, rho: float = 1.0) -> Tensor:
    """A polynomial in log sigma; ``rho`` 1 is even in it, larger spends more steps at low noise."""
    _refuse_zero(low, high)
    ramp = torch.linspace(1, 0, n) ** rho
    return (ramp * (math.log(high) - math.log(low)) + math.log(low)).exp()


def exponential_spacing(n: int, low: float, high: float) -> Tensor:
    """Even in log sigma."""
    _refuse_zero(low, high)
    return torch.linspace(math.log(high), math.log(low), n).exp()


def laplace_spacing(n: int, low: float, high: float, mu: float = 0.0, beta: float = 0.5) -> Tensor:
    """Quantiles of a Laplace distribution of log sigma, cut at the ends. Hang et al. 2024 (arXiv:2407.03297)."""
    places = torch.linspace(0, 1, n)
    # 1e-5 keeps the outermost quantiles finite.
    log_sigma = mu - beta * torch.sign(0.5 - places) * torch.log(1 - 2 * (0.5 - places).abs() + 1e-5)
    return log_sigma.exp().clamp(low, high)


def vp_spacing(n: int, beta_d: float = 19.9, beta_min: float = 0.1, end: float = 1e-3) -> Tensor:
    """Even in the time of the variance-preserving SDE, from 1 to ``end``. Song et al. 2021 (arXiv:2011.13456)."""
    time = torch.linspace(1, end, n)
    return _finite(((beta_d * time**2 / 2 + beta_min * time).exp() - 1).sqrt(), f"beta_d {beta_d:g}")


def aligned_spacing(n: int, family: str) -> Tensor:
    """``n`` levels along the table of a family, even in log sigma between its entries."""
    table = torch.tensor(ALIGNED[family], dtype=torch.float64).log()
    if n == len(table):
        return table.exp().float()
    place = torch.linspace(0, len(table) - 1, n, dtype=torch.float64)
    low = place.floor().long().clamp(max=len(table) - 2)
    return torch.lerp(table[low], table[low + 1], place - low).exp().float()


def logit_normal_spacing(n: int, mu: float, std: float) -> Tensor:
    """Quantiles of a logit-normal distribution, from noise (near 1) on, for flows: ``(n,)``, 0 not among them.

    Esser et al. 2024 (arXiv:2403.03206), 3.1: sigma = sigmoid(mu + std * z) with normal z. The outermost quantiles are
    infinite; Ideogram 4 cuts the logarithm of the signal-to-noise ratio, -2 logit(sigma), to -18 .. 15.
    """
    z: Tensor = torch.special.ndtri(torch.linspace(1, 0, n + 1, dtype=torch.float64))
    return (mu + std * z).clamp(-7.5, 9.0).sigmoid()[:-1].float()


def flow_spacing(n: int, shift: float) -> Tensor:
    """Even steps of a flow from 1 down, moved towards noise: ``(n + 1,)``, the last is 0.

    Esser et al. 2024 (arXiv:2403.03206), 5.3.2: sigma / (1 - sigma) is multiplied by exp(shift).
    """
    even = torch.linspace(1, 0, n + 1, dtype=torch.float64)
    shift = min(shift, 700.0)  # exp of more is no number any more, and every level but the last is 1 by then
    return (math.exp(shift) * even / (1 + (math.exp(shift) - 1) * even)).float()


def flux2_shift(tokens: int, steps: int) -> float:
    """The shift of FLUX.2's sampling: two lines over the picture's tokens, for 10 and 200 steps, and between them.

    The lines' numbers are those that Black Forest Labs publish with the model.
    """
    for_200 = 0.00016927 * tokens + 0.45666666
    if tokens > 4300:
        return for_200
    for_10 = 8.73809524e-05 * tokens + 1.89833333
    return for_200 + (for_200 - for_10) / 190 * (steps - 200)


def linear_shift(tokens: int, low: float, high: float) -> float:
    """The shift of LTX-Video's sampling: ``low`` at 1024 tokens, ``high`` at 4096, on their line elsewhere."""
    return low + (high - low) * (tokens - 1024) / (4096 - 1024)


def stretch_to(sigmas: Tensor, terminal: float) -> Tensor:
    """The levels stretched, 1 staying where it is, so that the last one above 0 is ``terminal``."""
    above = sigmas != 0
    rest = 1 - sigmas[above]
    if len(rest) < 2 or rest[-1] == 0:
        return sigmas
    stretched = sigmas.clone()
    stretched[above] = 1 - rest * (1 - terminal) / rest[-1]
    return stretched


EASES: Final[Mapping[str, Callable[[Tensor], Tensor]]] = {
    "linear": lambda x: x,
    "cosine": lambda x: torch.sin(x * math.pi / 2),
    "sine": lambda x: 1 - torch.cos(x * math.pi / 2),
}


def put_between(sigmas: Tensor, parts: int, start: float, end: float, spacing: str) -> Tensor:
    """The levels, and ``parts`` - 1 more after each that lies in ``end .. start``."""
    shares = EASES[spacing](torch.linspace(0, 1, parts + 1)[1:-1])
    found: list[Tensor] = []
    for here, there in pairwise(sigmas):
        found.append(here[None])
        if end <= here <= start:
            found.append(here + shares * (there - here))
    return torch.cat([*found, sigmas[-1:]])


def _refuse_zero(*ends: float) -> None:
    if min(ends) <= 0:
        raise DiffusionError("A noise level of 0 has no logarithm. Let sigma_min and sigma_max be above 0.")


def _finite(sigmas: Tensor, cause: str) -> Tensor:
    if not bool(sigmas.isfinite().all()):
        raise DiffusionError(f"With {cause} some noise levels are beyond all numbers. Go back towards its default.")
    return sigmas
