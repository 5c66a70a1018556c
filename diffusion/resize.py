"""Resizing pictures and latents: ``(batch, channels, height, width)`` tensors, the field's methods and crops."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from diffusion.errors import DiffusionError

METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")
LATENT_METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "bislerp")


def resize(samples: Tensor, width: int, height: int, method: str, crop: str = "disabled") -> Tensor:
    """The samples at ``(height, width)``. ``crop="center"`` first cuts the middle to the new proportions."""
    if samples.ndim < 4:
        raise DiffusionError(
            f"What is to be resized has no height and width: its shape is {tuple(samples.shape)}. "
            "Link a picture, or the latent of one."
        )
    if crop == "center":
        samples = crop_to_ratio(samples, width / height)
    if samples.shape[-2:] == (height, width):
        return samples
    if method == "bislerp":
        return bislerp(samples, width, height)
    if method == "lanczos":
        return lanczos(samples, width, height)
    shape = samples.shape
    flat = samples.reshape(-1, *shape[-3:]) if samples.ndim > 4 else samples
    return interpolate(flat, size=(height, width), mode=method).reshape(*shape[:-2], height, width)


def crop_to_ratio(samples: Tensor, ratio: float) -> Tensor:
    """The middle of the samples with width / height = ``ratio``, as large as fits."""
    height, width = samples.shape[-2:]
    x = round((width - height * ratio) / 2) if width / height > ratio else 0
    y = round((height - width / ratio) / 2) if width / height < ratio else 0
    return samples[..., y : height - y, x : width - x]


def lanczos(samples: Tensor, width: int, height: int) -> Tensor:
    """Pillow's Lanczos filter, a channel at a time in float32, so that values are not rounded to bytes."""
    flat = samples.reshape(-1, *samples.shape[-2:]).float().cpu().numpy()
    planes = [np.asarray(Image.fromarray(p).resize((width, height), Image.Resampling.LANCZOS)) for p in flat]
    resized = torch.from_numpy(np.stack(planes)).clamp(0, 1)
    return resized.reshape(*samples.shape[:-2], height, width).to(samples)


def bislerp(samples: Tensor, width: int, height: int) -> Tensor:
    """Bilinear along each axis, but turning from one channel vector to the next instead of cutting the corner.

    Latents keep their magnitude this way; plain bilinear averages shrink it, which decodes to grey.
    """
    across = _slerp_axis(samples.float(), width)
    return _slerp_axis(across.transpose(-1, -2), height).transpose(-1, -2).to(samples.dtype)


def _slerp_axis(samples: Tensor, size: int) -> Tensor:
    """Resize the last axis; dim 1 holds the vectors that are turned."""
    old = samples.shape[-1]
    position = ((torch.arange(size, device=samples.device) + 0.5) * (old / size) - 0.5).clamp(0, old - 1)
    left = position.floor().long()
    right = (left + 1).clamp(max=old - 1)
    return slerp(samples[..., left], samples[..., right], position - left)


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """From ``a`` (t = 0) to ``b`` (t = 1) along the arc between their directions; vectors lie along dim 1.

    Lengths are blended linearly. Nearly equal directions are blended straight, opposite ones keep ``a`` or ``b``.
    """
    length_a, length_b = a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True)
    unit_a, unit_b = a / length_a.clamp(min=1e-12), b / length_b.clamp(min=1e-12)
    dot = (unit_a * unit_b).sum(1, keepdim=True).clamp(-1, 1)
    angle = torch.acos(dot)
    sine = torch.sin(angle).clamp(min=1e-6)
    turned = (torch.sin((1 - t) * angle) * unit_a + torch.sin(t * angle) * unit_b) / sine
    turned = torch.where(dot > 1 - 1e-5, torch.lerp(unit_a, unit_b, t.expand_as(a)), turned)
    turned = torch.where(dot < 1e-5 - 1, torch.where(t < 0.5, unit_a, unit_b), turned)
    return turned * torch.lerp(length_a, length_b, t.expand_as(length_a))
