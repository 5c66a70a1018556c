"""Weights under the names that files use: the inverse of the loader's key maps, found by asking them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product

from diffusion.adapters.controlnet import controlnet_name
from diffusion.checkpoint.keymaps.ldm_unet import unet_name
from diffusion.checkpoint.keymaps.ldm_vae import vae_name

_MOST_BLOCKS = 16
_LEAVES = ("weight", "bias")
_RESNET = ("in_layers.0", "in_layers.2", "emb_layers.1", "out_layers.0", "out_layers.3", "skip_connection")
_OUTSIDE = ("time_embed.0", "time_embed.2", "input_blocks.0.0", "out.0", "out.2")
_VAE_LEAVES = ("norm", "norm1", "norm2", "conv", "conv1", "conv2", "q", "k", "v", "proj_out", "nin_shortcut")


def unet_file_names(parameters: Iterable[str], layers_per_block: int) -> dict[str, str]:
    """Parameter of diffusers' U-Net to its name in the latent diffusion layout, without prefix."""
    parameters = list(parameters)
    return _invert(
        parameters, _unet_candidates(parameters, layers_per_block), lambda name: unet_name(name, layers_per_block)
    )


def controlnet_file_names(parameters: Iterable[str], layers_per_block: int) -> dict[str, str]:
    """Parameter of diffusers' ControlNet to its name in the original layout, without prefix."""
    parameters = list(parameters)
    own = (
        f"{stem}.{leaf}"
        for stem in (
            *(f"input_hint_block.{index}" for index in range(0, 16, 2)),
            *(f"zero_convs.{index}.0" for index in range(_MOST_BLOCKS)),
            "middle_block_out.0",
        )
        for leaf in _LEAVES
    )
    candidates = [*_unet_candidates(parameters, layers_per_block), *own]
    return _invert(parameters, candidates, lambda name: controlnet_name(name, layers_per_block))


def vae_file_names(parameters: Iterable[str], levels: int) -> dict[str, str]:
    """Parameter of diffusers' AutoencoderKL to its name in the latent diffusion layout, without prefix."""
    return _invert(list(parameters), _vae_candidates(), lambda name: vae_name(name, levels))


def _invert(parameters: list[str], candidates: Iterable[str], rename: Callable[[str], str | None]) -> dict[str, str]:
    wanted = set(parameters)
    found = {new: old for old in candidates if (new := rename(old)) in wanted and new is not None}
    if missing := wanted - found.keys():
        raise KeyError(f"The layout has no names for {sorted(missing)[:3]}.")
    return found


def _unet_candidates(parameters: list[str], layers_per_block: int) -> Iterator[str]:
    inside = {name.split(".", 4)[4] for name in parameters if ".attentions." in name and not name.startswith("mid")}
    inside |= {name.split(".", 3)[3] for name in parameters if name.startswith("mid_block.attentions.")}
    rests = [*(f"{stem}.{leaf}" for stem, leaf in product(_RESNET, _LEAVES)), *inside]
    for stem, leaf in product(_OUTSIDE, _LEAVES):
        yield f"{stem}.{leaf}"
    for part, rest in product(range(3), rests):
        yield f"middle_block.{part}.{rest}"
    for index, leaf in product(range(1, _MOST_BLOCKS), _LEAVES):
        yield f"input_blocks.{index}.0.op.{leaf}"
    for index, leaf in product(range(_MOST_BLOCKS), _LEAVES):
        # Up-sampling stands behind the attention of its block, where there is one; both places would be read.
        level = f"up_blocks.{index // (layers_per_block + 1)}.attentions."
        part = 2 if any(name.startswith(level) for name in parameters) else 1
        yield f"output_blocks.{index}.{part}.conv.{leaf}"
    for side, index, part, rest in product(("input_blocks", "output_blocks"), range(_MOST_BLOCKS), range(2), rests):
        yield f"{side}.{index}.{part}.{rest}"


def _vae_candidates() -> Iterator[str]:
    for leaf in _LEAVES:
        yield from (f"quant_conv.{leaf}", f"post_quant_conv.{leaf}")
        for side, stem in product(("encoder", "decoder"), ("conv_in", "conv_out", "norm_out")):
            yield f"{side}.{stem}.{leaf}"
        for side, stem, inner in product(("encoder", "decoder"), ("block_1", "block_2", "attn_1"), _VAE_LEAVES):
            yield f"{side}.mid.{stem}.{inner}.{leaf}"
        for side, level in product(("encoder.down", "decoder.up"), range(8)):
            yield f"{side}.{level}.{'down' if 'down' in side else 'up'}sample.conv.{leaf}"
            for block, inner in product(range(8), _VAE_LEAVES):
                yield f"{side}.{level}.block.{block}.{inner}.{leaf}"
