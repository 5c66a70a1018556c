"""Arithmetic on latents: mixing, cutting, joining, and operations on the vectors that their channels form."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.pixels.batch import as_masks, fit_batch, resize_mask
from diffusion.pixels.filters import sharpen
from diffusion.resize import resize
from diffusion.values import Latent

LatentOperation = Callable[[Tensor], Tensor]


def fit_to(samples: Tensor, like: Tensor, method: str = "bilinear") -> Tensor:
    """The samples at the other's size (cut to its proportions) and in a batch as long."""
    require_one_kind(samples, like)
    if samples.shape[1:] != like.shape[1:]:
        samples = resize(samples, like.shape[-1], like.shape[-2], method, "center")
    return fit_batch(samples, len(like))


def require_one_kind(samples: Tensor, like: Tensor) -> None:
    """Raise DiffusionError where samples differ from others in more than their batch, height and width.

    One frame goes with a film of any length.
    """
    if samples.ndim == like.ndim > 3:
        fits = all(mine in (1, theirs) for mine, theirs in zip(samples.shape[1:-2], like.shape[1:-2], strict=True))
    else:  # sounds have neither height nor width
        fits = samples.shape[1:] == like.shape[1:]
    if not fits:
        raise DiffusionError(
            f"Latents of different kinds do not go together: their shapes are {tuple(samples.shape)} and "
            f"{tuple(like.shape)}. Make both with models of one family."
        )


def interpolate(a: Tensor, b: Tensor, ratio: float) -> Tensor:
    """``ratio`` of ``a``, the rest of ``b``: directions and lengths of the channel vectors are mixed by themselves."""
    length_a, length_b = a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True)
    mixed: Tensor = ratio * torch.nan_to_num(a / length_a) + (1 - ratio) * torch.nan_to_num(b / length_b)
    direction: Tensor = torch.nan_to_num(mixed / mixed.norm(dim=1, keepdim=True))
    length: Tensor = ratio * length_a + (1 - ratio) * length_b
    return direction * length


def sharpen_directions(samples: Tensor, radius: int, sigma: float, alpha: float) -> Tensor:
    """Sharpened by direction: each vector keeps its length as a weight, so that bright places do not take over."""
    length: Tensor = samples.norm(dim=1, keepdim=True) + 1e-6
    return sharpen(samples / length, radius, sigma, alpha) * length


def tonemap(samples: Tensor, multiplier: float) -> Tensor:
    """Long vectors shortened: Reinhard's curve x / (1 + x), with ``multiplier`` x (mean + 5 deviations) as its end."""
    length: Tensor = samples.norm(dim=1, keepdim=True) + 1e-10
    axes = tuple(range(1, samples.ndim))
    end = (length.mean(axes, keepdim=True) + 5 * length.std(axes, keepdim=True)) * multiplier
    # A multiplier of 0 leaves nothing of the lengths.
    relative = length / end.clamp(min=1e-10)
    return samples / length * (relative / (relative + 1) * end)


def cut(samples: Tensor, axis: int, index: int, amount: int) -> Tensor:
    """``amount`` places along the axis from ``index`` on (negative counts from the end), no more than there are."""
    size = samples.shape[axis]
    start = min(max(index + size if index < 0 else index, 0), size - 1)
    return samples.narrow(axis, start, min(amount, size - start))


def cut_to_batch(samples: Tensor, axis: int, length: int) -> Tensor:
    """Pieces of ``length`` along the axis, as a batch; what is left over at the end is dropped."""
    length = min(length, samples.shape[axis])
    pieces = samples.shape[axis] // length
    moved = samples.narrow(axis, 0, pieces * length).movedim(axis, 1)
    return moved.reshape(-1, length, *moved.shape[2:]).movedim(1, axis % samples.ndim)


def noise_rows(latent: Latent, first: int = 0) -> tuple[int, ...]:
    """The noise row of each picture of the batch; counted from ``first`` if it says nothing of them."""
    return latent.batch_index or tuple(range(first, first + len(latent.samples)))


