"""Models into files: with the LoRAs and merges that are laid over them, in the layout of the file they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Final

import torch

from diffusion.checkpoint.write import Stored, stored_weights, write_safetensors
from diffusion.memory import Handle, Patched
from diffusion.model import Model
from diffusion.text.clip import Clip
from files.save import Saver, fill_in
from graph.errors import UserError
from graph.node import Done, node
from graph.spec import Text
from nodes.ports import CLIP, MODEL, VAE
from nodes.workflow_tags import PngInfo, Prompt, workflow_tags

CATEGORY: Final = "advanced/model_merging"
UNET, TEXT, AUTOENCODER = "model.diffusion_model.", "cond_stage_model.transformer.", "first_stage_model."
TOWER: Final = "text_model."
# What a file has to say of its networks, because their shapes do not.
SAID: Final = ("unet_head_dim", "text_heads", "vae_norm_groups", "scale_factor", "vocab")
Prefix = Annotated[str, Text(), "Start of the file's name in the output folder; loaders find it there."]


@node("CheckpointSave", display_name="Save Checkpoint", category=CATEGORY, output=True, needs_device=False,
      not_idempotent=True)  # fmt: skip
def save_checkpoint(
    *,
    model: MODEL,
    clip: CLIP,
    vae: VAE,
    filename_prefix: Prefix = "checkpoints/Easel",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """The model, its text encoder and its VAE as one file."""
    if clip is None or vae is None:
        raise UserError("A checkpoint holds a text encoder and a VAE, too. Link them, or use ModelSave.")
    tensors = [*_unet(model), *_text(clip, TEXT), *stored_weights(Patched(vae.network), AUTOENCODER)]
    about = {**_said(model.network), **_said(clip.encoder), **_said(vae.network), **_prediction(model)}
    return _save(saver, tensors, about, filename_prefix, workflow_tags(saver, prompt, extra_pnginfo))


@node("ModelSave", category=CATEGORY, output=True, needs_device=False, not_idempotent=True)
def save_model(
    *,
    model: MODEL,
    filename_prefix: Prefix = "diffusion_models/Easel",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """The denoiser alone as a file."""
    about = {**_said(model.network), **_prediction(model)}
    return _save(saver, _unet(model), about, filename_prefix, workflow_tags(saver, prompt, extra_pnginfo))


@node("CLIPSave", category=CATEGORY, output=True, needs_device=False, not_idempotent=True)
def save_clip(
    *,
    clip: CLIP,
    filename_prefix: Prefix = "clip/Easel",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """The text encoder alone as a file."""
    if clip is None:
        raise UserError("There is no text encoder to be saved: the checkpoint holds none.")
    tags = workflow_tags(saver, prompt, extra_pnginfo)
    return _save(saver, _text(clip, ""), _said(clip.encoder), filename_prefix, tags)


@node("VAESave", category=CATEGORY, output=True, needs_device=False, not_idempotent=True)
def save_vae(
    *,
    vae: VAE,
    filename_prefix: Prefix = "vae/Easel_vae",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """The VAE alone as a file."""
    if vae is None:
        raise UserError("There is no VAE to be saved: the checkpoint holds none.")
    tensors = stored_weights(Patched(vae.network), "")
    tags = workflow_tags(saver, prompt, extra_pnginfo)
    return _save(saver, tensors, _said(vae.network), filename_prefix, tags)


def _save(
    saver: Saver, tensors: Sequence[Stored], about: Mapping[str, str], prefix: str, tags: Mapping[str, str]
) -> Done[None]:
    saver.save(
        lambda file: write_safetensors(file, tensors, {**tags, **about}),
        fill_in(prefix, 0, 0),
        ".safetensors",
        place="output",
    )
    return Done()


def _unet(model: Model) -> list[Stored]:
    found = stored_weights(Patched(model.network, model.adapters), UNET)
    if model.family.prediction == "v":  # how some tools know it
        found.append(Stored("v_pred", (0,), torch.float32, lambda: torch.zeros(0)))
    return found


def _text(clip: Clip, prefix: str) -> list[Stored]:
    """In the names of CLIP's own files: the tower, and the projection beside it."""
    found = stored_weights(Patched(clip.encoder, clip.adapters), "")
    return [replace(one, name=prefix + _text_name(one.name.removeprefix(TOWER))) for one in found]


def _text_name(name: str) -> str:
    return name if name.startswith("text_projection") else TOWER + name


def _said(network: Handle) -> dict[str, str]:
    """What the network's file says of it."""
    metadata = {} if network.origin is None else network.origin.metadata
    return {name: metadata[name] for name in SAID if name in metadata}


def _prediction(model: Model) -> dict[str, str]:
    """Files know of two predictions; a model that is read otherwise needs its node again."""
    said = model.family.prediction
    return {"prediction": said, "modelspec.prediction_type": said} if said in ("epsilon", "v") else {}
