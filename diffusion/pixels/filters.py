"""Blurring and sharpening with one kernel: a Gaussian whose sigma is measured in radii."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad


def gaussian(radius: int, sigma: float) -> Tensor:
    """One axis of the kernel, ``(2 * radius + 1,)``, with sum 1.

    The kernel reaches from -1 to 1, so that ``sigma`` = 1 falls to exp(-1/2) at its edge whatever the radius is; above
    it the kernel is nearly a box. Numbers of the field's nodes depend on that.
    """
    weights = torch.exp(-(torch.linspace(-1, 1, 2 * radius + 1) ** 2) / (2 * sigma**2))
    return weights / weights.sum()


def blur(samples: Tensor, radius: int, sigma: float) -> Tensor:
    """Samples ``(batch, channels, height, width)`` blurred; what is outside is their mirror image."""
    channels = samples.shape[1]
    # A mirror can show no more than is there; the rest of a narrow picture is its edge, continued.
    mirrored = min(samples.shape[-2:]) > radius
    padded = pad(samples, (radius,) * 4, mode="reflect" if mirrored else "replicate")
    line = gaussian(radius, sigma).to(samples).expand(channels, 1, 1, -1)
    across = conv2d(padded, line, groups=channels)
    return conv2d(across, line.transpose(-1, -2), groups=channels)


def sharpen(samples: Tensor, radius: int, sigma: float, alpha: float) -> Tensor:
    """Samples ``(batch, channels, height, width)`` pushed away from their blur by 10 x ``alpha``; not clipped."""
    return samples + 10 * alpha * (samples - blur(samples, radius, sigma))
