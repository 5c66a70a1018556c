"""Forward diffusion: how a picture becomes noise."""

from __future__ import annotations

import math

import torch
from torch import Tensor

TIMESTEPS = 1000


def linear_alphas(timesteps: int = TIMESTEPS) -> Tensor:
    """The share of the picture in the variance at each timestep, ``(timesteps,)``: beta rises from 1e-4 to 0.02.

    Ho et al. 2020 (arXiv:2006.11239), section 4.
    """
    betas = torch.linspace(1e-4, 0.02, timesteps, dtype=torch.float64)
    return torch.cumprod(1 - betas, 0)


def cosine_alphas(timesteps: int = TIMESTEPS, s: float = 0.008) -> Tensor:
    """The same, falling like a squared cosine, which keeps more of the picture for longer.

    Nichol and Dhariwal 2021 (arXiv:2102.09672), equation 17; betas are held below 0.999 as there.
    """
    t = torch.arange(timesteps + 1, dtype=torch.float64) / timesteps
    f = torch.cos((t + s) / (1 + s) * math.pi / 2) ** 2
    betas = (1 - f[1:] / f[:-1]).clamp(max=0.999)
    return torch.cumprod(1 - betas, 0)


def add_noise(x0: Tensor, noise: Tensor, alpha_bar: float) -> Tensor:
    """x_t = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) noise (Ho et al. 2020, equation 4). x0 has unit scale."""
    return math.sqrt(alpha_bar) * x0 + math.sqrt(1 - alpha_bar) * noise


def stations(count: int, timesteps: int = TIMESTEPS) -> list[int]:
    """``count`` timesteps from the first to the last, evenly."""
    return [round(i * (timesteps - 1) / max(1, count - 1)) for i in range(count)]
