"""What a file holds, decided by a table of rules over names and shapes. Unknown is an error that says what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from diffusion.errors import BadFile

if TYPE_CHECKING:
    from diffusion.checkpoint.header import TensorInfo
    from diffusion.checkpoint.weights_file import WeightsFile

Role = Literal["denoiser", "vae", "text", "vision", "other"]


@dataclass(frozen=True)
class Rule:
    """A part is in a file when, after one of the prefixes, every key is there; ``dims`` also fixes how many
    dimensions a key's tensor has. layout: what reads the part, or None when nothing does yet."""

    role: Role
    layout: str | None
    words: str
    prefixes: tuple[str, ...]
    keys: tuple[str, ...]
    dims: Mapping[str, int] | None = None


_UNET = ("model.diffusion_model.", "")
_CLIP_L = ("cond_stage_model.transformer.text_model.", "cond_stage_model.transformer.", "text_model.")
_OPEN_VISION = ("visual.conv1.weight", "visual.transformer.resblocks.0.attn.in_proj_weight")
_CROSS_IN = "middle_block.1.proj_in.weight"
_CROSS = "middle_block.1.transformer_blocks.0.attn2.to_k.weight"

# The first rule of a role that fits decides. Known but unreadable layouts stand before what they could be taken for.
RULES = (
    Rule("other", None, "a ControlNet", ("control_model.", ""), ("input_hint_block.0.weight",)),
    Rule("other", None, "a ControlNet", ("",), ("controlnet_cond_embedding.conv_in.weight",)),
    Rule("denoiser", None, "Stable Diffusion XL", _UNET, ("input_blocks.0.0.weight", "label_emb.0.0.weight")),
    Rule(
        "denoiser",
        None,
        "Stable Diffusion 2",
        _UNET,
        ("input_blocks.0.0.weight", _CROSS),
        dims={_CROSS_IN: 2},
    ),
    Rule(
        "denoiser",
        "sd1",
        "Stable Diffusion 1",
        _UNET,
        ("input_blocks.0.0.weight", "time_embed.0.weight", "out.2.weight", _CROSS),
        dims={_CROSS_IN: 4},
    ),
    Rule("denoiser", None, "Stable Diffusion 3", _UNET, ("joint_blocks.0.x_block.attn.qkv.weight",)),
    Rule("denoiser", None, "Flux", _UNET, ("double_blocks.0.img_attn.qkv.weight",)),
    Rule("denoiser", None, "Wan", _UNET, ("blocks.0.cross_attn.norm_k.weight", "patch_embedding.weight")),
    Rule("denoiser", None, "Qwen-Image", _UNET, ("transformer_blocks.0.img_mod.1.weight",)),
    Rule("denoiser", None, "a diffusers U-Net", ("",), ("down_blocks.0.resnets.0.conv1.weight", "conv_in.weight")),
    Rule(
        "vae",
        "kl",
        "a KL autoencoder",
        ("first_stage_model.", "vae.", ""),
        ("encoder.conv_in.weight", "decoder.conv_in.weight", "encoder.down.0.block.0.conv1.weight"),
        dims={"encoder.conv_in.weight": 4},
    ),
    Rule("vae", None, "a video autoencoder", ("first_stage_model.", "vae.", ""), ("encoder.conv1.weight",)),
    Rule(
        "text",
        "clip",
        "a CLIP text encoder",
        _CLIP_L,
        ("embeddings.token_embedding.weight", "encoder.layers.0.self_attn.q_proj.weight", "final_layer_norm.weight"),
    ),
    Rule(
        "text",
        None,
        "an OpenCLIP text encoder",
        ("cond_stage_model.model.", "conditioner.embedders.1.model."),
        ("transformer.resblocks.0.attn.in_proj_weight",),
    ),
    Rule(
        "vision",
        None,
        "a SigLIP image tower",
        ("",),
        ("vision_model.embeddings.patch_embedding.weight", "vision_model.head.probe"),
    ),
    Rule(
        "vision",
        "clip",
        "a CLIP image tower",
        ("",),
        (
            "vision_model.embeddings.patch_embedding.weight",
            "vision_model.embeddings.class_embedding",
            "vision_model.encoder.layers.0.mlp.fc1.weight",
        ),
    ),
    Rule("vision", None, "an OpenCLIP image tower", ("", "conditioner.embedders.0.open_clip.model."), _OPEN_VISION),
    Rule("other", None, "a preview decoder", ("",), ("1.weight", "3.conv.0.weight"), dims={"1.weight": 4}),
    Rule("other", None, "a preview encoder", ("",), ("0.weight", "1.conv.0.weight"), dims={"0.weight": 4}),
    Rule("other", None, "a LoRA", ("",), ()),
)

_LORA_ENDS = (
    *(".lora_up.weight", ".lora_down.weight", ".lora_A.weight", ".lora_B.weight"),
    *(".hada_w1_a", ".lokr_w1", ".lokr_w1_a", ".oft_blocks"),
)


@dataclass(frozen=True)
class Part:
    """A network found in a file. tensors: its weights, by name without the prefix."""

    rule: Rule
    prefix: str
    tensors: Mapping[str, TensorInfo]


def find_parts(file: WeightsFile) -> dict[Role, Part]:
    """The networks in the file, one per role. Raises BadFile when nothing in it is known."""
    found: dict[Role, Part] = {}
    for rule in RULES:
        prefix = _fitting_prefix(rule, file.tensors) if rule.keys else _lora_prefix(file.tensors)
        if prefix is not None and rule.role not in found:
            found[rule.role] = Part(rule, prefix, _under(prefix, file.tensors))
    if not found:
        raise BadFile(f"{file.path.name} holds no model that is known here. {describe(file.tensors)}")
    return found


def describe(names: Iterable[str]) -> str:
    """What is in a file, for a message: how many weights, and how their names begin."""
    names = list(names)
    if not names:
        return "It holds no weights at all."
    beginnings = Counter(".".join(name.split(".")[:2]) for name in names)
    listed = ", ".join(f"{beginning} ({count})" for beginning, count in beginnings.most_common(4))
    return f"It holds {len(names)} weights whose names begin with {listed}."


def _fitting_prefix(rule: Rule, tensors: Mapping[str, TensorInfo]) -> str | None:
    for prefix in rule.prefixes:
        dims = rule.dims or {}
        if all(prefix + key in tensors for key in rule.keys) and all(
            prefix + key in tensors and len(tensors[prefix + key].shape) == count for key, count in dims.items()
        ):
            return prefix
    return None


def _lora_prefix(tensors: Mapping[str, TensorInfo]) -> str | None:
    return "" if any(name.endswith(_LORA_ENDS) for name in tensors) else None


def _under(prefix: str, tensors: Mapping[str, TensorInfo]) -> dict[str, TensorInfo]:
    return {name.removeprefix(prefix): info for name, info in tensors.items() if name.startswith(prefix)}
