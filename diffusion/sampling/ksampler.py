"""Sampling as KSampler and KSamplerAdvanced ask for it: by names and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from diffusion.sampling.denoise import OnProgress, denoise_latent
from diffusion.sampling.guider import CfgGuider
from diffusion.sampling.noise import DisableNoise, RandomNoise
from diffusion.sampling.samplers import find_sampler
from diffusion.sampling.schedules import get_sigmas
from diffusion.values import Conditioning, Latent

if TYPE_CHECKING:
    from diffusion.memory import Memory
    from diffusion.model import Model


def sample(
    model: Model,
    *,
    seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    positive: Conditioning,
    negative: Conditioning,
    latent: Latent,
    memory: Memory,
    denoise: float = 1.0,
    add_noise: bool = True,
    start_step: int | None = None,
    last_step: int | None = None,
    force_full_denoise: bool = False,
    on_step: OnProgress | None = None,
) -> Latent:
    """The latent denoised in ``steps`` steps, or in those of them from ``start_step`` up to ``last_step``.

    denoise: the share of the way that is walked; below 1 the latent keeps something of what it shows.
    force_full_denoise: the last step removes all noise, even where the schedule would leave some for later.
    add_noise: False where the latent comes with leftover noise.
    """
    sampler = find_sampler(sampler_name)
    sigmas = get_sigmas(model.family.sigmas, scheduler, steps, denoise, extra_step=sampler.extra_step)
    sigmas = cut_sigmas(sigmas, start_step, last_step, force_full_denoise)
    noise = (RandomNoise(seed) if add_noise else DisableNoise()).generate(latent)
    guider = CfgGuider(model, positive, negative, cfg)
    return denoise_latent(guider, sampler, sigmas, noise, latent, seed, memory, on_step).latent


def cut_sigmas(sigmas: Tensor, start_step: int | None, last_step: int | None, to_zero: bool) -> Tensor:
    """The noise levels from one step to another; empty when nothing is left to do. ``to_zero``: the last becomes 0."""
    if last_step is not None and last_step < len(sigmas) - 1:
        sigmas = sigmas[: last_step + 1].clone()
        if to_zero:
            sigmas[-1] = 0
    if start_step is not None:
        sigmas = sigmas[start_step:] if start_step < len(sigmas) - 1 else torch.empty(0)
    return sigmas
