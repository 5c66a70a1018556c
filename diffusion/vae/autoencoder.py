"""Pictures to latents and back. Latents are unscaled: the family's factor is applied where networks denoise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from diffusion.errors import DiffusionError, OutOfMemory
from diffusion.memory.residency import out_of_memory_as_sentence
from diffusion.vae.tiling import Tiles, map_tiles

if TYPE_CHECKING:
    from diffusion.checkpoint.configs.vae import VaeConfig
    from diffusion.memory import Handle, Memory

# Called with (done, total) pictures, or tiles of all pictures; may raise to stop.
OnProgress = Callable[[int, int], None]
# What a network does with ``(1, channels, height, width)``.
_Pass = Callable[[Any, Tensor], Tensor]


@dataclass(frozen=True)
class Vae:
    """An autoencoder between pictures and latents."""

    network: Handle
    config: VaeConfig

    @property
    def downscale(self) -> int:
        """Picture pixels per latent pixel."""
        return self.config.downscale

    def working_bytes(self, height: int, width: int, dtype: torch.dtype) -> int:
        """Rough peak of activations for one picture of this size in pixels.

        The last levels decide: about PEAK_TENSORS tensors as large as the picture, as wide as the second level.
        """
        return int(PEAK_TENSORS * height * width * max(self.config.widths[:2]) * dtype.itemsize)


# Measured on Stable Diffusion's own widths: 4.5 to 4.7, at 256 and 512 pixels, in float32 and bfloat16.
PEAK_TENSORS = 4.7


def build_autoencoder(config: VaeConfig) -> nn.Module:
    """Diffusers' AutoencoderKL of this shape."""
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

    network: nn.Module = AutoencoderKL(**config.for_diffusers())
    for module in network.modules():
        if isinstance(module, nn.SiLU):  # each follows a norm, whose output nobody else reads
            module.inplace = True
    return network


def decode(
    vae: Vae, samples: Tensor, memory: Memory, on_progress: OnProgress | None = None, tiles: Tiles | None = None
) -> Tensor:
    """The picture ``(batch, height, width, 3)`` in 0..1, float32, of latents ``(batch, channels, height, width)``.

    tiles: decode in overlapping tiles. Without it a picture is decoded whole, or in tiles when memory is short.
    """
    _require_channels(samples, vae.config.latent_channels, "latent")

    def run(network: Any, part: Tensor) -> Tensor:
        pixels: Tensor = network.decode(part, return_dict=False)[0]
        return pixels.float()

    pixels = _each(vae, samples, run, Fraction(vae.downscale), memory, on_progress, tiles)
    return pixels.add_(1).div_(2).clamp_(0, 1).movedim(1, -1).contiguous()


def encode(
    vae: Vae, image: Tensor, memory: Memory, on_progress: OnProgress | None = None, tiles: Tiles | None = None
) -> Tensor:
    """Latents ``(batch, channels, h / 8, w / 8)``, float32, of a picture ``(batch, h, w, 3)`` in 0..1.

    The mode of the distribution, not a sample of it. Sides that 8 does not divide lose their edges; alpha is dropped.
    """
    pixels = _crop(image, vae.downscale)[..., : vae.config.image_channels].movedim(-1, 1).float() * 2 - 1
    _require_channels(pixels, vae.config.image_channels, "picture")

    def run(network: Any, part: Tensor) -> Tensor:
        mode: Tensor = network.encode(part, return_dict=False)[0].mode()
        return mode.float()

    return _each(vae, pixels, run, Fraction(1, vae.downscale), memory, on_progress, tiles)


def _each(
    vae: Vae,
    pictures: Tensor,
    run: _Pass,
    scale: Fraction,
    memory: Memory,
    on_progress: OnProgress | None,
    tiles: Tiles | None,
) -> Tensor:
    """Every picture through the network, one at a time: a batch takes no more room than a picture."""
    dtype = memory.precision.vae
    height, width = (int(side * max(scale, Fraction(1))) for side in pictures.shape[2:])
    outputs: list[Tensor] = []
    with memory.use(vae.network) as (network,), torch.no_grad():

        def compute(part: Tensor) -> Tensor:
            with out_of_memory_as_sentence(memory.device, vae.network.name):
                return run(network, part.to(memory.device, dtype)).cpu()

        if tiles is None and not memory.make_room(vae.working_bytes(height, width, dtype)):
            tiles = Tiles()
        while (index := len(outputs)) < len(pictures):
            report = _report(on_progress, index, len(pictures))
            try:
                outputs.append(_whole_or_tiled(pictures[index : index + 1], compute, scale, tiles, report))
            except OutOfMemory:
                memory.free()
                tiles = Tiles() if tiles is None else tiles.smaller()
    return torch.cat(outputs)


def _whole_or_tiled(
    picture: Tensor, compute: Callable[[Tensor], Tensor], scale: Fraction, tiles: Tiles | None, report: OnProgress
) -> Tensor:
    if tiles is None:
        output = compute(picture)
        report(1, 1)
        return output
    # Tiles are measured in pixels of the picture, which is what goes in only when encoding.
    size, overlap = (int(side / max(scale, Fraction(1))) for side in (tiles.size, tiles.overlap))
    return map_tiles(picture, compute, size, overlap, scale, report)


def _report(on_progress: OnProgress | None, index: int, count: int) -> OnProgress:
    """Progress within picture ``index`` as progress of all ``count`` pictures."""

    def report(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(index * total + done, count * total)

    return report


def _require_channels(pictures: Tensor, channels: int, what: str) -> None:
    if pictures.ndim == 4 and 0 in pictures.shape[2:]:
        raise DiffusionError(f"The {what} is smaller than the least that this VAE takes. Make it larger first.")
    if pictures.ndim != 4 or pictures.shape[1] != channels or 0 in pictures.shape:
        raise DiffusionError(
            f"This VAE takes a {what} of {channels} channels, it got {list(pictures.shape)}. "
            "Use the VAE that belongs to the model."
        )


def _crop(image: Tensor, multiple: int) -> Tensor:
    """The middle of the picture whose sides ``multiple`` divides."""
    height, width = (side // multiple * multiple for side in image.shape[1:3])
    top, left = image.shape[1] % multiple // 2, image.shape[2] % multiple // 2
    return image[:, top : top + height, left : left + width]
