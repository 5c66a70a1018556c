"""ControlNets at work: what they add inside the network for each question put to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

import torch
from torch import Tensor, nn

from diffusion.families.family import Residuals
from diffusion.memory import Memory
from diffusion.memory.packing import input_layout
from diffusion.model import Model
from diffusion.resize import resize
from diffusion.values import ControlUse


@dataclass(frozen=True)
class Steered:
    """A question to the network and the ControlNets that act on it now.

    x: ``(batch, channels, h, w)``. tokens: ``(1 or batch, tokens, width)``.
    """

    x: Tensor
    tokens: Tensor
    uses: tuple[ControlUse, ...]


def control_residuals(
    model: Model, questions: Sequence[Steered], sigma: Tensor, memory: Memory
) -> list[Residuals | None]:
    """For each question, the sum of what its ControlNets add; None where none acts. sigma: ``(batch,)``.

    Questions of one shape that share a use (a prompt and its negative, most often) go through it together.
    """
    sums: list[Residuals | None] = [None] * len(questions)
    for use, members in _groups(questions):
        shown = [questions[index] for index in members]
        for index, part in zip(members, _run(model, use, shown, sigma, memory), strict=True):
            sums[index] = part if sums[index] is None else _add(sums[index], part)
    return sums


def fit_hint(image: Tensor, x: Tensor, downscale: int) -> Tensor:
    """The control image ``(batch, channels, height, width)``, centre-cropped to what ``x`` shows, one row a picture."""
    height, width = x.shape[-2] * downscale, x.shape[-1] * downscale
    hint = resize(image.movedim(-1, 1)[:, :3], width, height, "nearest-exact", crop="center")
    return hint.repeat(-(-len(x) // len(hint)), 1, 1, 1)[: len(x)]


def _groups(questions: Sequence[Steered]) -> list[tuple[ControlUse, list[int]]]:
    groups: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    uses: dict[tuple[object, ...], ControlUse] = {}
    for index, question in enumerate(questions):
        for use in question.uses:
            key = id(use), question.x.shape, question.tokens.shape[-1]
            uses[key] = use
            groups[key].append(index)
    return [(uses[key], members) for key, members in groups.items()]


def _run(model: Model, use: ControlUse, questions: Sequence[Steered], sigma: Tensor, memory: Memory) -> list[Residuals]:
    x = torch.cat([one.x for one in questions]).to(memory.device)
    scaled, timestep = model.family.network_input(x, sigma.repeat(len(questions)).to(memory.device))
    length = lcm(*[one.tokens.shape[1] for one in questions])
    tokens = torch.cat([_per_picture(one, length) for one in questions])
    hint = fit_hint(use.image, questions[0].x, model.family.latent.downscale).repeat(len(questions), 1, 1, 1)
    with memory.use(use.net.handle) as (network,):
        down, mid = _ask(network, scaled, timestep, tokens.to(x), hint.to(x), use.strength)
    counts = [len(one.x) for one in questions]
    parts = zip(*[torch.split(tensor, counts) for tensor in (*down, mid)], strict=True)
    return [Residuals(tuple(part[:-1]), part[-1]) for part in parts]


def _ask(
    network: nn.Module, scaled: Tensor, timestep: Tensor, tokens: Tensor, hint: Tensor, strength: float
) -> tuple[list[Tensor], Tensor]:
    dtype = next(network.parameters()).dtype
    down, mid = network(
        scaled.to(dtype, memory_format=input_layout(network)),
        timestep,
        encoder_hidden_states=tokens.to(dtype),
        controlnet_cond=hint.to(dtype),
        conditioning_scale=strength,
        return_dict=False,
    )
    return list(down), mid


def _per_picture(question: Steered, length: int) -> Tensor:
    tokens = question.tokens.repeat(1, length // question.tokens.shape[1], 1)
    return tokens if len(tokens) == len(question.x) else tokens[:1].expand(len(question.x), *tokens.shape[1:])


def _add(one: Residuals | None, other: Residuals) -> Residuals:
    assert one is not None
    assert one.mid is not None
    assert other.mid is not None
    return Residuals(tuple(a + b for a, b in zip(one.down, other.down, strict=True)), one.mid + other.mid)
