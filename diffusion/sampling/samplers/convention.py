"""What samplers are given: one function to ask for the clean picture, noise to add, and a callback for each step."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Denoiser(Protocol):
    """The whole model with its guidance: what is under the noise of ``x``? ``sigma`` is a single number."""

    def __call__(self, x: Tensor, sigma: Tensor, /) -> Tensor: ...


class PairDenoiser(Protocol):
    """(x0 with guidance, x0 of the negative prompt alone), for the CFG++ samplers."""

    def __call__(self, x: Tensor, sigma: Tensor, /) -> tuple[Tensor, Tensor]: ...


class StepNoise(Protocol):
    """Unit normal noise for the step between two noise levels."""

    def __call__(self, sigma: Tensor, sigma_next: Tensor, /) -> Tensor: ...


class OnStep(Protocol):
    """Told once a sampling step: its index, x, and the clean picture as it is seen now."""

    def __call__(self, index: int, x: Tensor, x0: Tensor, /) -> None: ...


def silent(_index: int, _x: Tensor, _x0: Tensor) -> None:
    """An OnStep that does nothing."""


def slope(x: Tensor, x0: Tensor, sigma: Tensor) -> Tensor:
    """dx / dsigma of the probability flow (Karras et al. 2022, equation 1 with sigma(t) = t)."""
    return (x - x0) / sigma


def move(x: Tensor, x0: Tensor, ratio: Tensor) -> Tensor:
    """x carried to ``ratio`` of its noise level as if x0 were right: the exact step of every first-order solver."""
    return x0 + ratio * (x - x0)
