"""Preparing a picture whose masked part will be painted anew."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import conv2d, interpolate

from diffusion.pixels.batch import fit_batch


def erase(pixels: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The picture with its masked part neutral grey, and the mask at the picture's size, both cut to multiples of 8.

    pixels: ``(batch, height, width, 3)``. mask: ``(batch, height, width)`` at any size, of one picture or
    of each; too few are repeated in order, too many are cut. The cut takes the middle.
    """
    height, width = (side // 8 * 8 for side in pixels.shape[1:3])
    mask = interpolate(mask.reshape(-1, 1, *mask.shape[-2:]), size=pixels.shape[1:3], mode="bilinear")
    if len(mask) > 1:
        mask = fit_batch(mask, len(pixels))
    top, left = pixels.shape[1] % 8 // 2, pixels.shape[2] % 8 // 2
    pixels = pixels[:, top : top + height, left : left + width]
    mask = mask[:, 0, top : top + height, left : left + width]
    keep = 1.0 - mask.round().unsqueeze(-1)
    return (pixels - 0.5) * keep + 0.5, mask


def grow_mask(mask: Tensor, pixels: int) -> Tensor:
    """The mask ``(batch, height, width)``, rounded, its edge moved out: each pixel grows to a square of that side."""
    if pixels == 0:
        return mask.round()
    kernel = torch.ones(1, 1, pixels, pixels, dtype=mask.dtype, device=mask.device)
    grown = conv2d(mask.round().unsqueeze(1), kernel, padding=math.ceil((pixels - 1) / 2)).clamp(0, 1)
    return grown[:, 0, : mask.shape[1], : mask.shape[2]]
