"""What the prompts say together: each answers for its region, and guidance pushes from the negative to the positive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from diffusion.adapters.steering import Steered, control_residuals
from diffusion.memory import Memory
from diffusion.model import Evaluation, Model, evaluate
from diffusion.sampling.regions import Region


@dataclass(frozen=True)
class Guided:
    """Both answers of one evaluation of the model, as guidance functions see them.

    cond and uncond are clean pictures (x0); uncond is None where cfg == 1 spared it. sigma is a single number.
    """

    x: Tensor
    sigma: Tensor
    cond: Tensor
    uncond: Tensor | None
    cfg: float
    model: Model


# Options of a Model that guidance reads.
CFG_FUNCTION = "cfg_function"  # CfgFunction: instead of plain CFG
AFTER_CFG = "after_cfg"  # tuple[AfterCfg, ...]: each may change what guidance gave
KEEP_UNCOND = "keep_uncond"  # True: the negative prompt is asked even at cfg == 1
_NOTHING = 1e-37  # the weight where nobody speaks, so that nothing is divided by 0
CfgFunction = Callable[[Guided], Tensor]
AfterCfg = Callable[[Guided, Tensor], Tensor]


@dataclass(frozen=True)
class Guidance:
    """Prompts resolved for latents of one size; asks the model about all of them at once.

    negative empty: no guidance. cfg == 1 spares the negative prompt, unless ``keep_uncond``.
    """

    model: Model
    positive: Sequence[Region]
    negative: Sequence[Region]
    cfg: float
    memory: Memory
    keep_uncond: bool = False

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        return self.both(x, sigma)[0]

    def both(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """(x0 with guidance, x0 of the negative prompt; the former again where there is none)."""
        wanted = bool(self.negative) and (self.cfg != 1 or self.keep_uncond)
        answers = predict(self.model, [self.positive, self.negative if wanted else ()], x, sigma, self.memory)
        guided = Guided(x, sigma, answers[0], answers[1] if wanted else None, self.cfg, self.model)
        x0 = combine(guided)
        for change in self.model.options.get(AFTER_CFG, ()):
            x0 = change(guided, x0)
        return x0, x0 if guided.uncond is None else guided.uncond


def predict(model: Model, sides: Sequence[Sequence[Region]], x: Tensor, sigma: Tensor, memory: Memory) -> list[Tensor]:
    """x0 by each side's regions. All of them go to the network in one call, which batches what it can.

    Where several regions of a side speak, their answers are averaged by weight. Those that fill have what the others'
    weights leave of 1. Where nobody speaks, x0 is 0.
    """
    level = float(sigma)
    speaking = [(side, region) for side, regions in enumerate(sides) for region in _heard(regions, level)]
    cuts = [x if region.box is None else region.box.cut(x) for _, region in speaking]
    levels = sigma.to(torch.float32).reshape(1).expand(len(x))
    steered = [
        Steered(cut, region.tokens, tuple(one.use for one in region.controls if one.acts_at(level)))
        for cut, (_, region) in zip(cuts, speaking, strict=True)
    ]
    residuals = control_residuals(model, steered, levels, memory)
    questions = [
        Evaluation(cut, levels, region.tokens, region.pooled, residual, region.patches_at(level), region.extra)
        for cut, (_, region), residual in zip(cuts, speaking, residuals, strict=True)
    ]
    answers = evaluate(model, questions, memory) if questions else []
    return [
        _average(x, [(region, answer) for (of, region), answer in zip(speaking, answers, strict=True) if of == side])
        for side in range(len(sides))
    ]


def _heard(regions: Sequence[Region], level: float) -> list[Region]:
    """The regions that speak now; those that fill only if the others leave something open."""
    speaking = [region for region in regions if region.speaks_at(level)]
    if any(region.box is None and region.weight is None and not region.fills for region in speaking):
        return [region for region in speaking if not region.fills]
    return speaking


def _average(x: Tensor, answers: Sequence[tuple[Region, Tensor]]) -> Tensor:
    if len(answers) == 1 and answers[0][0].box is None and answers[0][0].weight is None:
        return answers[0][1].to(x.device)
    total = torch.zeros_like(x)
    weights = torch.full_like(x[:, :1], _NOTHING)
    _add_up(total, weights, [one for one in answers if not one[0].fills])
    filling = [one for one in answers if one[0].fills]
    if filling:
        left = (1 - weights).clamp(min=0)  # what the others leave of each place
        filled, counts = torch.zeros_like(total), torch.zeros_like(weights)
        _add_up(filled, counts, filling)
        total, weights = total + filled * left, weights + counts * left
    return total / weights


def _add_up(total: Tensor, weights: Tensor, answers: Sequence[tuple[Region, Tensor]]) -> None:
    """Add answers times their weights to ``total``, and the weights to ``weights``, both in place."""
    for region, answer in answers:
        into, counted = (total, weights) if region.box is None else (region.box.cut(total), region.box.cut(weights))
        weight = torch.ones(1, 1, 1, 1, device=total.device) if region.weight is None else region.weight
        weight = _rows(weight.to(total.device), len(total))
        into += answer.to(total.device) * weight
        counted += weight


def _rows(weight: Tensor, batch: int) -> Tensor:
    """One mask a picture; too few are repeated in order, too many are cut."""
    if len(weight) in (1, batch):
        return weight
    return weight.repeat(-(-batch // len(weight)), 1, 1, 1)[:batch]


def combine(guided: Guided) -> Tensor:
    """Classifier-free guidance (Ho & Salimans 2022, arXiv:2207.12598), or what the model was told to do instead."""
    if guided.uncond is None:
        return guided.cond
    function: CfgFunction | None = guided.model.options.get(CFG_FUNCTION)
    if function is not None:
        return function(guided)
    return guided.uncond + (guided.cond - guided.uncond) * guided.cfg


def rescale_cfg(multiplier: float) -> CfgFunction:
    """CFG whose contrast is brought back towards the positive prompt's own. Lin et al. 2023 (arXiv:2305.08891), 3.4.

    Works on v, as the paper's models predict it. multiplier: 0 = plain CFG, 1 = all of the correction.
    """

    def combine(guided: Guided) -> Tensor:
        if guided.uncond is None:
            return guided.cond
        unit = (guided.sigma**2 + 1).sqrt()

        def as_v(x0: Tensor) -> Tensor:
            return (guided.x / unit**2 - x0) * unit / guided.sigma

        cond, uncond = as_v(guided.cond), as_v(guided.uncond)
        v = uncond + (cond - uncond) * guided.cfg
        axes = tuple(range(1, v.ndim))
        rescaled = v * (cond.std(dim=axes, keepdim=True) / v.std(dim=axes, keepdim=True))
        v = torch.lerp(v, rescaled, multiplier)
        return guided.x / unit**2 - v * guided.sigma / unit

    return combine
