"""ControlNets: loaded from either layout of file, held as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.checkpoint.configs.unet import UNetConfig, infer_unet
from diffusion.checkpoint.detect import Part, Rule, describe
from diffusion.checkpoint.fill import build_filled
from diffusion.checkpoint.header import TensorInfo
from diffusion.checkpoint.keymaps.ldm_unet import unet_name
from diffusion.checkpoint.settings import read_settings
from diffusion.checkpoint.weights_file import WeightsFile, open_weights
from diffusion.errors import BadFile
from diffusion.memory import Handle, Memory

if TYPE_CHECKING:
    from diffusers import ControlNetModel

_LDM_MARK = "input_hint_block.0.weight"
_DIFFUSERS_MARK = "controlnet_cond_embedding.conv_in.weight"
_LAST_HINT = 14


@dataclass(frozen=True)
class ControlNet:
    """A copy of a U-Net's way down that sees a control image (Zhang et al. 2023, arXiv:2302.05543)."""

    name: str
    handle: Handle


def load_controlnet(path: Path, memory: Memory) -> ControlNet:
    """The ControlNet of a file, mapped, not read. Raises BadFile with a sentence for the user."""
    file = open_weights(path)
    stat = path.stat()
    key = (path.resolve(), stat.st_mtime_ns, stat.st_size, "control")
    return ControlNet(path.name, memory.share(key, lambda: _build(file)))


def _build(file: WeightsFile) -> Handle:
    part, is_ldm = _find_part(file)
    config = _infer(part.tensors, file, is_ldm)
    hint = _LDM_MARK if is_ldm else _DIFFUSERS_MARK
    if part.tensors[hint].shape[1] != 3:
        raise BadFile(f"{file.path.name} takes a control image of {part.tensors[hint].shape[1]} channels, not 3.")
    widths = _hint_widths(part.tensors, is_ldm)

    def rename(name: str) -> str | None:
        return controlnet_name(name, config.layers_per_block) if is_ldm else name

    def make() -> ControlNetModel:
        return build_controlnet(config, widths)

    module = build_filled(make, part, file, rename)
    return Handle(f"ControlNet ({file.path.name})", "control", module, on_converted=file.forget_pages)


def build_controlnet(config: UNetConfig, hint_widths: tuple[int, ...]) -> ControlNetModel:
    """Diffusers' module for a U-Net of this shape."""
    from diffusers import ControlNetModel

    arguments = {key: value for key, value in config.for_diffusers().items() if key not in _UNET_ONLY}
    return ControlNetModel(**arguments, conditioning_embedding_out_channels=hint_widths)


_UNET_ONLY = ("out_channels", "up_block_types")


def controlnet_name(name: str, layers_per_block: int) -> str | None:
    """Diffusers' name of an LDM ControlNet's weight, both without prefix; None when the layout has no such weight."""
    if match := re.fullmatch(r"input_hint_block\.(\d+)\.(weight|bias)", name):
        index, leaf = int(match[1]), match[2]
        inner = {0: "conv_in", _LAST_HINT: "conv_out"}.get(index, f"blocks.{index // 2 - 1}")
        return f"controlnet_cond_embedding.{inner}.{leaf}"
    if match := re.fullmatch(r"zero_convs\.(\d+)\.0\.(weight|bias)", name):
        return f"controlnet_down_blocks.{match[1]}.{match[2]}"
    if match := re.fullmatch(r"middle_block_out\.0\.(weight|bias)", name):
        return f"controlnet_mid_block.{match[1]}"
    return unet_name(name, layers_per_block)


def _find_part(file: WeightsFile) -> tuple[Part, bool]:
    """The ControlNet in the file, and whether it is in the layout of the original code."""
    for prefix, mark in (("control_model.", _LDM_MARK), ("", _LDM_MARK), ("", _DIFFUSERS_MARK)):
        if prefix + mark in file.tensors:
            rule = Rule("other", None, "a ControlNet", (prefix,), (mark,))
            tensors = {n.removeprefix(prefix): info for n, info in file.tensors.items() if n.startswith(prefix)}
            return Part(rule, prefix, tensors), mark == _LDM_MARK
    raise BadFile(f"{file.path.name} holds no ControlNet. {describe(file.tensors)}")


def _infer(tensors: Mapping[str, TensorInfo], file: WeightsFile, is_ldm: bool) -> UNetConfig:
    head_dim = read_settings(file).unet_head_dim
    named = tensors if is_ldm else _in_ldm_names(tensors)
    context = "middle_block.1.transformer_blocks.0.attn2.to_k.weight"
    if "input_blocks.0.0.weight" not in named or context not in named:
        raise BadFile(f"{file.path.name} is a ControlNet of a kind that cannot be loaded yet. {describe(tensors)}")
    # A ControlNet has no way out; it ends where its U-Net's middle ends.
    return infer_unet({**named, "out.2.weight": named["input_blocks.0.0.weight"]}, head_dim, file.path.name)


def _in_ldm_names(tensors: Mapping[str, TensorInfo]) -> dict[str, TensorInfo]:
    """What shapes are inferred from, under the names of the original code."""
    layers = 1 + max(
        (int(m[1]) for name in tensors if (m := re.match(r"down_blocks\.0\.resnets\.(\d+)\.", name))), default=0
    )
    named: dict[str, TensorInfo] = {}
    for name, info in tensors.items():
        if match := re.fullmatch(r"down_blocks\.(\d+)\.(resnets|attentions|downsamplers)\.(\d+)\.(.+)", name):
            level, kind, layer, rest = int(match[1]), match[2], int(match[3]), match[4]
            block = f"input_blocks.{1 + level * (layers + 1) + (layers if kind == 'downsamplers' else layer)}"
            part = {"resnets": "0", "attentions": "1", "downsamplers": "0"}[kind]
            named[f"{block}.{part}.{_LDM_LEAVES.get(rest, rest)}"] = info
        else:
            named[_LDM_LEAVES.get(name, name.replace("mid_block.attentions.0.", "middle_block.1."))] = info
    return named


_LDM_LEAVES = {
    "conv1.weight": "in_layers.2.weight",
    "conv.weight": "op.weight",
    "conv_in.weight": "input_blocks.0.0.weight",
}


def _hint_widths(tensors: Mapping[str, TensorInfo], is_ldm: bool) -> tuple[int, ...]:
    """Channels of the layers that the control image goes through before it meets the latent."""
    first, blocks = (
        ("input_hint_block.0.weight", [f"input_hint_block.{index}.weight" for index in (4, 8, 12)])
        if is_ldm
        else (_DIFFUSERS_MARK, [f"controlnet_cond_embedding.blocks.{index}.weight" for index in (1, 3, 5)])
    )
    return tuple(tensors[name].shape[0] for name in (first, *blocks) if name in tensors)
