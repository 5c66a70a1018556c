"""LoRA and its kin: changes of weights, read from a file and laid over values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from diffusion.adapters.changes import Change, Hadamard, Kronecker, LowRank, Rotation
from diffusion.adapters.lora_names import part_of_name, text_names, unet_names
from diffusion.checkpoint.detect import describe
from diffusion.checkpoint.weights_file import open_weights
from diffusion.errors import BadFile, DiffusionError
from diffusion.memory import Handle
from diffusion.model import Model
from diffusion.text.clip import Clip

_MaybeClip = TypeVar("_MaybeClip", Clip, Clip | None)


@dataclass(frozen=True)
class Lora:
    """A LoRA file: what it changes, by the names that the file uses. Two readings of one unchanged file are equal."""

    path: Path
    changed_ns: int
    changes: Mapping[str, Change] = field(compare=False)


@dataclass(frozen=True)
class LoraPatch:
    """A LoRA on one network. targets: parameter names of the network, and what the file calls them."""

    lora: Lora
    strength: float
    targets: Mapping[str, str] = field(compare=False)

    def parameters(self) -> Collection[str]:
        return self.targets.keys()

    def apply(self, name: str, weight: Tensor) -> Tensor:
        return self.lora.changes[self.targets[name]].applied(weight, self.strength)


def read_lora(path: Path) -> Lora:
    """The LoRA of a file, mapped, not read. Raises BadFile with a sentence for the user."""
    file = open_weights(path)
    changes = _gather({name: file.read(name) for name in file.tensors if part_of_name(name) is not None})
    if not changes:
        raise BadFile(f"{path.name} holds no LoRA of a kind that is known here. {describe(file.tensors)}")
    return Lora(path, path.stat().st_mtime_ns, changes)


def make_lora(weights: Mapping[str, Tensor], name: str) -> Lora:
    """A LoRA of tensors in memory, by the names that files use; ``name`` stands for the file in sentences to the user.

    Raises BadFile when there is none among them.
    """
    changes = _gather(weights)
    if not changes:
        raise BadFile(f"{name} holds no LoRA of a kind that is known here.")
    # Equal as values are: the same tensors need not be laid over a resident network again.
    return Lora(Path(name), hash(tuple((key, id(value)) for key, value in weights.items())), changes)


def apply(
    model: Model, clip: _MaybeClip, lora: Lora, strength_model: float, strength_clip: float
) -> tuple[Model, _MaybeClip]:
    """The model and the text encoder with the LoRA over both. Weights are changed when used, and never in the files.

    Raises DiffusionError when nothing in the LoRA fits either of them.
    """
    ours = network_patch(lora, model.network, strength_model)
    theirs = None if clip is None else text_patch(lora, clip.encoder, strength_clip)
    if ours is None and theirs is None:
        raise DiffusionError(
            f"{lora.path.name} fits neither this model ({model.family.name}) nor its text encoder. "
            "It was made for another kind of model."
        )
    if ours is not None and strength_model != 0:
        model = model.with_adapter(ours)
    if clip is not None and theirs is not None and strength_clip != 0:
        clip = clip.with_adapter(theirs)
    return model, clip


def network_patch(lora: Lora, network: Handle, strength: float) -> LoraPatch | None:
    """What the LoRA does to a denoiser; None where nothing in it fits."""
    targets = _targets(lora, unet_names(network))
    return LoraPatch(lora, strength, targets) if targets else None


def text_patch(lora: Lora, encoder: Handle, strength: float) -> LoraPatch | None:
    """What the LoRA does to a text encoder; None where nothing in it fits."""
    targets = _targets(lora, text_names(encoder))
    return LoraPatch(lora, strength, targets) if targets else None


def _targets(lora: Lora, names: Mapping[str, tuple[str, torch.Size]]) -> dict[str, str]:
    """Which parameter each of the LoRA's modules changes; only those whose shape fits count."""
    targets = {}
    for module, change in lora.changes.items():
        if module in names and change.fits(tuple(names[module][1])):
            targets[names[module][0]] = module
    return targets


def _gather(weights: Mapping[str, Tensor]) -> dict[str, Change]:
    parts: dict[str, dict[str, Tensor]] = {}
    for name, tensor in weights.items():
        if (found := part_of_name(name)) is not None:
            module, part = found
            parts.setdefault(module, {})[part] = tensor
    changes = {module: _change(tensors) for module, tensors in parts.items()}
    return {module: change for module, change in changes.items() if change is not None}


def _change(tensors: Mapping[str, Tensor]) -> Change | None:
    """The change that a module's parts make up; None where some are missing, or of a kind that is not known."""
    magnitude = tensors.get("magnitude")
    alpha = float(tensors["alpha"]) if "alpha" in tensors else None
    named = {name.partition("_")[2]: tensor for name, tensor in tensors.items() if name.startswith(("hada_", "lokr_"))}
    if {"up", "down"} <= tensors.keys():
        up, down = tensors["up"], tensors["down"]
        return LowRank(up, down, tensors.get("mid"), _scale(alpha, len(down)), magnitude)
    if {"w1_a", "w1_b", "w2_a", "w2_b"} <= named.keys() and "hada_w1_a" in tensors:
        return Hadamard(named, _scale(alpha, len(named["w1_b"])), magnitude)
    if all(name in named or {f"{name}_a", f"{name}_b"} <= named.keys() for name in ("w1", "w2")):
        rank = next((len(named[name]) for name in ("w1_b", "w2_b") if name in named), None)
        return Kronecker(named, 1.0 if rank is None else _scale(alpha, rank), magnitude)
    if "oft_blocks" in tensors and tensors["oft_blocks"].ndim == 3:
        return Rotation(tensors["oft_blocks"], alpha or 0.0, tensors.get("rescale"))
    return None


def _scale(alpha: float | None, rank: int) -> float:
    return 1.0 if alpha is None else alpha / rank