def join(latents: Sequence[Latent]) -> Latent:
    """Latents in one batch at the first one's size; each picture keeps the noise it would get alone, and its mask."""
    first = latents[0]
    height, width = first.samples.shape[-2:]
    channels = first.samples.shape[1]
    for latent in latents:
        if latent.samples.ndim != first.samples.ndim or latent.samples.shape[1] != channels:
            shapes = " and ".join(str(tuple(one.samples.shape)) for one in (first, latent))
            raise DiffusionError(f"Latents of different kinds do not fit into one batch: their shapes are {shapes}.")
    samples = [resize(one.samples, width, height, "bilinear", "center") for one in latents]
    rows = tuple(row for one in latents for row in noise_rows(one))
    return replace(first, samples=torch.cat(samples), mask=join_masks(latents, width * 8, height * 8), batch_index=rows)


def join_masks(latents: Sequence[Latent], width: int, height: int) -> Tensor | None:
    """The masks of all pictures ``(batch, height, width)``; ones for a latent that has none, None if none has any."""
    if all(latent.mask is None for latent in latents):
        return None
    return torch.cat([_full_mask(latent, width, height) for latent in latents])


def rows(latent: Latent, start: int, length: int) -> Latent:
    """Part of the batch, with its masks and its noise."""
    mask = latent.mask
    if mask is not None and len(as_masks(mask)) > 1:
        mask = fit_batch(as_masks(mask), len(latent.samples))[start : start + length]
    index = noise_rows(latent)[start : start + length]
    return replace(latent, samples=latent.samples[start : start + length], mask=mask, batch_index=index)


def repeat(latent: Latent, times: int) -> Latent:
    """The batch ``times`` over; each repetition gets noise of its own, beyond the rows that are in use."""
    mask = latent.mask
    if mask is not None and len(as_masks(mask)) > 1:
        mask = fit_batch(as_masks(mask), len(latent.samples)).repeat(times, 1, 1)
    samples = latent.samples.repeat(times, *[1] * (latent.samples.ndim - 1))
    index = latent.batch_index
    if index is not None:
        span = max(index) - min(index) + 1
        index = tuple(row + number * span for number in range(times) for row in index)
    return replace(latent, samples=samples, mask=mask, batch_index=index)


def rebatch(latents: Sequence[Latent], length: int) -> list[Latent]:
    """The same pictures in batches of ``length``, each with noise of its own; shorter where the shape changes."""
    starts = itertools.accumulate((len(latent.samples) for latent in latents), initial=0)
    numbered = [
        replace(latent, batch_index=noise_rows(latent, start)) for latent, start in zip(latents, starts, strict=False)
    ]
    batches: list[list[Latent]] = []
    for picture in (rows(latent, place, 1) for latent in numbered for place in range(len(latent.samples))):
        if batches and len(batches[-1]) < length and batches[-1][0].samples.shape == picture.samples.shape:
            batches[-1].append(picture)
        else:
            batches.append([picture])
    return [join(batch) for batch in batches]


def change_plane(latent: Latent, change: Callable[[Tensor], Tensor]) -> Latent:
    """Rows and columns moved in samples and mask alike (the last two axes)."""
    mask = None if latent.mask is None else change(latent.mask)
    return replace(latent, samples=change(latent.samples), mask=mask)


def _full_mask(latent: Latent, width: int, height: int) -> Tensor:
    if latent.mask is None:
        return torch.ones(len(latent.samples), height, width)
    return fit_batch(resize_mask(latent.mask, width, height), len(latent.samples))


# How far a frame's mean and spread may be moved, down and up. No documentation of the field's node states them; its
# published workflows are made with these. Kandinsky's own pipeline (diffusers, pipeline_kandinsky_i2v) moves less:
# 0.05 and 0.1, 0.1 and 0.25.
_MEAN_MOVES = (0.3, 0.35)
_SPREAD_MOVES = (0.35, 0.5)


def calm_start(film: Tensor, start: int, reference: int) -> Tensor:
    """The film ``(batch, channels, frames, height, width)``, its first ``start`` frames with the mean and spread of the
    ``reference`` frames behind them, each moved no further than a limit. Without such frames it stays as it is.
    """
    source, target = film[:, :, :start], film[:, :, start : start + reference]
    if target.shape[2] == 0:
        return film
    mean, spread = source.mean((1, 3, 4), keepdim=True), source.std((1, 3, 4), keepdim=True)
    new_mean = target.mean().clamp(mean - _MEAN_MOVES[0], mean + _MEAN_MOVES[1])
    new_spread = target.std().clamp(spread - _SPREAD_MOVES[0], spread + _SPREAD_MOVES[1])
    calmed = (source - mean) / (spread + 1e-8) * new_spread + new_mean
    return torch.cat([calmed, film[:, :, start:]], 2)
