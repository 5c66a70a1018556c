"""Random numbers: the same seed gives the same noise as it does elsewhere in the field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol

import torch
from torch import Tensor

from diffusion.values import Latent

if TYPE_CHECKING:
    from diffusion.sampling.samplers.convention import StepNoise

NoiseKind = Literal["gaussian", "brownian"]


class Noise(Protocol):
    """What a NOISE output gives: noise in the shape of a latent, always the same."""

    @property
    def seed(self) -> int: ...

    def generate(self, latent: Latent) -> Tensor: ...


@dataclass(frozen=True)
class RandomNoise:
    """Unit normal noise of a seed."""

    seed: int

    def generate(self, latent: Latent) -> Tensor:
        """Noise of the samples' shape, made on the CPU so that it is the same on every device."""
        samples = latent.samples
        generator = torch.Generator().manual_seed(self.seed)
        if latent.batch_index is None:
            return torch.randn(samples.shape, generator=generator)
        rows = [torch.randn((1, *samples.shape[1:]), generator=generator) for _ in range(max(latent.batch_index) + 1)]
        return torch.cat([rows[index] for index in latent.batch_index])


@dataclass(frozen=True)
class DisableNoise:
    """No noise: the latent already carries some, or is to be denoised as it is."""

    seed: int = 0

    def generate(self, latent: Latent) -> Tensor:
        return torch.zeros(latent.samples.shape)


def gaussian_noise(x: Tensor, seed: int) -> StepNoise:
    """Fresh noise for each ancestral step, made on the device of ``x``.

    On the CPU the seed is one higher, or the first step would repeat the noise that sampling began with.
    """
    generator = torch.Generator(x.device).manual_seed(seed + 1 if x.device.type == "cpu" else seed)

    def noise(_sigma: Tensor, _sigma_next: Tensor) -> Tensor:
        return torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)

    return noise


def brownian_noise(x: Tensor, sigmas: Tensor, seed: int, *, on_device: bool = False) -> StepNoise:
    """Increments of one Brownian path over sigma: a step cut in two gets the same noise in sum.

    The path lives on the CPU unless ``on_device``; numbers of the two differ.
    """
    lowest, highest = sigmas[sigmas > 0].min(), sigmas.max()

    @cache
    def path() -> Any:
        # Made when first asked for: a single step has no path, and torchsde takes half a second to import.
        import torchsde

        start = torch.zeros_like(x, device=x.device if on_device else "cpu")
        return torchsde.BrownianTree(lowest, start, highest, entropy=seed)

    def noise(sigma: Tensor, sigma_next: Tensor) -> Tensor:
        low, high = torch.minimum(sigma, sigma_next), torch.maximum(sigma, sigma_next)
        # torchsde keeps the ends of the path to six decimals, and warns about times beyond them.
        ends = round(float(lowest), 6), round(float(highest), 6)
        increment: Tensor = path()(max(float(low), ends[0]), min(float(high), ends[1]))
        # The path runs up in sigma; a step down takes its increment with the other sign.
        sign = 1 if sigma < sigma_next else -1
        return sign * increment.to(x) / (high - low).sqrt()

    return noise
