"""Guiders: a model with its prompts, ready to be sampled from in any way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from torch import Tensor

from diffusion.sampling.denoise import OnProgress, Sampled, sample_latent
from diffusion.sampling.noise import Noise
from diffusion.sampling.samplers import Sampler
from diffusion.values import Conditioning, Latent

if TYPE_CHECKING:
    from diffusion.memory import Memory
    from diffusion.model import Model


class Guider(Protocol):
    """What a GUIDER output gives."""

    @property
    def model(self) -> Model: ...

    def sample(
        self,
        noise: Noise,
        sampler: Sampler,
        sigmas: Tensor,
        latent: Latent,
        memory: Memory,
        on_step: OnProgress | None = None,
    ) -> Sampled:
        """The latent denoised along the sigmas, and the clean picture as it was last seen."""
        ...


@dataclass(frozen=True)
class CfgGuider:
    """Two prompts and how hard to push from the negative to the positive; cfg 1 ignores the negative."""

    model: Model
    positive: Conditioning
    negative: Conditioning
    cfg: float

    def sample(
        self,
        noise: Noise,
        sampler: Sampler,
        sigmas: Tensor,
        latent: Latent,
        memory: Memory,
        on_step: OnProgress | None = None,
    ) -> Sampled:
        return sample_latent(
            self.model,
            self.positive,
            self.negative,
            self.cfg,
            sampler,
            sigmas,
            noise.generate(latent),
            latent,
            noise.seed,
            memory,
            on_step,
        )


def unguided(model: Model, positive: Conditioning) -> CfgGuider:
    """A guider with one prompt and no guidance."""
    return CfgGuider(model, positive, negative=(), cfg=1.0)
