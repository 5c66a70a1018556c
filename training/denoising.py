"""The training goal of a denoiser: the noise, or v, of pictures that were noised to random levels."""

from __future__ import annotations

import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.families.family import Family


def noised(x0: Tensor, timesteps: Tensor, noise: Tensor, family: Family) -> tuple[Tensor, Tensor]:
    """(what the network sees, what it shall answer) for clean latents ``(batch, ...)`` at whole timesteps.

    The network sees sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) noise and answers the noise, the picture, or
    v = sqrt(alpha_bar) noise - sqrt(1 - alpha_bar) x0 (Salimans & Ho 2022, arXiv:2202.00512).
    Raises DiffusionError for a consistency model, whose training is another.
    """
    sigma = family.sigmas.table[timesteps].reshape(-1, *[1] * (x0.ndim - 1))
    signal, level = 1 / (1 + sigma**2).sqrt(), sigma / (1 + sigma**2).sqrt()
    seen = signal * x0 + level * noise
    match family.prediction:
        case "epsilon":
            return seen, noise
        case "v":
            return seen, signal * noise - level * x0
        case "x0":
            return seen, x0
        case "lcm":
            raise DiffusionError(
                "A model that is sampled as lcm cannot be trained here. Take ModelSamplingDiscrete away before it."
            )


def min_snr_weights(timesteps: Tensor, family: Family, gamma: float = 5.0) -> Tensor:
    """``(batch,)``: the weight of each sample's loss, less at clean levels (Hang et al. 2023, arXiv:2303.09556)."""
    snr = 1 / family.sigmas.table[timesteps] ** 2
    return snr.clamp(max=gamma) / (snr + (1 if family.prediction == "v" else 0))


def spread_timesteps(
    batch: int, steps: int, generator: torch.Generator, within: tuple[float, float] = (0.0, 1.0)
) -> Tensor:
    """``(batch,)`` timesteps at random, spread evenly over that part of the schedule: the loss is less noisy then."""
    begin, end = within
    places = begin + (end - begin) * (torch.arange(batch) + torch.rand(batch, generator=generator)) / batch
    return (places * steps).long().clamp(max=steps - 1)
