"""Model files in: checkpoints, VAEs, LoRAs, ControlNets."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from diffusion.adapters.controlnet import load_controlnet
from diffusion.adapters.lora import apply, read_lora
from diffusion.checkpoint.load import load_checkpoint, load_vae
from diffusion.memory import Memory
from files.folders import Folders
from graph.node import node
from graph.spec import Choice, Float
from nodes.ports import CLIP, CONTROL_NET, MODEL, VAE

CheckpointFile = Annotated[str, Choice(folder="checkpoints"), "A file of models/checkpoints."]
VaeFile = Annotated[str, Choice(folder="vae"), "A file of models/vae."]
LoraFile = Annotated[str, Choice(folder="loras"), "A file of models/loras."]
ControlNetFile = Annotated[str, Choice(folder="controlnet"), "A file of models/controlnet."]
LoraStrength = Annotated[float, Float(-100.0, 100.0, 0.01), "1 is what the LoRA was made for, 0 is off."]


class Checkpoint(NamedTuple):
    """A file may lack a text encoder or a VAE; the node that wants it then says so."""

    model: MODEL
    clip: CLIP | None
    vae: VAE | None


class ModelAndClip(NamedTuple):
    model: MODEL
    clip: CLIP


@node("CheckpointLoaderSimple", display_name="Load Checkpoint", category="loaders", synonyms=("model", "sd"))
def load_checkpoint_file(*, ckpt_name: CheckpointFile, folders: Folders, memory: Memory) -> Checkpoint:
    """The denoiser, the text encoder and the VAE of one file."""
    found = load_checkpoint(folders.find("checkpoints", ckpt_name), memory)
    return Checkpoint(found.model, found.clip, found.vae)


@node("VAELoader", display_name="Load VAE", category="loaders")
def load_vae_file(*, vae_name: VaeFile, folders: Folders, memory: Memory) -> VAE:
    """A VAE of its own, in place of the checkpoint's."""
    return load_vae(folders.find("vae", vae_name), memory)


@node("LoraLoader", display_name="Load LoRA", category="loaders", synonyms=("style", "locon", "adapter"))
def load_lora(
    *,
    model: MODEL,
    clip: CLIP,
    lora_name: LoraFile,
    strength_model: LoraStrength = 1.0,
    strength_clip: LoraStrength = 1.0,
    folders: Folders,
) -> ModelAndClip:
    """The model and its text encoder with a LoRA laid over both. The files stay as they are."""
    lora = read_lora(folders.find("loras", lora_name))
    return ModelAndClip(*apply(model, clip, lora, strength_model, strength_clip))


@node("LoraLoaderModelOnly", category="loaders", synonyms=("style", "locon", "adapter"))
def load_lora_model_only(
    *, model: MODEL, lora_name: LoraFile, strength_model: LoraStrength = 1.0, folders: Folders
) -> MODEL:
    """The model with a LoRA laid over it; the text encoder is left alone."""
    lora = read_lora(folders.find("loras", lora_name))
    return apply(model, None, lora, strength_model, 0.0)[0]


@node("ControlNetLoader", display_name="Load ControlNet Model", category="loaders")
def load_controlnet_file(*, control_net_name: ControlNetFile, folders: Folders, memory: Memory) -> CONTROL_NET:
    """A ControlNet, which makes a picture follow edges, depth, poses ..."""
    return load_controlnet(folders.find("controlnet", control_net_name), memory)
