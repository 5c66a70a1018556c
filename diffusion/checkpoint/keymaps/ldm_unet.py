"""The U-Net of the latent diffusion code base (input_blocks, middle_block, output_blocks) to diffusers' names."""

from __future__ import annotations

import re

_WHOLE = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "label_emb.0.0": "add_embedding.linear_1",
    "label_emb.0.2": "add_embedding.linear_2",
    "input_blocks.0.0": "conv_in",
    "out.0": "conv_norm_out",
    "out.2": "conv_out",
}

_RESNET = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}

_BLOCK = re.compile(r"(input_blocks|output_blocks)\.(\d+)\.(\d+)\.(.+)")
_MIDDLE = re.compile(r"middle_block\.(\d)\.(.+)")


def unet_name(name: str, layers_per_block: int) -> str | None:
    """Diffusers' name of an LDM U-Net weight, both without prefix; None when the layout has no such weight.

    An LDM level counts its down-sampling as one more block, and has one residual block more on the way up.
    """
    stem, _, leaf = name.rpartition(".")
    if stem in _WHOLE:
        return f"{_WHOLE[stem]}.{leaf}"
    if match := _MIDDLE.fullmatch(name):
        return _middle_name(int(match[1]), match[2])
    if not (match := _BLOCK.fullmatch(name)):
        return None
    side, index, part, rest = match[1], int(match[2]), int(match[3]), match[4]
    if side == "input_blocks":
        level, layer = divmod(index - 1, layers_per_block + 1)
        return _block_name(f"down_blocks.{level}", layer, part, rest, sampler=("op", "downsamplers"))
    level, layer = divmod(index, layers_per_block + 1)
    return _block_name(f"up_blocks.{level}", layer, part, rest, sampler=("conv", "upsamplers"))


def _block_name(level: str, layer: int, part: int, rest: str, sampler: tuple[str, str]) -> str | None:
    here, there = sampler
    if rest in (f"{here}.weight", f"{here}.bias"):
        return f"{level}.{there}.0.conv.{rest.rpartition('.')[2]}"
    if part == 0:
        return _resnet_name(f"{level}.resnets.{layer}", rest)
    return f"{level}.attentions.{layer}.{rest}" if part == 1 else None


def _middle_name(part: int, rest: str) -> str | None:
    if part == 1:
        return f"mid_block.attentions.0.{rest}"
    return _resnet_name(f"mid_block.resnets.{part // 2}", rest)


def _resnet_name(block: str, rest: str) -> str | None:
    stem, _, leaf = rest.rpartition(".")
    return f"{block}.{_RESNET[stem]}.{leaf}" if stem in _RESNET else None
