"""The shape of a KL autoencoder, read off its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from diffusion.errors import BadFile

if TYPE_CHECKING:
    from diffusion.checkpoint.header import TensorInfo


@dataclass(frozen=True)
class VaeConfig:
    """widths: channels of each level, from the picture's side. layers_per_block: residual blocks of the encoder."""

    latent_channels: int
    image_channels: int
    widths: tuple[int, ...]
    layers_per_block: int
    norm_groups: int
    quant_conv: bool

    @property
    def downscale(self) -> int:
        """Picture pixels per latent pixel."""
        return int(2 ** (len(self.widths) - 1))

    def for_diffusers(self) -> dict[str, Any]:
        """Arguments of diffusers' AutoencoderKL."""
        levels = len(self.widths)
        return {
            "in_channels": self.image_channels,
            "out_channels": self.image_channels,
            "latent_channels": self.latent_channels,
            "block_out_channels": self.widths,
            "layers_per_block": self.layers_per_block,
            "norm_num_groups": self.norm_groups,
            "down_block_types": ("DownEncoderBlock2D",) * levels,
            "up_block_types": ("UpDecoderBlock2D",) * levels,
            "use_quant_conv": self.quant_conv,
            "use_post_quant_conv": self.quant_conv,
        }


def infer_vae(tensors: Mapping[str, TensorInfo], norm_groups: int | None, where: str) -> VaeConfig:
    """The config of an LDM autoencoder's weights, named without prefix. Raises BadFile, naming ``where``."""
    blocks = [match for name in tensors if (match := _BLOCK.fullmatch(name))]
    widths = tuple(tensors[f"encoder.down.{level}.block.0.conv1.weight"].shape[0] for level in _numbers(blocks, 1))
    config = VaeConfig(
        latent_channels=tensors["decoder.conv_in.weight"].shape[1],
        image_channels=tensors["encoder.conv_in.weight"].shape[1],
        widths=widths,
        layers_per_block=len(_numbers(blocks, 2)),
        norm_groups=norm_groups or 32,
        quant_conv="quant_conv.weight" in tensors,
    )
    if any(width % config.norm_groups for width in widths):
        raise BadFile(f"{where}: {config.norm_groups} norm groups do not divide the VAE's widths {list(widths)}.")
    return config


_BLOCK = re.compile(r"encoder\.down\.(\d+)\.block\.(\d+)\.conv1\.weight")


def _numbers(blocks: list[re.Match[str]], group: int) -> list[int]:
    return sorted({int(match[group]) for match in blocks})
