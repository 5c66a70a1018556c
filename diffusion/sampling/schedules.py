"""Noise levels to step through: ``(steps + 1,)`` float32, falling, the last is 0. Named as the field names them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.families.sigmas import DiscreteSigmas
from diffusion.sampling.spacings import exponential_spacing, karras_spacing


def get_sigmas(
    levels: DiscreteSigmas, scheduler: str, steps: int, denoise: float = 1.0, *, extra_step: bool = False
) -> Tensor:
    """The noise levels of a run. ``denoise`` < 1 takes the last ``steps`` of a proportionally longer schedule.

    extra_step: for samplers that would waste their last step: one level more, and the last before 0 cut.
    """
    if scheduler not in SCHEDULES:
        raise DiffusionError(f"There is no scheduler '{scheduler}'. Choose one of: {', '.join(SCHEDULES)}.")
    if denoise <= 0 or steps < 1:
        return torch.empty(0)
    # Not cut at full denoise: ddim_uniform may give more levels than were asked for, and the first one matters.
    if denoise > 0.9999:
        return _levels(levels, scheduler, steps, extra_step)
    return _levels(levels, scheduler, int(steps / denoise), extra_step)[-(steps + 1) :]


def _levels(levels: DiscreteSigmas, scheduler: str, steps: int, extra_step: bool) -> Tensor:
    if not extra_step:
        return SCHEDULES[scheduler](levels, steps)
    sigmas = SCHEDULES[scheduler](levels, steps + 1)
    return torch.cat([sigmas[:-2], sigmas[-1:]])


def normal(levels: DiscreteSigmas, n: int) -> Tensor:
    """Even in the training timesteps, both ends included."""
    return _then_zero(levels.sigma(torch.linspace(*_timestep_ends(levels), n)))


def sgm_uniform(levels: DiscreteSigmas, n: int) -> Tensor:
    """Even in the training timesteps; the lowest level is left out, as Stability's generative models do."""
    return _then_zero(levels.sigma(torch.linspace(*_timestep_ends(levels), n + 1)[:-1]))


def simple(levels: DiscreteSigmas, n: int) -> Tensor:
    """Every so-manieth level of the training table, from the highest."""
    table = levels.table
    return _then_zero(torch.stack([table[-1 - int(i * len(table) / n)] for i in range(n)]))


def ddim_uniform(levels: DiscreteSigmas, n: int) -> Tensor:
    """Whole strides through the training table from its second level up, as DDIM's code does.

    The stride is rounded down, so that there can be more levels than ``n`` + 1.
    """
    picked = levels.table[1 :: max(len(levels.table) // n, 1)]
    return _then_zero(picked.flip(0))


def karras(levels: DiscreteSigmas, n: int, rho: float = 7.0) -> Tensor:
    """Most steps at low noise. Karras et al. 2022 (arXiv:2206.00364), equation 5."""
    return _then_zero(karras_spacing(n, levels.sigma_min, levels.sigma_max, rho))


def exponential(levels: DiscreteSigmas, n: int) -> Tensor:
    """Even in log sigma."""
    return _then_zero(exponential_spacing(n, levels.sigma_min, levels.sigma_max))


def beta(levels: DiscreteSigmas, n: int, alpha: float = 0.6, beta: float = 0.6) -> Tensor:
    """Dense at both ends: timesteps at quantiles of a Beta distribution. Lee et al. 2024 (arXiv:2407.12173).

    Timesteps that fall together after rounding are taken once, so that there can be fewer levels than ``n`` + 1.
    """
    from scipy.stats import beta as distribution  # type: ignore[import-untyped]  # scipy has no types

    if min(alpha, beta) <= 0:
        raise DiffusionError("alpha and beta have to be above 0: there is no Beta distribution of 0. Use 0.6 for both.")
    last = len(levels.table) - 1
    quantiles = 1 - torch.linspace(0, 1, n + 1, dtype=torch.float64)[:-1]
    timesteps = torch.from_numpy(distribution.ppf(quantiles.numpy(), alpha, beta) * last).round().long()
    return _then_zero(levels.table[torch.unique_consecutive(timesteps)])


def linear_quadratic(levels: DiscreteSigmas, n: int, threshold: float = 0.025) -> Tensor:
    """Half the steps linear through the first ``threshold`` of the way, the rest quadratic. Mochi 1, Genmo 2024."""
    if n == 1:
        return torch.tensor([levels.sigma_max, 0.0])
    linear = n // 2
    index = torch.arange(n + 1, dtype=torch.float64)
    slope = threshold / linear
    bend = (1 - slope * n) / (n - linear) ** 2
    done = slope * index + bend * (index - linear).clamp(min=0) ** 2
    done[-1] = 1
    return ((1 - done) * levels.sigma_max).float()


def kl_optimal(levels: DiscreteSigmas, n: int) -> Tensor:
    """Even in arctan sigma: least divergence for Gaussian data. Sabour et al. 2024 (arXiv:2404.14507), theorem 3.1."""
    return _then_zero(torch.linspace(math.atan(levels.sigma_max), math.atan(levels.sigma_min), n).tan())


def _timestep_ends(levels: DiscreteSigmas) -> tuple[float, float]:
    ends = levels.timestep(torch.tensor([levels.sigma_max, levels.sigma_min]))
    return float(ends[0]), float(ends[1])


def _then_zero(sigmas: Tensor) -> Tensor:
    return torch.cat([sigmas, sigmas.new_zeros(1)])


SCHEDULES: Mapping[str, Callable[[DiscreteSigmas, int], Tensor]] = {
    "simple": simple,
    "sgm_uniform": sgm_uniform,
    "karras": karras,
    "exponential": exponential,
    "ddim_uniform": ddim_uniform,
    "beta": beta,
    "normal": normal,
    "linear_quadratic": linear_quadratic,
    "kl_optimal": kl_optimal,
}
