"""Reverse diffusion: the same sampling run, looked at on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from diffusion.sampling.denoise import denoise_latent
from diffusion.sampling.guider import CfgGuider
from diffusion.sampling.samplers import find_sampler
from diffusion.sampling.schedules import get_sigmas
from diffusion.values import Conditioning, Latent

if TYPE_CHECKING:
    from diffusion.memory import Memory
    from diffusion.model import Model


def watch_sampling(
    model: Model,
    positive: Conditioning,
    negative: Conditioning,
    *,
    cfg: float,
    scheduler: str,
    steps: int,
    looks: int,
    noise: Tensor,
    latent: Latent,
    memory: Memory,
    on_step: Callable[[int, int], None],
) -> list[tuple[int, Latent, Latent]]:
    """(steps done, the latent as it is then, the clean picture the network sees in it) at ``looks`` moments, evenly.

    Euler's method, since it keeps nothing from step to step: sampling in parts is sampling in one go.
    """
    sigmas = get_sigmas(model.family.sigmas, scheduler, steps)
    borders = sorted({round((i + 1) * (len(sigmas) - 1) / looks) for i in range(looks)} - {0})
    guider = CfgGuider(model, positive, negative, cfg)
    seen, start = [], 0
    for border in borders:
        part = denoise_latent(
            guider,
            find_sampler("euler"),
            sigmas[start : border + 1],
            noise if start == 0 else torch.zeros_like(noise),
            latent,
            0,
            memory,
        )
        latent, start = part.latent, border
        seen.append((border, part.latent, part.denoised))
        on_step(border, len(sigmas) - 1)
    return seen
