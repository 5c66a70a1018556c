"""Writes networks as the files that everybody loads: half precision, standard names, settings as metadata."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from diffusion.checkpoint.load import load_vae
from diffusion.memory import open_memory
from diffusion.vae.tiny_files import VAE_KEY, vae_fingerprint
from training.layout import controlnet_file_names, unet_file_names, vae_file_names
from training.networks import Networks
from training.starter.clip_pair import HEADS, ClipPair
from training.starter.recipe import SCALE_FACTOR, VOCAB_MERGES, Recipe

_LICENCE = "MIT; artwork: Fluent Emoji (MIT, Microsoft), Noto Emoji (Apache-2.0, Google)"


def export_checkpoint(networks: Networks, recipe: Recipe, path: Path, samples: int) -> None:
    """The three networks as one Stable Diffusion checkpoint."""
    unet, vae, text = (dict(module.named_parameters()) for module in (networks.unet, networks.vae, networks.text))
    names: dict[str, Tensor] = {
        f"model.diffusion_model.{new}": unet[old] for old, new in unet_file_names(unet, 1).items()
    }
    levels = len(recipe.vae_widths)
    names |= {f"first_stage_model.{new}": vae[old] for old, new in vae_file_names(vae, levels).items()}
    names |= {f"cond_stage_model.transformer.text_model.{name}": value for name, value in text.items()}
    # How some tools know that a file predicts v.
    names["v_pred"] = torch.zeros(0)
    metadata = {
        "prediction": networks.family.prediction,
        "unet_head_dim": str(recipe.unet.head_dim),
        "text_heads": str(recipe.text.heads),
        "vae_norm_groups": str(recipe.vae.norm_groups),
        "scale_factor": str(SCALE_FACTOR),
        "vocab": f"clip-merges-{VOCAB_MERGES}",
        "modelspec.title": "Easel starter model",
        "modelspec.resolution": f"{recipe.side}x{recipe.side}",
        "training_samples": str(samples),
    }
    write_weights(names, metadata, path)


def export_controlnet(control: nn.Module, recipe: Recipe, path: Path) -> None:
    """A ControlNet in the original layout."""
    weights = dict(control.named_parameters())
    names = {f"control_model.{new}": weights[old] for old, new in controlnet_file_names(weights, 1).items()}
    write_weights(names, {"unet_head_dim": str(recipe.unet.head_dim)}, path)


def export_clip(pair: ClipPair, folder: Path) -> None:
    """The text tower for CLIPLoader and the image tower for CLIPVisionLoader, named as the field's CLIP files are."""
    text: dict[str, Tensor] = {
        f"text_model.{name}": value for name, value in pair.text.named_parameters() if "projection" not in name
    }
    text["text_projection.weight"] = pair.text.text_projection.weight
    text["logit_scale"] = torch.tensor(pair.scale).log()
    about = {"vocab": f"clip-merges-{VOCAB_MERGES}", "text_heads": str(HEADS)}
    write_weights(text, about, folder / "text_encoders" / "easel-starter-clip-text.safetensors")
    vision: dict[str, Tensor] = dict(pair.vision.named_parameters())
    about = {"vision_heads": str(pair.vision.config.heads)}
    write_weights(vision, about, folder / "clip_vision" / "easel-starter-clip-vision.safetensors")


def export_preview(decoder: nn.Module, checkpoint: Path, path: Path) -> None:
    """A decoder in TAESD's layout, which says whose latents it reads: those of the checkpoint's VAE."""
    vae = load_vae(checkpoint, open_memory(torch.device("cpu")))
    write_weights(decoder.state_dict(), {VAE_KEY: vae_fingerprint(vae)}, path)


def write_weights(weights: Mapping[str, Tensor], metadata: Mapping[str, str], path: Path) -> None:
    """The weights in half precision, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    halves = {name: value.detach().to(torch.float16).contiguous().clone() for name, value in weights.items()}
    unfinished = path.with_suffix(".part")
    save_file(halves, unfinished, {**metadata, "modelspec.license": _LICENCE})
    # The library writes files that only their owner can read.
    unfinished.chmod(0o644)
    os.replace(unfinished, path)
