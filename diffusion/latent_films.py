"""Latents of films ``(batch, channels, frames, height, width)`` in pieces along time, and put together again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.values import Latent


def split_film(latent: Latent, length: int, overlap: int) -> tuple[list[Latent], int]:
    """(pieces of ``length`` latent frames, the overlap that they have); the last one may be shorter.

    Neighbours share ``overlap`` frames, at most one less than a piece has. A film no longer than a piece stays whole.
    """
    frames = _require_film(latent).shape[2]
    if frames <= length:
        return [latent], 0
    overlap = min(overlap, length - 1)
    starts = range(0, frames - overlap, length - overlap)
    return [replace(latent, samples=latent.samples[:, :, start : start + length]) for start in starts], overlap


def join_films(latents: Sequence[Latent], overlap: int) -> Latent:
    """The pieces as one film. Frames that two of them share are crossfaded."""
    first = latents[0]
    shape = _require_film(first).shape
    whole = first.samples
    for number, latent in enumerate(latents[1:], 2):
        piece = _require_film(latent)
        if (*piece.shape[:2], *piece.shape[3:]) != (*shape[:2], *shape[3:]):
            raise DiffusionError(
                f"Piece {number} of the film has the shape {tuple(piece.shape)}, the first one {tuple(shape)}; "
                "they may differ in their frames only."
            )
        shared = min(overlap, piece.shape[2], whole.shape[2])
        fading = crossfade(whole[:, :, whole.shape[2] - shared :], piece[:, :, :shared])
        whole = torch.cat([whole[:, :, : whole.shape[2] - shared], fading, piece[:, :, shared:]], dim=2)
    return replace(first, samples=whole, mask=None)  # a piece's mask says nothing of the whole


def crossfade(old: Tensor, new: Tensor) -> Tensor:
    """From one film's frames into another's: the rising half of a Hann window over the middle third of them."""
    place = torch.linspace(0, 1, old.shape[2], device=old.device)
    rising = (3 * place - 1).clamp(0, 1)
    share = (0.5 - 0.5 * torch.cos(torch.pi * rising)).to(old.dtype).reshape(1, 1, -1, 1, 1)
    return torch.lerp(old, new.to(old), share)


def _require_film(latent: Latent) -> Tensor:
    if latent.samples.ndim != 5:
        raise DiffusionError(
            f"The latent is no film: its shape is {tuple(latent.samples.shape)}. Link one of a video model."
        )
    return latent.samples
