"""Tiny checkpoints with random weights, in the real files' layout: written from the layout's rules, name by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

Shapes = Iterator[tuple[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Widths:
    """unet, vae: channels of each level. attention: which U-Net levels have it. text: width of the text encoder."""

    unet: tuple[int, ...] = (32, 64)
    attention: tuple[bool, ...] = (True, False)
    unet_layers: int = 1
    in_channels: int = 4
    vae: tuple[int, ...] = (8, 8, 16, 16)
    vae_layers: int = 1
    text: int = 32
    text_layers: int = 2
    merges: int = 300


METADATA = {"vae_norm_groups": "4", "text_heads": "2", "vocab": "clip-merges-300"}


def write_sd1_checkpoint(
    path: Path,
    seed: int = 0,
    widths: Widths | None = None,
    *,
    parts: Sequence[str] = ("unet", "vae", "text"),
    metadata: dict[str, str] | None = None,
    dtype: torch.dtype = torch.float16,
) -> Path:
    """A whole Stable Diffusion 1 file of under 2 MB: U-Net, VAE and CLIP, or only some of these parts."""
    widths = widths or Widths()
    shapes = {
        "unet": ("model.diffusion_model.", unet_shapes(widths)),
        "vae": ("first_stage_model.", vae_shapes(widths)),
        "text": ("cond_stage_model.transformer.text_model.", text_shapes(widths)),
    }
    weights: dict[str, Tensor] = {}
    for part in parts:
        prefix, named = shapes[part]
        weights |= random_weights({prefix + name: shape for name, shape in named}, seed, dtype)
    save_file(weights, path, metadata={**METADATA, **(metadata or {})})
    return path


def random_weights(
    shapes: dict[str, tuple[int, ...]], seed: int = 0, dtype: torch.dtype = torch.float16
) -> dict[str, Tensor]:
    """Weights that keep activations near unit size: scaled by fan-in, norms near 1, biases small."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in shapes.items():
        values = torch.randn(shape, generator=generator)
        if len(shape) > 1:
            values /= prod(shape[1:]) ** 0.5
        else:
            values = values * 0.1 + (1.0 if name.endswith("weight") else 0.0)
        weights[name] = values.to(dtype)
    return weights


def unet_shapes(widths: Widths) -> Shapes:
    """Names and shapes of an LDM U-Net."""
    first, time = widths.unet[0], widths.unet[0] * 4
    yield from _affine("time_embed.0", time, first)
    yield from _affine("time_embed.2", time, time)
    yield from _affine("input_blocks.0.0", first, widths.in_channels, 3, 3)
    skips, channels, index = [first], first, 1
    for level, width in enumerate(widths.unet):
        for _ in range(widths.unet_layers):
            yield from _unet_block(f"input_blocks.{index}", channels, width, time, widths, level)
            channels, index = width, index + 1
            skips.append(channels)
        if level < len(widths.unet) - 1:
            yield from _affine(f"input_blocks.{index}.0.op", channels, channels, 3, 3)
            index += 1
            skips.append(channels)
    yield from _unet_resnet("middle_block.0", channels, channels, time)
    yield from _transformer("middle_block.1", channels, widths.text)
    yield from _unet_resnet("middle_block.2", channels, channels, time)
    index = 0
    for level, width in reversed(list(enumerate(widths.unet))):
        for layer in range(widths.unet_layers + 1):
            yield from _unet_block(f"output_blocks.{index}", channels + skips.pop(), width, time, widths, level)
            channels = width
            if layer == widths.unet_layers and level > 0:
                part = 2 if widths.attention[level] else 1
                yield from _affine(f"output_blocks.{index}.{part}.conv", channels, channels, 3, 3)
            index += 1
    yield from _affine("out.0", first)
    yield from _affine("out.2", 4, first, 3, 3)


def _unet_block(name: str, channels: int, width: int, time: int, widths: Widths, level: int) -> Shapes:
    yield from _unet_resnet(f"{name}.0", channels, width, time)
    if widths.attention[level]:
        yield from _transformer(f"{name}.1", width, widths.text)


def _unet_resnet(name: str, channels: int, width: int, time: int) -> Shapes:
    yield from _affine(f"{name}.in_layers.0", channels)
    yield from _affine(f"{name}.in_layers.2", width, channels, 3, 3)
    yield from _affine(f"{name}.emb_layers.1", width, time)
    yield from _affine(f"{name}.out_layers.0", width)
    yield from _affine(f"{name}.out_layers.3", width, width, 3, 3)
    if channels != width:
        yield from _affine(f"{name}.skip_connection", width, channels, 1, 1)


