"""The many names of one weight: kohya's, diffusers', peft's and the original code's, in one spelling.

All dialects name a module's path; they differ in prefix, in dots or underscores, and in the U-Net's layout. Here a
module is spelled ``unet_`` or ``text_`` and its path with underscores.
"""

from __future__ import annotations

import re

import torch

from diffusion.memory import Handle

# How a name ends, and which part that is.
_ENDS = {
    ".lora_up.weight": "up",
    ".lora_down.weight": "down",
    ".lora_mid.weight": "mid",
    ".lora_B.weight": "up",
    ".lora_A.weight": "down",
    ".lora_B.default.weight": "up",
    ".lora_A.default.weight": "down",
    "_lora.up.weight": "up",
    "_lora.down.weight": "down",
    ".lora.up.weight": "up",
    ".lora.down.weight": "down",
    ".lora_linear_layer.up.weight": "up",
    ".lora_linear_layer.down.weight": "down",
    ".alpha": "alpha",
    ".dora_scale": "magnitude",
    ".lora_magnitude_vector.weight": "magnitude",
    ".lora_magnitude_vector": "magnitude",
    **{f".hada_{part}": f"hada_{part}" for part in ("w1_a", "w1_b", "w2_a", "w2_b", "t1", "t2")},
    **{f".lokr_{part}": f"lokr_{part}" for part in ("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2")},
    ".oft_blocks": "oft_blocks",
    ".rescale": "rescale",
}

_TEXT_PREFIX = re.compile(r"(lora_te1?_|text_encoder_)(text_model_)?")
_UNET_PREFIX = re.compile(r"(lora_unet_|(base_model_model_)?unet_|base_model_model_|(model_)?diffusion_model_)")
_BLOCK_START = re.compile(r"(down_blocks|up_blocks|mid_block|input_blocks|output_blocks|middle_block)_")


def part_of_name(name: str) -> tuple[str, str] | None:
    """(module in the one spelling, which part of its change), or None for a name that is no LoRA's."""
    for end, part in _ENDS.items():
        if name.endswith(end):
            path = name.removesuffix(end).replace(".processor", "")
            # Old attention processors called the output's layer to_out; the module is its first entry.
            path = path + ".0" if path.endswith("to_out") else path
            return _spell(path.replace(".", "_")), part
    return None


def _spell(path: str) -> str:
    if match := _TEXT_PREFIX.match(path):
        return "text_" + path[match.end() :]
    if match := _UNET_PREFIX.match(path):
        return "unet_" + path[match.end() :]
    return f"unet_{path}" if _BLOCK_START.match(path) else path


def unet_names(network: Handle) -> dict[str, tuple[str, torch.Size]]:
    """Every spelled name of the U-Net's weights, in both layouts: the parameter and its shape."""
    layers = getattr(getattr(network.module, "config", None), "layers_per_block", None)
    names = {}
    for parameter, weight in network.weights.items():
        if parameter.endswith(".weight") and weight.ndim > 1:
            module = parameter.removesuffix(".weight")
            original = _original_paths(module, layers) if isinstance(layers, int) else []
            for path in (module, *original):
                names["unet_" + path.replace(".", "_")] = parameter, weight.shape
    return names


def text_names(encoder: Handle) -> dict[str, tuple[str, torch.Size]]:
    """Every spelled name of a CLIP text encoder's weights."""
    return {
        "text_" + parameter.removesuffix(".weight").replace(".", "_"): (parameter, weight.shape)
        for parameter, weight in encoder.weights.items()
        if parameter.endswith(".weight") and weight.ndim > 1
    }


# What stands at the end of a module's path in the original code, by diffusers' words for it.
_RESNET_LEAVES = {
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_OUTSIDE = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_in": "input_blocks.0.0",
    "conv_out": "out.2",
}


_BLOCK = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)")
_MIDDLE = re.compile(r"mid_block\.(resnets|attentions)\.(\d)\.(.+)")


def _original_paths(module: str, layers_per_block: int) -> list[str]:
    """What the original code calls a module: no name, one, or two where the path alone cannot tell."""
    if module in _OUTSIDE:
        return [_OUTSIDE[module]]
    if match := _MIDDLE.fullmatch(module):
        kind, index, rest = match[1], int(match[2]), match[3]
        return [f"middle_block.{2 * index if kind == 'resnets' else 1}.{_RESNET_LEAVES.get(rest, rest)}"]
    if not (match := _BLOCK.fullmatch(module)):
        return []
    side, level, kind, layer, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
    # A level is its layers and its down-sampling, or its layers and the one more that the way up has.
    first = level * (layers_per_block + 1)
    if kind == "downsamplers":
        return [f"input_blocks.{first + layers_per_block + 1}.0.op"]
    if kind == "upsamplers":
        # It stands behind the attention of its block, where there is one.
        return [f"output_blocks.{first + layers_per_block}.{part}.conv" for part in (1, 2)]
    block = f"input_blocks.{first + 1 + layer}" if side == "down" else f"output_blocks.{first + layer}"
    return [f"{block}.0.{_RESNET_LEAVES[rest]}" if kind == "resnets" else f"{block}.1.{rest}"]
