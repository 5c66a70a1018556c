"""Putting one picture, mask or latent onto another: ``(batch, channels, height, width)``, any unit."""

from __future__ import annotations

import torch
from torch import Tensor

from diffusion.pixels.batch import as_masks, fit_batch
from diffusion.resize import resize


def overlap(target: Tensor, source: Tensor, x: int, y: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Rows and columns of the target and of the source that meet when the source's corner lies at (x, y)."""
    pairs = []
    for offset, size, limit in ((y, source.shape[-2], target.shape[-2]), (x, source.shape[-1], target.shape[-1])):
        start, end = max(offset, 0), min(offset + size, limit)
        end = max(start, end)
        pairs.append((slice(start, end), slice(start - offset, end - offset)))
    (rows, source_rows), (columns, source_columns) = pairs
    return (rows, columns), (source_rows, source_columns)


def paste(target: Tensor, source: Tensor, x: int, y: int, mask: Tensor | None = None, *, fit: bool = False) -> Tensor:
    """The target with the source on it at (x, y); what sticks out is cut off.

    mask: ``(batch, height, width)``, 1 = source, stretched over the source. fit: stretch the source over the target.
    """
    if fit:
        source = resize(source, target.shape[-1], target.shape[-2], "bilinear")
    source = fit_batch(source, len(target))
    if mask is None:
        weights = torch.ones_like(source[:, :1])
    else:
        weights = resize(as_masks(mask).unsqueeze(1), source.shape[-1], source.shape[-2], "bilinear").to(source)
        weights = fit_batch(weights, len(target))
        if source.ndim == 5:
            weights = weights.unsqueeze(2)
    return blend_at(target, source, x, y, weights)


def paste_feathered(target: Tensor, source: Tensor, x: int, y: int, feather: int) -> Tensor:
    """The target with the source on it; the source fades in over ``feather`` rows and columns inside the target."""
    height, width = source.shape[-2:]
    rows = fade(height, feather if y != 0 else 0, feather if y + height < target.shape[-2] else 0)
    columns = fade(width, feather if x != 0 else 0, feather if x + width < target.shape[-1] else 0)
    weights = (rows.unsqueeze(1) * columns.unsqueeze(0)).to(source)
    return blend_at(target, fit_batch(source, len(target)), x, y, weights.expand_as(source[:1, :1]))


def blend_at(target: Tensor, source: Tensor, x: int, y: int, weights: Tensor) -> Tensor:
    """``weights`` of the source, the rest of the target, where they overlap."""
    (rows, columns), (source_rows, source_columns) = overlap(target, source, x, y)
    weight = weights[..., source_rows, source_columns]
    result = target.clone()
    below = result[..., rows, columns]
    result[..., rows, columns] = weight * source[..., source_rows, source_columns] + (1 - weight) * below
    return result


def fade(length: int, start: int, end: int) -> Tensor:
    """Weights that rise to 1 over ``start`` places and fall from 1 over ``end`` places; both act where they meet."""
    place = torch.arange(1, length + 1, dtype=torch.float32)
    rise = (place / start).clamp(max=1) if start else torch.ones(length)
    fall = (place.flip(0) / end).clamp(max=1) if end else torch.ones(length)
    return rise * fall
