"""What a training of a LoRA goes on from: the numbers of a file that was made before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from diffusion.adapters.changes import Change, Hadamard, Kronecker, LowRank, Rotation
from diffusion.adapters.lora import read_lora
from diffusion.adapters.lora_names import unet_names
from diffusion.model import Model
from graph.errors import UserError
from training.lora import LoraAsk, make_changes


def read_start(model: Model, path: Path, ask: LoraAsk) -> dict[str, dict[str, Tensor]]:
    """Numbers of each change, by the layer's path. Raises UserError for a file that is not gone on from whole."""
    names = unet_names(model.network)
    wanted = make_changes(model.network.module, ask)
    found: dict[str, dict[str, Tensor]] = {}
    for module, change in read_lora(path).changes.items():
        layer = names[module][0].removesuffix(".weight") if module in names else ""
        if layer not in wanted:
            raise UserError(f"{path.name} changes {module}, which is not trained here. Choose another existing_lora.")
        found[layer] = {name: number.float() for name, number in _numbers(change).items()}
        shapes = {name: tuple(number.shape) for name, number in found[layer].items()}
        if isinstance(change, LowRank) and ask.algorithm == "lora" and len(change.down) != ask.rank:
            raise UserError(
                f"{path.name} has rank {len(change.down)}. Set rank to {len(change.down)} to go on from it."
            )
        if shapes != {name: tuple(number.shape) for name, number in wanted[layer].named_parameters()}:
            raise UserError(
                f"{path.name} was made by another algorithm, of another rank, or for another kind of model. "
                "Choose what it was made with, or another existing_lora."
            )
    return found


def _numbers(change: Change) -> Mapping[str, Tensor]:
    """What of a file's change is learnt, by its name in training; nothing for kinds that are not trained here."""
    match change:
        case LowRank(up=up, down=down, mid=None, scale=scale, magnitude=None):
            return {"down": down, "up": up * scale}
        case Hadamard(parts=parts, scale=scale, magnitude=None):
            return {**parts, "w2_a": parts["w2_a"] * scale}
        case Kronecker(parts=parts, scale=scale, magnitude=None) if "w1" in parts:
            return {**parts, "w1": parts["w1"] * scale}
        case Rotation(blocks=blocks, limit=0.0, rescale=None):
            return {"blocks": blocks}
        case _:
            return {}
