"""A tiny decoder for previews, in the layout of TAESD (Ollin Boer Bohan, 2023): convolutions and ReLUs only."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Latents are squashed to this range by tanh first, as TAESD's files expect.
_REACH = 3.0
# Upsampling stages, and the blocks before each.
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
