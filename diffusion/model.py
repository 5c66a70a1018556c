"""The Model value, and the one place where networks are evaluated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import lcm
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from diffusion.families.family import CondTensors, Family, Residuals
from diffusion.memory import Handle, Memory, Patch, Patched

if TYPE_CHECKING:
    from diffusion.vae.autoencoder import Vae
    from diffusion.vae.tiny_files import TinyDecoder


@dataclass(frozen=True)
class Model:
    """A denoiser: its family, its network, and what is laid over it.

    adapters: patches of the network's weights, in order. options: settings that sampling reads, by name.
    vae: the one that came in the same file, for previews of its latents. preview: a tiny decoder that paints them.
    """

    family: Family
    network: Handle
    adapters: tuple[Patch, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    vae: Vae | None = None
    preview: TinyDecoder | None = None

    def with_adapter(self, patch: Patch) -> Model:
        return replace(self, adapters=(*self.adapters, patch))

    def with_options(self, **options: Any) -> Model:
        return replace(self, options={**self.options, **options})


@dataclass(frozen=True)
class Evaluation:
    """One question to a network: what is under the noise of ``x``?

    x: ``(batch, channels, h, w)`` float32. sigma: ``(batch,)``. tokens: ``(1 or batch, tokens, width)``.
    patches: of the network's weights, behind the model's own, for this question only.
    """

    x: Tensor
    sigma: Tensor
    tokens: Tensor
    pooled: Tensor | None = None
    residuals: Residuals | None = None
    patches: tuple[Patch, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


def evaluate(model: Model, evaluations: Sequence[Evaluation], memory: Memory) -> list[Tensor]:
    """x0 of each evaluation, float32, in their order. Evaluations of one shape go through the network together.

    Tokens of different length are repeated to their least common multiple, which attention does not notice.
    """
    results: dict[int, Tensor] = {}
    for patches, groups in _by_patches(evaluations).items():
        with memory.use(Patched(model.network, (*model.adapters, *patches))) as (network,), torch.no_grad():
            for group in groups:
                members = [evaluations[index] for index in group]
                answer = model.family.denoise(network, *_stack(members, memory.device))
                parts = torch.split_with_sizes(answer, [len(member.x) for member in members])
                results.update(zip(group, parts, strict=True))
    return [results[index] for index in range(len(evaluations))]


def _by_patches(evaluations: Sequence[Evaluation]) -> dict[tuple[Patch, ...], list[list[int]]]:
    """Indices of the evaluations that can share a batch, under the patches that they share."""
    found: defaultdict[tuple[Patch, ...], list[list[int]]] = defaultdict(list)
    for group in _groups(evaluations):
        found[evaluations[group[0]].patches].append(group)
    return found


def _groups(evaluations: Sequence[Evaluation]) -> list[list[int]]:
    """Indices of the evaluations that can share a batch."""
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index, one in enumerate(evaluations):
        residuals = one.residuals and (len(one.residuals.down), one.residuals.mid is None)
        # Extra tensors are not understood here, so what carries any goes alone.
        alone = index if one.extra else None
        groups[one.x.shape[1:], one.tokens.shape[2:], one.pooled is None, residuals, one.patches, alone].append(index)
    return list(groups.values())


def _stack(members: Sequence[Evaluation], device: torch.device) -> tuple[Tensor, Tensor, CondTensors, Residuals | None]:
    length = lcm(*[one.tokens.shape[1] for one in members])
    tokens = [one.tokens.repeat(1, length // one.tokens.shape[1], 1) for one in members]
    cond = CondTensors(
        tokens=_cat(tokens, members, device),
        pooled=None if members[0].pooled is None else _cat([one.pooled for one in members], members, device),
        extra=members[0].extra,
    )
    x = torch.cat([one.x for one in members]).to(device)
    sigma = torch.cat([one.sigma.expand(len(one.x)) for one in members]).to(device)
    return x, sigma, cond, _stack_residuals([one.residuals for one in members], device)


def _cat(tensors: Sequence[Tensor | None], members: Sequence[Evaluation], device: torch.device) -> Tensor:
    """One row a picture: a row that speaks for all pictures of its evaluation is repeated."""
    rows = [
        tensor if len(tensor) == len(one.x) else tensor[:1].expand(len(one.x), *tensor.shape[1:])
        for tensor, one in zip(tensors, members, strict=True)
        if tensor is not None
    ]
    return torch.cat(rows).to(device)


def _stack_residuals(residuals: Sequence[Residuals | None], device: torch.device) -> Residuals | None:
    present = [one for one in residuals if one is not None]
    if not present:
        return None
    down = tuple(torch.cat(tensors).to(device) for tensors in zip(*[one.down for one in present], strict=True))
    mids = [one.mid for one in present if one.mid is not None]
    return Residuals(down, torch.cat(mids).to(device) if mids else None)
