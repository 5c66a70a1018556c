"""A tiny autoencoder, in the layout of TAESD (Ollin Boer Bohan, 2023): convolutions and ReLUs only."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from diffusion.errors import DiffusionError

# Latents are squashed to this range by tanh first, as TAESD's files expect.
_REACH = 3.0
# Stages that double the size, or halve it, and the blocks of each.
_STAGES, _BLOCKS = 3, 3


def build_tiny_decoder(width: int = 64, latent_channels: int = 4) -> nn.Sequential:
    """Latents, scaled as the denoiser sees them, to pictures ``(batch, 3, 8 h, 8 w)``, about 0..1.

    The numbers in the weights' names are the layers' places in this sequence, as in TAESD's own decoder files.
    """
    layers: list[nn.Module] = [_Squash(), nn.Conv2d(latent_channels, width, 3, padding=1), nn.ReLU()]
    for _ in range(_STAGES):
        layers += [_Block(width) for _ in range(_BLOCKS)]
        layers += [nn.Upsample(scale_factor=2), nn.Conv2d(width, width, 3, padding=1, bias=False)]
    layers += [_Block(width), nn.Conv2d(width, 3, 3, padding=1)]
    return nn.Sequential(*layers)


def build_tiny_encoder(width: int = 64, latent_channels: int = 4) -> nn.Sequential:
    """Pictures ``(batch, 3, h, w)`` in 0..1 to latents, scaled, an eighth of their size; named as in TAESD's files."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), _Block(width)]
    for _ in range(_STAGES):
        layers += [nn.Conv2d(width, width, 3, stride=2, padding=1, bias=False)]
        layers += [_Block(width) for _ in range(_BLOCKS)]
    return nn.Sequential(*layers, nn.Conv2d(width, latent_channels, 3, padding=1))


class TinyAutoencoder(nn.Module):
    """Both halves behind the face of a full autoencoder: unscaled latents, pictures in -1..1.

    scale, shift: the denoiser sees ``(latent - shift) * scale``, which is what the halves speak. encoder: None where
    only the decoder's file is there.
    """

    def __init__(self, decoder: nn.Module, encoder: nn.Module | None, scale: float, shift: float = 0.0) -> None:
        super().__init__()
        self.decoder, self.encoder = decoder, encoder
        self.scale, self.shift = scale, shift

    def decode(self, latents: Tensor, return_dict: bool = False) -> tuple[Tensor]:  # noqa: ARG002  # as diffusers'
        """(pictures in -1..1,) of unscaled latents."""
        return (self.decoder((latents - self.shift) * self.scale) * 2 - 1,)

    def encode(self, pictures: Tensor, return_dict: bool = False) -> tuple[_Certain]:  # noqa: ARG002  # as diffusers'
        """(latents, unscaled,) of pictures in -1..1. Raises DiffusionError without an encoder."""
        if self.encoder is None:
            raise DiffusionError(
                "This tiny VAE has a decoder only, so it cannot make latents. Put its encoder's file beside it in "
                "models/vae_approx, or use the checkpoint's VAE."
            )
        return (_Certain(self.encoder(pictures / 2 + 0.5) / self.scale + self.shift),)


class _Certain(NamedTuple):
    """Latents that are no distribution but one answer."""

    latents: Tensor

    def mode(self) -> Tensor:
        return self.latents


class _Squash(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x / _REACH) * _REACH


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.conv(x) + x)
