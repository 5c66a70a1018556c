"""Changes of one weight, each by few numbers: low-rank, Hadamard and Kronecker products, rotations.

LoRA (Hu et al. 2021, arXiv:2106.09685) and LyCORIS' kinds (Yeh et al. 2023, arXiv:2309.14859).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

Shape = tuple[int, ...]


class Change(Protocol):
    """What a file does to one weight."""

    def fits(self, shape: Shape) -> bool:
        """Whether a weight of this shape can be changed so."""
        ...

    def applied(self, weight: Tensor, strength: float) -> Tensor:
        """The changed weight, on its device, in its format; strength 0 leaves it, 1 is what was trained."""
        ...


@dataclass(frozen=True)
class LowRank:
    """``scale * up @ down``, or with ``mid`` between them for a convolution.

    up: ``(out, rank, ...)``. down: ``(rank, in, ...)``. mid: ``(rank, rank, height, width)``. scale: alpha / rank.
    magnitude: the length that each row, or each column, of the changed weight is brought to (DoRA).
    """

    up: Tensor
    down: Tensor
    mid: Tensor | None
    scale: float
    magnitude: Tensor | None = None

    def fits(self, shape: Shape) -> bool:
        return self.up.shape[0] == shape[0] and self.down.shape[1] == shape[1]

    def applied(self, weight: Tensor, strength: float) -> Tensor:
        return add(weight, self._difference(weight), strength, self.magnitude)

    def _difference(self, weight: Tensor) -> Tensor:
        up, down = self.up.to(weight).flatten(1), self.down.to(weight).flatten(1)
        if self.mid is None:
            return (self.scale * (up @ down)).reshape(weight.shape)
        inner: Tensor = torch.einsum("oa,abhw,bi->oihw", up, self.mid.to(weight), down)
        return self.scale * inner


@dataclass(frozen=True)
class Hadamard:
    """LoHa: ``scale * (w1_a @ w1_b) * (w2_a @ w2_b)``, element by element. parts: these four, by name.

    w1_a, w2_a: ``(out, rank)``. w1_b, w2_b: ``(rank, in)``, where a convolution's window counts to ``in``; with ``t1``
    and ``t2`` ``(rank, rank, height, width)`` between them, w1_a and w2_a are ``(rank, out)``.
    """

    parts: Mapping[str, Tensor]
    scale: float
    magnitude: Tensor | None = None

    def fits(self, shape: Shape) -> bool:
        return all(_whole_shape(self.parts, name) == (shape[0], _area(shape)) for name in ("w1", "w2"))

    def applied(self, weight: Tensor, strength: float) -> Tensor:
        moved = {name: part.to(weight) for name, part in self.parts.items()}
        return add(weight, (self.scale * hadamard(moved)).reshape(weight.shape), strength, self.magnitude)


@dataclass(frozen=True)
class Kronecker:
    """LoKr: ``scale`` times the Kronecker product of two smaller matrices, each whole or as a product of two.

    parts: ``w1`` or ``w1_a`` and ``w1_b``, ``w2`` or ``w2_a`` and ``w2_b``.
    """

    parts: Mapping[str, Tensor]
    scale: float
    magnitude: Tensor | None = None

    def fits(self, shape: Shape) -> bool:
        first, second = (_whole_shape(self.parts, name) for name in ("w1", "w2"))
        return first[0] * second[0] == shape[0] and first[1] * second[1] == _area(shape)

    def applied(self, weight: Tensor, strength: float) -> Tensor:
        moved = {name: part.to(weight) for name, part in self.parts.items()}
        return add(weight, (self.scale * kronecker(moved)).reshape(weight.shape), strength, self.magnitude)


@dataclass(frozen=True)
class Rotation:
    """OFT: groups of rows are rotated (Qiu et al. 2023, arXiv:2306.07280). blocks: ``(groups, size, size)``.

    limit: the largest norm of the blocks together; 0 = none. rescale: a factor for each row.
    """

    blocks: Tensor
    limit: float
    rescale: Tensor | None = None

    def fits(self, shape: Shape) -> bool:
        return self.blocks.shape[0] * self.blocks.shape[1] == shape[0]

    def applied(self, weight: Tensor, strength: float) -> Tensor:
        turned = rotated(weight, self.blocks.to(weight), self.limit)
        if self.rescale is not None:
            turned = turned * self.rescale.to(weight).reshape(-1, *[1] * (weight.ndim - 1))
        return weight + strength * (turned - weight)


def hadamard(parts: Mapping[str, Tensor]) -> Tensor:
    """``(out, in)``: two products of low rank, multiplied element by element."""
    return _whole(parts, "w1") * _whole(parts, "w2")


def kronecker(parts: Mapping[str, Tensor]) -> Tensor:
    """``(out, in)``: every number of the first matrix times the whole second one."""
    return torch.kron(_whole(parts, "w1"), _whole(parts, "w2"))


def rotated(weight: Tensor, blocks: Tensor, limit: float = 0.0) -> Tensor:
    """The weight with each group of rows turned by a block: Cayley's map of its skew part, an orthogonal matrix."""
    skew = blocks - blocks.transpose(1, 2)
    if limit > 0:
        skew = skew * (limit / (skew.norm() + 1e-8)).clamp(max=1)
    unit = torch.eye(blocks.shape[1]).to(blocks)
    turn = torch.linalg.solve((unit - skew).float(), (unit + skew).float(), left=False).to(weight)
    groups = weight.reshape(*blocks.shape[:2], -1)
    return torch.einsum("gnm,gni->gmi", turn, groups).reshape(weight.shape)


def add(weight: Tensor, difference: Tensor, strength: float, magnitude: Tensor | None) -> Tensor:
    """The weight and its difference, brought to ``magnitude`` where there is one.

    Liu et al. 2024 (arXiv:2402.09353), equation 5; strength goes from the old weight to the new one.
    """
    if magnitude is None:
        return weight + strength * difference
    changed = weight + difference
    magnitude = magnitude.to(weight)
    along_rows = magnitude.shape[0] == weight.shape[0]
    axes = tuple(range(1, weight.ndim)) if along_rows else (0, *range(2, weight.ndim))
    length: Tensor = torch.linalg.vector_norm(changed, dim=axes, keepdim=True)
    changed = changed * (magnitude.reshape(length.shape) / length)
    return weight + strength * (changed - weight)


def _whole(parts: Mapping[str, Tensor], name: str) -> Tensor:
    """``(out, in)``: a matrix that is there as it is, or as a product of two, or of two and a core between them."""
    if name in parts:
        return parts[name].flatten(1)
    first, second, core = parts[f"{name}_a"], parts[f"{name}_b"], parts.get(f"t{name[1:]}")
    if core is None:
        return first @ second.flatten(1)
    inner: Tensor = torch.einsum("abhw,bi,ao->oihw", core, second, first)
    return inner.flatten(1)


def _whole_shape(parts: Mapping[str, Tensor], name: str) -> tuple[int, int]:
    if name in parts:
        return parts[name].shape[0], _area(parts[name].shape)
    first, second, core = parts[f"{name}_a"].shape, parts[f"{name}_b"].shape, parts.get(f"t{name[1:]}")
    return (first[0], _area(second)) if core is None else (first[1], second[1] * core[0, 0].numel())


def _area(shape: Shape) -> int:
    """All but the first side, multiplied."""
    product = 1
    for side in shape[1:]:
        product *= side
    return product
