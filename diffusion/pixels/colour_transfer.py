"""Giving pictures the colours of others: ``(frames, height, width, 3)`` in 0..1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.pixels.colour import from_lab, to_lab

Match = Callable[[Tensor, Tensor, Tensor], Tensor]


def match_moments(pixels: Tensor, source: Tensor, reference: Tensor) -> Tensor:
    """Mean and deviation of each axis made the reference's: Reinhard et al., IEEE CG&A 21, 2001."""
    scale = reference.std(0, correction=0) / source.std(0, correction=0).clamp(min=1e-6)
    return (pixels - source.mean(0)) * scale + reference.mean(0)


def match_covariance(pixels: Tensor, source: Tensor, reference: Tensor) -> Tensor:
    """The linear map of least displacement between two normal distributions: Pitié and Kokaram, CVMP 2007."""
    a, b = _covariance(source), _covariance(reference)
    root = _matrix_power(a, 0.5)
    inverse = _matrix_power(a, -0.5)
    change = inverse @ _matrix_power(root @ b @ root, 0.5) @ inverse
    return (pixels - source.mean(0)) @ change.T + reference.mean(0)


def match_histogram(pixels: Tensor, source: Tensor, reference: Tensor) -> Tensor:
    """Each axis bent so that its values fall as often as the reference's: 256 levels, interpolated between."""
    levels = torch.linspace(0, 1, 256, device=pixels.device)
    return torch.stack(
        [
            _interpolate(_interpolate(pixels[:, axis], levels, _shares(source[:, axis])), *_steps(reference[:, axis]))
            for axis in range(pixels.shape[1])
        ],
        dim=1,
    )


LAB: Final[dict[str, Match]] = {"reinhard_lab": match_moments, "mkl_lab": match_covariance}
METHODS: Final = (*LAB, "histogram")


def transfer(image: Tensor, reference: Tensor, method: str, source: Tensor | None = None) -> Tensor:
    """The picture ``(frames, height, width, 3)`` with the colours of the reference.

    source: pictures whose colours stand for the picture's own when the change is worked out; None: its own.
    """
    convert, back = (to_lab, from_lab) if method in LAB else (torch.clone, torch.clone)
    pixels = convert(image.float()).reshape(-1, 3)
    own = pixels if source is None else convert(source.float()).reshape(-1, 3)
    match = LAB.get(method, match_histogram)
    changed = match(pixels, own, convert(reference.float()).reshape(-1, 3))
    return back(changed.reshape(image.shape)).clamp(0, 1)


def _covariance(pixels: Tensor) -> Tensor:
    centred = pixels - pixels.mean(0)
    # A flat picture has no spread: the small diagonal keeps its inverse finite.
    return centred.T @ centred / len(pixels) + 1e-5 * torch.eye(pixels.shape[1], device=pixels.device)


def _matrix_power(matrix: Tensor, power: float) -> Tensor:
    if not bool(matrix.isfinite().all()):
        raise DiffusionError(
            "A picture has points that are no numbers (NaN), so its colours have no spread. Look at what made it."
        )
    values, vectors = torch.linalg.eigh(matrix.double())
    result: Tensor = (vectors * values.clamp(min=1e-12) ** power) @ vectors.T
    return result.to(matrix)


def _shares(values: Tensor) -> Tensor:
    """Which part of the values lies at or below each of 256 levels, ``(256,)``."""
    counts = torch.histc(values.clamp(0, 1), 256, 0, 1)
    return counts.cumsum(0) / counts.sum()


def _steps(values: Tensor) -> tuple[Tensor, Tensor]:
    """Shares that rise strictly, and the level of each."""
    shares = _shares(values)
    rises = torch.cat([shares[:1] > 0, shares.diff() > 0])
    return shares[rises], torch.linspace(0, 1, 256, device=values.device)[rises]


def _interpolate(values: Tensor, xs: Tensor, ys: Tensor) -> Tensor:
    """The broken line through (xs, ys) at the values; level beyond its ends."""
    if len(xs) == 1:
        return ys.expand(len(values))
    right = torch.searchsorted(xs, values.contiguous()).clamp(1, len(xs) - 1)
    x0, x1, y0, y1 = xs[right - 1], xs[right], ys[right - 1], ys[right]
    return torch.lerp(y0, y1, ((values - x0) / (x1 - x0)).clamp(0, 1))
