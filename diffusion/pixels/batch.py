"""Batches of pictures, masks and latents brought to one length, one size and one number of channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from diffusion.resize import resize


def fit_batch(samples: Tensor, length: int) -> Tensor:
    """The batch repeated from its start, or cut, to ``length``."""
    if len(samples) == length:
        return samples
    repeats = -(-length // len(samples))
    return samples.repeat(repeats, *[1] * (samples.ndim - 1))[:length]


def resize_image(image: Tensor, width: int, height: int, method: str = "bilinear", crop: str = "disabled") -> Tensor:
    """Pictures ``(batch, height, width, channels)`` at another size."""
    return resize(image.movedim(-1, 1), width, height, method, crop).movedim(1, -1)


def resize_mask(mask: Tensor, width: int, height: int, method: str = "bilinear", crop: str = "disabled") -> Tensor:
    """Masks ``(batch, height, width)`` at another size; a single one without a batch becomes a batch of one."""
    planes = as_masks(mask).unsqueeze(1)
    return resize(planes, width, height, method, crop).squeeze(1)


def as_masks(mask: Tensor) -> Tensor:
    """``(batch, height, width)``, whatever axes stand before height and width."""
    return mask.reshape(-1, *mask.shape[-2:])


def add_alpha(image: Tensor, channels: int) -> Tensor:
    """The picture with channels of ones behind its own, up to ``channels``: missing transparency means opaque."""
    missing = channels - image.shape[-1]
    if missing <= 0:
        return image
    return torch.cat([image, image.new_ones(*image.shape[:-1], missing)], dim=-1)


def join_images(images: Sequence[Tensor]) -> Tensor:
    """Pictures in one batch: all take the first one's size (cut to its proportions) and the most channels."""
    channels = max(image.shape[-1] for image in images)
    height, width = images[0].shape[1:3]
    return torch.cat([add_alpha(resize_image(i, width, height, "bilinear", "center"), channels) for i in images])


def join_masks(masks: Sequence[Tensor]) -> Tensor:
    """Masks in one batch, at the first one's size."""
    height, width = masks[0].shape[-2:]
    return torch.cat([resize_mask(mask, width, height, "bilinear", "center") for mask in masks])


def one_by_one(images: Sequence[Tensor]) -> list[Tensor]:
    """Every picture (or mask) of the batches as a batch of its own."""
    return [batch[place : place + 1] for batch in images for place in range(len(batch))]


def change_each(batch: Tensor, change: Callable[[Tensor], Tensor], report: Callable[[int, int], None]) -> Tensor:
    """The batch, each picture (or mask) changed by itself: a film takes no more memory than it is long.

    ``report`` hears how many are done and how many there are, and may raise.
    """
    changed = []
    for place in range(len(batch)):
        changed.append(change(batch[place : place + 1]))
        report(place + 1, len(batch))
    return torch.cat(changed) if changed else change(batch)


def rebatch(images: Sequence[Tensor], length: int) -> list[Tensor]:
    """The same pictures in batches of ``length``; a batch ends early where the size of the pictures changes."""
    batches: list[list[Tensor]] = []
    for picture in one_by_one(images):
        if batches and len(batches[-1]) < length and batches[-1][0].shape == picture.shape:
            batches[-1].append(picture)
        else:
            batches.append([picture])
    return [torch.cat(batch) for batch in batches]
