"""The KL autoencoder of the latent diffusion code base to diffusers' names."""

from __future__ import annotations

import re
from collections.abc import Callable

_STEMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(encoder|decoder)\.mid\.block_([12])"), lambda m: f"{m[1]}.mid_block.resnets.{int(m[2]) - 1}"),
    (re.compile(r"(encoder|decoder)\.mid\.attn_1"), lambda m: f"{m[1]}.mid_block.attentions.0"),
    (re.compile(r"encoder\.down\.(\d+)\.block\.(\d+)"), lambda m: f"encoder.down_blocks.{m[1]}.resnets.{m[2]}"),
    (re.compile(r"encoder\.down\.(\d+)\.downsample"), lambda m: f"encoder.down_blocks.{m[1]}.downsamplers.0"),
)
_UP = re.compile(r"decoder\.up\.(\d+)\.(block\.(\d+)|upsample)\.(.+)")
_LEAVES = {
    "norm": "group_norm",
    "q": "to_q",
    "k": "to_k",
    "v": "to_v",
    "proj_out": "to_out.0",
    "nin_shortcut": "conv_shortcut",
}
_SAME = re.compile(r"(encoder|decoder)\.conv_(in|out)\.\w+|(post_)?quant_conv\.\w+")
_NORM_OUT = re.compile(r"(encoder|decoder)\.norm_out\.(\w+)")


def vae_name(name: str, levels: int) -> str | None:
    """Diffusers' name of an LDM autoencoder weight, both without prefix; None when the layout has no such weight.

    LDM counts the decoder's levels from the picture's side, diffusers from the latent's.
    """
    if _SAME.fullmatch(name):
        return name
    if match := _NORM_OUT.fullmatch(name):
        return f"{match[1]}.conv_norm_out.{match[2]}"
    if match := _UP.fullmatch(name):
        block = f"decoder.up_blocks.{levels - 1 - int(match[1])}"
        inner = f"resnets.{match[3]}" if match[3] else "upsamplers.0"
        return f"{block}.{inner}.{_leaf(match[4])}"
    for pattern, stem in _STEMS:
        if match := re.fullmatch(pattern.pattern + r"\.(.+)", name):
            return f"{stem(match)}.{_leaf(match[match.lastindex or 0])}"
    return None


def _leaf(rest: str) -> str:
    module, _, parameter = rest.rpartition(".")
    return f"{_LEAVES.get(module, module)}.{parameter}"
