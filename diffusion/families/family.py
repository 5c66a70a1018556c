"""What a family tells the rest: its latent space, its noise levels, and how its network is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from torch import Tensor, nn

from diffusion.families.sigmas import DiscreteSigmas

Prediction = Literal["epsilon", "v", "x0", "lcm"]


@dataclass(frozen=True)
class LatentFormat:
    """The space a family's VAE speaks.

    scale_factor: a network sees ``samples * scale_factor``. downscale: picture pixels per latent pixel.
    """

    channels: int = 4
    downscale: int = 8
    scale_factor: float = 0.18215

    def scale_in(self, samples: Tensor) -> Tensor:
        """From a Latent's samples to what the network denoises."""
        return samples * self.scale_factor

    def scale_out(self, samples: Tensor) -> Tensor:
        """From what the network denoised to a Latent's samples."""
        return samples / self.scale_factor


@dataclass(frozen=True)
class Residuals:
    """What a ControlNet adds inside the network: one tensor per skip connection, and one in the middle."""

    down: tuple[Tensor, ...]
    mid: Tensor | None = None


@dataclass(frozen=True)
class CondTensors:
    """What the network is told beside the picture: tokens ``(batch, tokens, width)``, pooled ``(batch, width)``."""

    tokens: Tensor
    pooled: Tensor | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class Family(Protocol):
    """A family of models: a frozen dataclass, so that ``replace(family, prediction="v")`` makes a variant."""

    @property
    def name(self) -> str: ...

    @property
    def latent(self) -> LatentFormat: ...

    @property
    def sigmas(self) -> DiscreteSigmas: ...

    @property
    def prediction(self) -> Prediction: ...

    def network_input(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """(scaled x, timestep) as the network and its ControlNets take them. x ``(batch, ...)``, sigma ``(batch,)``."""
        ...

    def denoise(
        self, network: nn.Module, x: Tensor, sigma: Tensor, cond: CondTensors, residuals: Residuals | None = None
    ) -> Tensor:
        """x0: what ``x`` would be without its noise, float32. x ``(batch, channels, h, w)``, sigma ``(batch,)``."""
        ...
