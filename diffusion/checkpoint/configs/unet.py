"""The shape of an LDM U-Net: widths, depth and where attention is, read off its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diffusion.errors import BadFile

if TYPE_CHECKING:
    from diffusion.checkpoint.header import TensorInfo

# Stable Diffusion 1 has this many attention heads at every width; no shape tells.
SD1_HEADS = 8


@dataclass(frozen=True)
class UNetConfig:
    """widths: channels of each level, from the picture's side. attention: transformer blocks a level, 0 = none.

    head_dim: channels per attention head; None = ``SD1_HEADS`` heads at every width.
    """

    in_channels: int
    out_channels: int
    widths: tuple[int, ...]
    layers_per_block: int
    attention: tuple[int, ...]
    mid_attention: int
    context_width: int
    head_dim: int | None = None

    def heads(self, width: int) -> int:
        return SD1_HEADS if self.head_dim is None else width // self.head_dim

    def for_diffusers(self) -> dict[str, Any]:
        """Arguments of diffusers' UNet2DConditionModel (which calls the number of heads ``attention_head_dim``)."""
        return {
            "in_channels": self.in_channels,
            "out_channels": self.out_channels,
            "block_out_channels": self.widths,
            "layers_per_block": self.layers_per_block,
            "down_block_types": tuple("CrossAttnDownBlock2D" if a else "DownBlock2D" for a in self.attention),
            "up_block_types": tuple("CrossAttnUpBlock2D" if a else "UpBlock2D" for a in reversed(self.attention)),
            "transformer_layers_per_block": tuple(depth or 1 for depth in self.attention),
            "attention_head_dim": tuple(self.heads(width) for width in self.widths),
            "cross_attention_dim": self.context_width,
        }


def infer_unet(tensors: Mapping[str, TensorInfo], head_dim: int | None, where: str) -> UNetConfig:
    """The config of an LDM U-Net's weights, named without prefix. Raises BadFile, naming ``where``."""
    levels = _levels(tensors)
    depths = {len(level) for level in levels}
    uneven = any(len({attention for _, attention in level}) > 1 for level in levels)
    if not levels or len(depths) > 1 or uneven:
        raise BadFile(f"{where}: its U-Net has levels of uneven depth ({levels}), which no known family has.")
    widths = tuple(level[0][0] for level in levels)
    config = UNetConfig(
        in_channels=tensors["input_blocks.0.0.weight"].shape[1],
        out_channels=tensors["out.2.weight"].shape[0],
        widths=widths,
        layers_per_block=depths.pop(),
        attention=tuple(level[0][1] for level in levels),
        mid_attention=_depth(tensors, "middle_block.1."),
        context_width=tensors["middle_block.1.transformer_blocks.0.attn2.to_k.weight"].shape[1],
        head_dim=head_dim,
    )
    _check_divisible(config, where)
    return config


def _levels(tensors: Mapping[str, TensorInfo]) -> list[list[tuple[int, int]]]:
    """(width, transformer blocks) of every residual block on the way down, grouped by level."""
    count = 1 + max((int(m[1]) for name in tensors if (m := re.match(r"input_blocks\.(\d+)\.", name))), default=0)
    levels: list[list[tuple[int, int]]] = [[]]
    for index in range(1, count):
        if f"input_blocks.{index}.0.op.weight" in tensors:
            levels.append([])
        elif conv := tensors.get(f"input_blocks.{index}.0.in_layers.2.weight"):
            levels[-1].append((conv.shape[0], _depth(tensors, f"input_blocks.{index}.1.")))
    return [level for level in levels if level]


def _depth(tensors: Mapping[str, TensorInfo], block: str) -> int:
    """How many transformer blocks stand under this name."""
    found = (re.match(re.escape(block) + r"transformer_blocks\.(\d+)\.", name) for name in tensors)
    return 1 + max((int(match[1]) for match in found if match), default=-1)


def _check_divisible(config: UNetConfig, where: str) -> None:
    for width, attention in zip(config.widths, (*config.attention[:-1], True), strict=True):
        if width % 32:
            raise BadFile(f"{where}: its U-Net is {width} channels wide, which 32 norm groups do not divide.")
        if attention and ((config.head_dim and width % config.head_dim) or width % config.heads(width)):
            raise BadFile(f"{where}: {config.head_dim or SD1_HEADS} (unet_head_dim) does not divide width {width}.")
