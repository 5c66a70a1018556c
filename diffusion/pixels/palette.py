"""Few colours: a palette by median cut (Pillow's), and dithering towards it."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

DITHERS = ("none", "floyd-steinberg", "bayer-2", "bayer-4", "bayer-8", "bayer-16")


def quantize(image: Tensor, colours: int, dither: str) -> Tensor:
    """Pictures ``(batch, height, width, 3)`` with at most ``colours`` colours each."""
    bytes_ = (image[..., :3].detach().cpu().clamp(0, 1) * 255).to(torch.uint8).numpy()
    reduced = [np.asarray(_quantize_one(pixels, colours, dither).convert("RGB")) for pixels in bytes_]
    return torch.from_numpy(np.stack(reduced)).float() / 255


def bayer(size: int) -> Tensor:
    """Ordered dithering's thresholds ``(size, size)`` for a size that is a power of 2: even steps, mean 0, in ±0.5.

    Bayer, IEEE ICC 1973. Each doubling puts the matrix four times beside itself, offset by 0, 2, 3, 1.
    """
    ranks = torch.zeros(1, 1)
    while len(ranks) < size:
        ranks = torch.cat([torch.cat([4 * ranks, 4 * ranks + 2], 1), torch.cat([4 * ranks + 3, 4 * ranks + 1], 1)])
    return (ranks + 0.5) / size**2 - 0.5


def _quantize_one(pixels: np.ndarray, colours: int, dither: str) -> Image.Image:
    picture = Image.fromarray(pixels)
    palette = picture.quantize(colours)
    if dither == "floyd-steinberg":
        return picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    if dither.startswith("bayer"):
        picture = _with_thresholds(pixels, int(dither.removeprefix("bayer-")), _count(palette))
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def _count(palette: Image.Image) -> int:
    return max(1, len(palette.getpalette() or ()) // 3)


def _with_thresholds(pixels: np.ndarray, size: int, colours: int) -> Image.Image:
    """The thresholds added, spread over two steps of an even palette, so that pixels fall to either side."""
    height, width = pixels.shape[:2]
    thresholds = bayer(size).repeat(-(-height // size), -(-width // size))[:height, :width, None]
    shifted = torch.from_numpy(pixels).float() + 512 / colours * thresholds + 0.5
    return Image.fromarray(shifted.clamp(0, 255).to(torch.uint8).numpy())
