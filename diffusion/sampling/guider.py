"""Guiders: a model with its prompts, ready to be sampled from in any way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from torch import Tensor

from diffusion.sampling.guidance import KEEP_UNCOND, Guidance
from diffusion.sampling.regions import match_areas, resolve, share_controls
from diffusion.sampling.samplers import Sampler
from diffusion.sampling.samplers.convention import PairDenoiser
from diffusion.values import Conditioning

if TYPE_CHECKING:
    from diffusion.memory import Memory
    from diffusion.model import Model


class Guider(Protocol):
    """What a GUIDER output gives."""

    @property
    def model(self) -> Model: ...

    @property
    def prompts(self) -> Sequence[Conditioning]:
        """All that it asks the model with."""
        ...

    def guidance(self, samples: Tensor, sampler: Sampler, memory: Memory) -> PairDenoiser:
        """What denoises samples of this size, while the model is in use."""
        ...


@dataclass(frozen=True)
class CfgGuider:
    """Two prompts and how hard to push from the negative to the positive; cfg 1 or an empty negative: no guidance."""

    model: Model
    positive: Conditioning
    negative: Conditioning
    cfg: float

    @property
    def prompts(self) -> Sequence[Conditioning]:
        return (self.positive, self.negative)

    def guidance(self, samples: Tensor, sampler: Sampler, memory: Memory) -> PairDenoiser:
        model, (height, width) = self.model, samples.shape[-2:]
        ours, theirs = (resolve(side, model.family.sigmas, height, width, model.network) for side in self.prompts)
        ours, theirs = match_areas(ours, theirs), share_controls(match_areas(theirs, ours), ours)
        keep = sampler.pairs or bool(model.options.get(KEEP_UNCOND))
        return Guidance(model, ours, theirs, self.cfg, memory, keep_uncond=keep).both


def unguided(model: Model, positive: Conditioning) -> CfgGuider:
    """A guider with one prompt and no guidance."""
    return CfgGuider(model, positive, negative=(), cfg=1.0)
