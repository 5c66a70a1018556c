"""What networks measure in pictures, as pictures: ``(batch, height, width, 3)`` in 0..1 both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from diffusion.pixels.colour import to_srgb


def show_depth(image: Tensor) -> Tensor:
    """Distance, 0 near and 1 far, as light: each picture's nearest point is white, its farthest black.

    Ke et al. 2024 (arXiv:2312.02145): depth is known up to scale and shift only, so its ends are the picture's own.
    """
    distance = image.mean(-1, keepdim=True)
    near, far = (edge(distance, dim=(1, 2, 3), keepdim=True) for edge in (torch.amin, torch.amax))
    # A flat picture has no nearest point: it stays black.
    span = torch.where(far > near, far - near, torch.inf)
    return ((far - distance) / span).expand(*image.shape[:-1], 3)


def show_normals(image: Tensor) -> Tensor:
    """Directions of surfaces, made as long as 1; 0.5 stands for 0 along each axis."""
    direction = image * 2 - 1
    length: Tensor = direction.norm(dim=-1, keepdim=True)
    return (direction / length.clamp(min=1e-6) + 1) / 2


def show_albedo(image: Tensor) -> Tensor:
    """Linear reflectance as sRGB."""
    return to_srgb(image.clamp(0, 1)).clamp(0, 1)


PREDICTIONS: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "depth": show_depth,
    "normals": show_normals,
    "albedo": show_albedo,
}