def _transformer(name: str, width: int, context: int) -> Shapes:
    yield from _affine(f"{name}.norm", width)
    yield from _affine(f"{name}.proj_in", width, width, 1, 1)
    block = f"{name}.transformer_blocks.0"
    for attention, source in (("attn1", width), ("attn2", context)):
        yield f"{block}.{attention}.to_q.weight", (width, width)
        yield f"{block}.{attention}.to_k.weight", (width, source)
        yield f"{block}.{attention}.to_v.weight", (width, source)
        yield from _affine(f"{block}.{attention}.to_out.0", width, width)
    for norm in ("norm1", "norm2", "norm3"):
        yield from _affine(f"{block}.{norm}", width)
    yield from _affine(f"{block}.ff.net.0.proj", width * 8, width)
    yield from _affine(f"{block}.ff.net.2", width, width * 4)
    yield from _affine(f"{name}.proj_out", width, width, 1, 1)


def vae_shapes(widths: Widths) -> Shapes:
    """Names and shapes of an LDM autoencoder with four latent channels."""
    yield from _affine("encoder.conv_in", widths.vae[0], 3, 3, 3)
    channels = widths.vae[0]
    for level, width in enumerate(widths.vae):
        for block in range(widths.vae_layers):
            yield from _vae_resnet(f"encoder.down.{level}.block.{block}", channels, width)
            channels = width
        if level < len(widths.vae) - 1:
            yield from _affine(f"encoder.down.{level}.downsample.conv", width, width, 3, 3)
    yield from _vae_middle("encoder", channels)
    yield from _affine("encoder.norm_out", channels)
    yield from _affine("encoder.conv_out", 8, channels, 3, 3)
    yield from _affine("quant_conv", 8, 8, 1, 1)
    yield from _affine("post_quant_conv", 4, 4, 1, 1)
    yield from _affine("decoder.conv_in", channels, 4, 3, 3)
    yield from _vae_middle("decoder", channels)
    for level, width in reversed(list(enumerate(widths.vae))):
        for block in range(widths.vae_layers + 1):
            yield from _vae_resnet(f"decoder.up.{level}.block.{block}", channels, width)
            channels = width
        if level > 0:
            yield from _affine(f"decoder.up.{level}.upsample.conv", width, width, 3, 3)
    yield from _affine("decoder.norm_out", channels)
    yield from _affine("decoder.conv_out", 3, channels, 3, 3)


def _vae_middle(side: str, width: int) -> Shapes:
    yield from _vae_resnet(f"{side}.mid.block_1", width, width)
    yield from _affine(f"{side}.mid.attn_1.norm", width)
    for part in ("q", "k", "v", "proj_out"):
        yield from _affine(f"{side}.mid.attn_1.{part}", width, width, 1, 1)
    yield from _vae_resnet(f"{side}.mid.block_2", width, width)


def _vae_resnet(name: str, channels: int, width: int) -> Shapes:
    yield from _affine(f"{name}.norm1", channels)
    yield from _affine(f"{name}.conv1", width, channels, 3, 3)
    yield from _affine(f"{name}.norm2", width)
    yield from _affine(f"{name}.conv2", width, width, 3, 3)
    if channels != width:
        yield from _affine(f"{name}.nin_shortcut", width, channels, 1, 1)


def text_shapes(widths: Widths) -> Shapes:
    """Names and shapes of a CLIP text encoder."""
    width = widths.text
    yield "embeddings.token_embedding.weight", (512 + widths.merges + 2, width)
    yield "embeddings.position_embedding.weight", (77, width)
    for layer in range(widths.text_layers):
        block = f"encoder.layers.{layer}"
        yield from _affine(f"{block}.layer_norm1", width)
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield from _affine(f"{block}.self_attn.{part}", width, width)
        yield from _affine(f"{block}.layer_norm2", width)
        yield from _affine(f"{block}.mlp.fc1", width * 4, width)
        yield from _affine(f"{block}.mlp.fc2", width, width * 4)
    yield from _affine("final_layer_norm", width)


def _affine(name: str, *shape: int) -> Shapes:
    yield f"{name}.weight", shape
    yield f"{name}.bias", shape[:1]
