"""Latents: empty ones, masks on them, other sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import torch

from diffusion.resize import LATENT_METHODS, resize
from diffusion.values import Latent
from graph.node import node
from graph.spec import Choice, Float, Int
from nodes.image import SIZE_MAX, fill_size
from nodes.ports import LATENT, MASK

Method = Annotated[str, Choice(LATENT_METHODS), "bislerp keeps latents from turning grey."]
Crop = Annotated[str, Choice(("disabled", "center")), "Cut the middle to the new proportions instead of stretching."]
Side = Annotated[int, Int(0, SIZE_MAX, step=8), "Pixels of the decoded picture; 0 keeps the proportions."]


@node("EmptyLatentImage", display_name="Empty Latent Image", category="latent", synonyms=("size", "canvas"))
def empty_latent(
    *,
    width: Annotated[int, Int(16, SIZE_MAX, step=8), "Pixels of the decoded picture."] = 512,
    height: Annotated[int, Int(16, SIZE_MAX, step=8), "Pixels of the decoded picture."] = 512,
    batch_size: Annotated[int, Int(1, 4096), "How many pictures to make at once."] = 1,
) -> LATENT:
    """A blank latent to paint on: the sampler fills it with noise and then with a picture."""
    return Latent(torch.zeros(batch_size, 4, height // 8, width // 8))


@node("SetLatentNoiseMask", display_name="Set Latent Noise Mask", category="latent/inpaint", synonyms=("inpaint",))
def set_noise_mask(*, samples: LATENT, mask: MASK) -> LATENT:
    """Let only the masked part (1) change when the latent is sampled."""
    return replace(samples, mask=mask.reshape(-1, *mask.shape[-2:]))


@node("LatentUpscale", display_name="Upscale Latent", category="latent", synonyms=("resize", "hires fix"))
def upscale_latent(
    *,
    samples: LATENT,
    upscale_method: Method = "nearest-exact",
    width: Side = 512,
    height: Side = 512,
    crop: Crop = "disabled",
) -> LATENT:
    """The latent at another size."""
    old_height, old_width = samples.samples.shape[-2:]
    if not (width or height):
        return samples
    width, height = fill_size(width, height, old_width * 8, old_height * 8)
    return replace(
        samples, samples=resize(samples.samples, max(width, 64) // 8, max(height, 64) // 8, upscale_method, crop)
    )


@node("LatentUpscaleBy", display_name="Upscale Latent By", category="latent", synonyms=("resize", "hires fix"))
def upscale_latent_by(
    *,
    samples: LATENT,
    upscale_method: Method = "nearest-exact",
    scale_by: Annotated[float, Float(0.01, 8.0, 0.01)] = 1.5,
) -> LATENT:
    """The latent made larger or smaller by a factor."""
    height, width = samples.samples.shape[-2:]
    size = max(1, round(width * scale_by)), max(1, round(height * scale_by))
    return replace(samples, samples=resize(samples.samples, *size, upscale_method))
