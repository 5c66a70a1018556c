"""LoRA: low-rank changes of weights (Hu et al. 2021, arXiv:2106.09685), read from a file and laid over values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from diffusion.adapters.lora_names import part_of_name, text_names, unet_names
from diffusion.checkpoint.detect import describe
from diffusion.checkpoint.weights_file import open_weights
from diffusion.errors import BadFile, DiffusionError
from diffusion.model import Model
from diffusion.text.clip import Clip

_MaybeClip = TypeVar("_MaybeClip", Clip, Clip | None)


@dataclass(frozen=True)
class Factors:
    """The change of one weight: ``scale * up @ down``, or with ``mid`` between them for a convolution.

    up: ``(out, rank, ...)``. down: ``(rank, in, ...)``. mid: ``(rank, rank, height, width)``. scale: alpha / rank.
    magnitude: the length that each row, or each column, of the changed weight is brought to (DoRA).
    """

    up: Tensor
    down: Tensor
    mid: Tensor | None
    scale: float
    magnitude: Tensor | None = None

    def change(self, weight: Tensor) -> Tensor:
        """The change of a weight of this shape, on its device, in its format."""
        up, down = self.up.to(weight).flatten(1), self.down.to(weight).flatten(1)
        if self.mid is None:
            return (self.scale * (up @ down)).reshape(weight.shape)
        inner: Tensor = torch.einsum("oa,abhw,bi->oihw", up, self.mid.to(weight), down)
        return self.scale * inner

    def applied(self, weight: Tensor, strength: float) -> Tensor:
        if self.magnitude is None:
            return weight + strength * self.change(weight)
        # Liu et al. 2024 (arXiv:2402.09353), equation 5; strength goes from the old weight to the new one.
        changed = weight + self.change(weight)
        magnitude = self.magnitude.to(weight)
        along_rows = magnitude.shape[0] == weight.shape[0]
        axes = tuple(range(1, weight.ndim)) if along_rows else (0, *range(2, weight.ndim))
        length: Tensor = torch.linalg.vector_norm(changed, dim=axes, keepdim=True)
        changed = changed * (magnitude.reshape(length.shape) / length)
        return weight + strength * (changed - weight)


@dataclass(frozen=True)
class Lora:
    """A LoRA file: what it changes, by the names that the file uses. Two readings of one unchanged file are equal."""

    path: Path
    changed_ns: int
    factors: Mapping[str, Factors] = field(compare=False)


@dataclass(frozen=True)
class LoraPatch:
    """A LoRA on one network. targets: parameter names of the network, and what the file calls them."""

    lora: Lora
    strength: float
    targets: Mapping[str, str] = field(compare=False)

    def parameters(self) -> Collection[str]:
        return self.targets.keys()

    def apply(self, name: str, weight: Tensor) -> Tensor:
        return self.lora.factors[self.targets[name]].applied(weight, self.strength)


def read_lora(path: Path) -> Lora:
    """The LoRA of a file, mapped, not read. Raises BadFile with a sentence for the user."""
    file = open_weights(path)
    factors = _gather({name: file.read(name) for name in file.tensors if part_of_name(name) is not None})
    if not factors:
        raise BadFile(f"{path.name} holds no LoRA of a kind that is known here. {describe(file.tensors)}")
    return Lora(path, path.stat().st_mtime_ns, factors)


def make_lora(weights: Mapping[str, Tensor], name: str) -> Lora:
    """A LoRA of tensors in memory, by the names that files use; ``name`` stands for the file in sentences to the user.

    Raises BadFile when there is none among them.
    """
    factors = _gather(weights)
    if not factors:
        raise BadFile(f"{name} holds no LoRA of a kind that is known here.")
    # Equal as values are: the same tensors need not be laid over a resident network again.
    return Lora(Path(name), hash(tuple((key, id(value)) for key, value in weights.items())), factors)


def apply(
    model: Model, clip: _MaybeClip, lora: Lora, strength_model: float, strength_clip: float
) -> tuple[Model, _MaybeClip]:
    """The model and the text encoder with the LoRA over both. Weights are changed when used, and never in the files.

    Raises DiffusionError when nothing in the LoRA fits either of them.
    """
    unet_targets = _targets(lora, unet_names(model.network))
    text_targets = {} if clip is None else _targets(lora, text_names(clip.encoder))
    if not unet_targets and not text_targets:
        raise DiffusionError(
            f"{lora.path.name} fits neither this model ({model.family.name}) nor its text encoder. "
            "It was made for another kind of model."
        )
    if unet_targets and strength_model != 0:
        model = model.with_adapter(LoraPatch(lora, strength_model, unet_targets))
    if clip is not None and text_targets and strength_clip != 0:
        clip = clip.with_adapter(LoraPatch(lora, strength_clip, text_targets))
    return model, clip


def _targets(lora: Lora, names: Mapping[str, tuple[str, torch.Size]]) -> dict[str, str]:
    """Which parameter each of the LoRA's modules changes; only those whose shape fits count."""
    targets = {}
    for module, factors in lora.factors.items():
        if module not in names:
            continue
        parameter, shape = names[module]
        if factors.up.shape[0] == shape[0] and factors.down.shape[1] == shape[1]:
            targets[parameter] = module
    return targets


def _gather(weights: Mapping[str, Tensor]) -> dict[str, Factors]:
    parts: dict[str, dict[str, Tensor]] = {}
    for name, tensor in weights.items():
        if (found := part_of_name(name)) is not None:
            module, part = found
            parts.setdefault(module, {})[part] = tensor
    return {module: _factors(tensors) for module, tensors in parts.items() if {"up", "down"} <= tensors.keys()}


def _factors(tensors: Mapping[str, Tensor]) -> Factors:
    rank = tensors["down"].shape[0]
    alpha = float(tensors["alpha"]) if "alpha" in tensors else float(rank)
    return Factors(tensors["up"], tensors["down"], tensors.get("mid"), alpha / rank, tensors.get("magnitude"))
