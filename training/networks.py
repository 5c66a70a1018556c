"""A checkpoint's networks as modules that can be trained: float32 copies, apart from the file and from Memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from diffusion.checkpoint.load import load_checkpoint
from diffusion.families.family import Family
from diffusion.memory import Handle, open_memory
from diffusion.model import Model
from diffusion.text.chunks import CHUNK, make_chunks
from diffusion.text.clip import Clip, ClipTextModel
from diffusion.text.tokenizer import ClipTokenizer
from diffusion.vae.autoencoder import Vae
from training.errors import TrainingError

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel


@dataclass
class Networks:
    """unet, text, vae: modules with float32 weights of their own, free to change."""

    unet: nn.Module
    text: ClipTextModel
    vae: nn.Module
    tokenizer: ClipTokenizer
    family: Family


@dataclass
class Denoiser:
    """A U-Net alone, with float32 weights of its own."""

    unet: nn.Module
    family: Family


def copy_denoiser(model: Model) -> Denoiser:
    """A model's U-Net with the adapters that lie over it. Raises TrainingError for one that cannot be trained here."""
    unet = _trainable(model.network)
    config = getattr(unet, "config", None)
    if getattr(config, "in_channels", None) != model.family.latent.channels or getattr(
        config, "addition_embed_type", 0
    ):
        raise TrainingError(
            f"LoRAs are trained here for U-Nets like Stable Diffusion 1's, and this model ({model.family.name}) is "
            "another kind. Load such a checkpoint."
        )
    weights = dict(unet.named_parameters())
    with torch.no_grad():
        for patch in model.adapters:
            for name in patch.parameters():
                weights[name].copy_(patch.apply(name, weights[name].detach().clone()))
    return Denoiser(unet, model.family)


def open_networks(path: Path) -> Networks:
    """The networks of a checkpoint, copied. Raises BadFile, or TrainingError when the file lacks one of the three."""
    loaded = load_checkpoint(path, open_memory(torch.device("cpu")))
    if loaded.clip is None or loaded.vae is None:
        raise TrainingError(f"{path.name} lacks a text encoder or a VAE. Train on a whole checkpoint.")
    return copy_networks(loaded.model, loaded.clip, loaded.vae)


def copy_networks(model: Model, clip: Clip, vae: Vae) -> Networks:
    """The networks of loaded values, copied from their files' own weights: adapters that lie over them are left out."""
    return Networks(
        _trainable(model.network),
        cast("ClipTextModel", _trainable(clip.encoder)),
        _trainable(vae.network),
        clip.tokenizer,
        model.family,
    )


def attend_plainly(unet: nn.Module) -> None:
    """Attention as two matrix products: its backward pass on a CPU takes a third of the fused one's time."""
    from diffusers.models.attention_processor import AttnProcessor

    cast("UNet2DConditionModel", unet).set_attn_processor(AttnProcessor())


def token_ids(captions: list[str], tokenizer: ClipTokenizer) -> Tensor:
    """``(captions, 77)``: what the text encoder sees of each caption. A caption beyond 75 tokens loses its end."""
    rows = [make_chunks(_unweighted(caption), tokenizer, lambda _: None)[0] for caption in captions]
    return torch.tensor([[token.id for token in row] for row in rows]).reshape(-1, CHUNK)


def text_ends(ids: Tensor, tokenizer: ClipTokenizer) -> Tensor:
    """``(captions,)``: where each row's first end token stands."""
    return (ids == tokenizer.end).int().argmax(dim=1)


def encode_ids(text: ClipTextModel, ids: Tensor, tokenizer: ClipTokenizer, dtype: torch.dtype) -> Tensor:
    """Tokens ``(captions, 77, width)`` for the denoiser, with gradients, in the number format ``dtype``."""
    # The encoder computes in float32 whatever its weights are; autocast makes its products cheap again.
    with torch.autocast(ids.device.type, dtype, enabled=dtype != torch.float32):
        tokens, _ = text(text.embed(ids), text_ends(ids, tokenizer))
    return cast("Tensor", tokens).to(dtype)


def _unweighted(caption: str) -> str:
    """Brackets would be read as weights; a data set's caption means them as they stand."""
    return caption.replace("\\", " ").replace("(", "\\(").replace(")", "\\)")


def _trainable(handle: Handle) -> nn.Module:
    return handle.copy_module().cpu().float().requires_grad_(True)
