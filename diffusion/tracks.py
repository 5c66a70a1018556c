"""Paths of points through a film, which video models let objects follow: ``(frames, tracks, 2)`` pixels, x before y."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from diffusion.errors import DiffusionError


@dataclass(frozen=True)
class Tracks:
    """path: ``(frames, tracks, 2)`` float32, pixels. visible: ``(frames, tracks)`` bool."""

    path: Tensor
    visible: Tensor


# Where along the way a point is, 0..1, when so much of the time is over. Ease out is ease in, run backwards.
PACES: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "linear": lambda t: t,
    "ease_in": lambda t: t**2,
    "ease_out": lambda t: 1 - (1 - t) ** 2,
    "ease_in_out": lambda t: t**2 * (3 - 2 * t),
    "constant": torch.zeros_like,
}


def make_tracks(points: Sequence[Sequence[tuple[float, float]]]) -> Tracks:
    """Tracks of points given one by one. A track that ends early stays where it ended, and is not seen any more."""
    frames = max((len(track) for track in points), default=0)
    if frames == 0:
        raise DiffusionError("There are no tracks: no point is given.")
    if any(len(track) == 0 for track in points):
        raise DiffusionError("One of the tracks has no point. Take it away, or give it one.")
    path = torch.tensor(
        [[track[min(frame, len(track) - 1)] for track in points] for frame in range(frames)], dtype=torch.float32
    )
    visible = torch.tensor([[frame < len(track) for track in points] for frame in range(frames)])
    return Tracks(path, visible)


def straight(start: Tensor, end: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """Points ``(frames, 2)`` on the line, at each share of it, and which way it goes there."""
    return start + (end - start) * share[:, None], (end - start).expand(len(share), 2)


def curved(start: Tensor, middle: Tensor, end: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """Points ``(frames, 2)`` on the quadratic Bezier curve that ``middle`` pulls at, and which way it goes there."""
    t = share[:, None]
    points = (1 - t) ** 2 * start + 2 * (1 - t) * t * middle + t**2 * end
    return points, 2 * (1 - t) * (middle - start) + 2 * t * (end - middle)


def spread_out(path: Tensor, way: Tensor, count: int, distance: float) -> Tensor:
    """``(frames, count, 2)``: paths beside one ``(frames, 2)``, each ``distance`` from the next, across the way there.

    Where it goes nowhere, they lie side by side.
    """
    length = way.norm(dim=1, keepdim=True)
    across = torch.stack([-way[:, 1], way[:, 0]], 1) / length.clamp(min=1e-30)
    across = torch.where(length > 0, across, torch.tensor([1.0, 0.0]))
    offsets = (torch.arange(count) - (count - 1) / 2) * distance
    return path[:, None] + offsets[None, :, None] * across[:, None]


def join_tracks(first: Tracks, second: Tracks) -> Tracks:
    """Both groups of tracks in one film, as long as the shorter."""
    frames = min(len(first.path), len(second.path))
    return Tracks(
        torch.cat([first.path[:frames], second.path[:frames].to(first.path)], dim=1),
        torch.cat([first.visible[:frames], second.visible[:frames].to(first.visible)], dim=1),
    )


def masked(tracks: Tracks, mask: Tensor) -> Tracks:
    """The tracks, seen only in frames whose mask ``(frames, ...)`` has anything white; the last one counts on."""
    shown = mask.reshape(len(mask), -1).amax(1) > 0
    rows = torch.arange(len(tracks.path)).clamp(max=len(shown) - 1)
    return Tracks(tracks.path, tracks.visible & shown.to(tracks.visible.device)[rows, None])
