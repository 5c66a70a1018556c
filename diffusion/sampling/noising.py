"""Noise put into a latent, without denoising it."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from diffusion.model import Model
from diffusion.sampling.noise import Noise
from diffusion.sampling.process import VARIANCE_EXPLODING
from diffusion.values import Latent


def noised(model: Model, noise: Noise, sigmas: Tensor, latent: Latent) -> Latent:
    """The latent with noise of the level between the first and the last of ``sigmas``; with none if there are none.

    The noise is as strong as the model sees it: its own scale factor does not count for it.
    """
    if len(sigmas) == 0:
        return latent
    level = (sigmas[0] - sigmas[-1]).abs() if len(sigmas) > 1 else sigmas[0]
    original = model.family.latent.scale_in(latent.samples.float())
    mixed = VARIANCE_EXPLODING.mix(original, noise.generate(latent).to(original), level.to(original))
    return replace(latent, samples=model.family.latent.scale_out(mixed).nan_to_num(0.0))
