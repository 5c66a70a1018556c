"""Guiders over three prompts: towards the first, and away from the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from diffusion.sampling.guidance import AFTER_CFG, Guided, combine, predict
from diffusion.sampling.regions import Region, match_areas, resolve, share_controls
from diffusion.sampling.samplers import Sampler
from diffusion.sampling.samplers.convention import PairDenoiser
from diffusion.values import Conditioning

if TYPE_CHECKING:
    from diffusion.memory import Memory
    from diffusion.model import Model

# What becomes of the three answers (x0). The Guided holds the first and the last of them, and the cfg between.
Mix = Callable[[Guided, Sequence[Tensor]], Tensor]


@dataclass(frozen=True)
class ThreeGuider:
    """prompts: the one to follow first, the one that is only avoided last. cfg: the strongest guidance among them."""

    model: Model
    prompts: tuple[Conditioning, Conditioning, Conditioning]
    cfg: float
    mix: Mix

    def guidance(self, samples: Tensor, sampler: Sampler, memory: Memory) -> PairDenoiser:  # noqa: ARG002  # all are asked
        sides = _match(self.model, self.prompts, *samples.shape[-2:])

        def both(x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
            answers = predict(self.model, sides, x, sigma, memory)
            guided = Guided(x, sigma, answers[0], answers[-1], self.cfg, self.model)
            x0 = self.mix(guided, answers)
            for change in self.model.options.get(AFTER_CFG, ()):
                x0 = change(guided, x0)
            return x0, answers[-1]

        return both


def dual(middle_cfg: float, first_cfg: float, *, nested: bool) -> Mix:
    """Two guidances: from the last prompt to the second by ``middle_cfg``, from there to the first by ``first_cfg``.

    Brooks et al. 2023, InstructPix2Pix (arXiv:2211.09800), equation 3. nested: the first is guided away from the
    second, and what comes of it away from the last.
    """

    def mix(guided: Guided, answers: Sequence[Tensor]) -> Tensor:
        def step(cond: Tensor, uncond: Tensor, cfg: float) -> Tensor:
            return combine(Guided(guided.x, guided.sigma, cond, uncond, cfg, guided.model))

        first, second, last = answers
        if nested:
            return step(step(first, second, first_cfg), last, middle_cfg)
        return step(second, last, middle_cfg) + (first - second) * first_cfg

    return mix


def perpendicular(cfg: float, scale: float) -> Mix:
    """Away from that part only of the second prompt which does not point the way of the first; the last says nothing.

    Armandpour et al. 2023, Perp-Neg (arXiv:2304.04968), equation 4.
    """

    def mix(_guided: Guided, answers: Sequence[Tensor]) -> Tensor:
        first, second, empty = answers
        towards, away = first - empty, second - empty
        axes = tuple(range(1, towards.ndim))
        share = (away * towards).sum(axes, keepdim=True) / (towards**2).sum(axes, keepdim=True).clamp(min=1e-12)
        return empty + cfg * (towards - scale * (away - share * towards))

    return mix


def _match(model: Model, prompts: Sequence[Conditioning], height: int, width: int) -> list[list[Region]]:
    """Each side's regions, with one for every area of the others; all but the first follow the first one's controls."""
    sides = [resolve(prompt, model.family.sigmas, height, width, model.network) for prompt in prompts]
    matched = []
    for place, side in enumerate(sides):
        others = [region for other, regions in enumerate(sides) if other != place for region in regions]
        fitted = match_areas(side, others)
        matched.append(fitted if place == 0 else share_controls(fitted, sides[0]))
    return matched
