"""A small picture of a latent while it is still being denoised.

Either a linear map from latent channels to colours, which costs nothing, or a tiny decoder, which shows shapes.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import torch
from PIL import Image
from torch import Tensor

from diffusion.vae.autoencoder import Vae, encode

if TYPE_CHECKING:
    from diffusion.memory import Handle, Memory
    from diffusion.model import Model
    from diffusion.vae.tiny_files import TinyDecoder

# Side of a preview, at most.
LARGEST = 512
# Latent pixels times width squared, for a decoder on the CPU: 32 wide at 256 pixels is 80 ms of one core.
CHEAP_WORK = 32 * 32 * 32**2


@dataclass(frozen=True)
class LatentColours:
    """Colour in 0..1 = latent, as the network denoises it, ``@ matrix + bias``; matrix ``(channels, 3)``."""

    matrix: Tensor
    bias: Tensor


# For a Stable Diffusion 1 denoiser that came without its VAE: the factors that "keturn" fitted and published in 2022
# (discuss.huggingface.co, "decoding latents to rgb without upscaling").
SD1_COLOURS = LatentColours(
    matrix=torch.tensor(
        [[0.298, 0.207, 0.208], [0.187, 0.286, 0.173], [-0.158, 0.189, 0.264], [-0.184, -0.271, -0.473]]
    )
    / 2,
    bias=torch.full((3,), 0.5),
)

_fitted: weakref.WeakKeyDictionary[Handle, LatentColours] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Preview:
    """What denoising offers after a step; called, it paints. x0: ``(batch, channels, h, w)``, as networks see it."""

    model: Model
    x0: Tensor
    memory: Memory

    def __call__(self) -> Image.Image:
        return self.paint("auto")

    def paint(self, method: str) -> Image.Image:
        """The first latent as a small picture.

        method: "latent2rgb"; "taesd", where the model has a tiny decoder; or "auto", which takes the decoder where it
        costs little.
        """
        decoder = self.model.preview
        if decoder is None or method == "latent2rgb" or (method == "auto" and not _is_cheap(decoder, self.x0)):
            return paint(self.x0, _colours(self.model, self.memory))
        return decode_tiny(decoder, self.x0)


def decode_tiny(decoder: TinyDecoder, x0: Tensor) -> Image.Image:
    """The first latent through the decoder, at most LARGEST pixels wide and high."""
    weight = next(decoder.network.parameters())
    with torch.no_grad():
        pixels = decoder.network(x0[:1].to(weight))[0].float().movedim(0, -1)
    image = Image.fromarray(pixels.nan_to_num(0).clamp(0, 1).mul(255).byte().cpu().numpy())
    image.thumbnail((LARGEST, LARGEST))
    return image


def _is_cheap(decoder: TinyDecoder, x0: Tensor) -> bool:
    """On a GPU always; else up to CHEAP_WORK."""
    return x0.device.type != "cpu" or x0[0, 0].numel() * decoder.width**2 <= CHEAP_WORK


def paint(x0: Tensor, colours: LatentColours) -> Image.Image:
    """The latent's colours, enlarged towards the size of the picture itself."""
    latent = x0[0].float().cpu()
    pixels = torch.einsum("chw,cr->hwr", latent, colours.matrix) + colours.bias
    image = Image.fromarray(pixels.nan_to_num(0).clamp(0, 1).mul(255).byte().numpy())
    growth = max(1, min(8, LARGEST // max(image.size)))
    return image.resize((image.width * growth, image.height * growth), Image.Resampling.BILINEAR)


def fit_colours(vae: Vae, scale_factor: float, memory: Memory) -> LatentColours:
    """The linear map that best gives back the colours of 16 flat patches from their latents."""
    side = 4 * vae.downscale
    shades = torch.tensor([[*rgb] for scale in (1.0, 0.5) for rgb in product((0.0, scale), repeat=3)])
    picture = shades.reshape(1, 4, 4, 3).repeat_interleave(side, dim=1).repeat_interleave(side, dim=2)
    latent = encode(vae, picture, memory)[0] * scale_factor
    # The inner half of each patch, which its neighbours do not colour.
    patches = latent.reshape(len(latent), 4, 4, 4, 4)[:, :, 1:3, :, 1:3].mean(dim=(2, 4)).reshape(len(latent), -1).T
    solved = torch.linalg.lstsq(torch.cat([patches, torch.ones(len(patches), 1)], dim=1), shades, driver="gelsd")
    return LatentColours(matrix=solved.solution[:-1], bias=solved.solution[-1])


def _colours(model: Model, memory: Memory) -> LatentColours:
    """Fitted once for the VAE that the model came with."""
    if model.vae is None:
        return SD1_COLOURS
    handle = model.vae.network
    if handle not in _fitted:
        _fitted[handle] = fit_colours(model.vae, model.family.latent.scale_factor, memory)
    return _fitted[handle]
