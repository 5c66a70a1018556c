"""Model files in: checkpoints, VAEs, CLIP towers, LoRAs, ControlNets."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from diffusion.adapters.controlnet import load_controlnet
from diffusion.adapters.lora import apply, read_lora
from diffusion.checkpoint.load import load_checkpoint, load_clip, load_clip_vision, load_denoiser, load_vae
from diffusion.memory import Memory
from diffusion.vae.tiny_files import ENCODER, load_tiny_vae
from files.folders import TINY_VAES, Folders
from graph.node import Slot, node
from graph.spec import Choice, Float
from nodes.ports import CLIP, CLIP_VISION, CONTROL_NET, MODEL, VAE
from nodes.preview_decoders import with_preview

CheckpointFile = Annotated[str, Choice(folder="checkpoints"), "A file of models/checkpoints."]
VaeFile = Annotated[
    str, Choice(folder="vae", more=(TINY_VAES,)), "A file of models/vae, or a tiny VAE of models/vae_approx."
]
TextEncoderFile = Annotated[str, Choice(folder="text_encoders"), "A file of models/text_encoders."]
ClipVisionFile = Annotated[str, Choice(folder="clip_vision"), "A file of models/clip_vision."]
LoraFile = Annotated[str, Choice(folder="loras"), "A file of models/loras."]
ControlNetFile = Annotated[str, Choice(folder="controlnet"), "A file of models/controlnet."]
LoraStrength = Annotated[float, Float(-100.0, 100.0, 0.01), "1 is what the LoRA was made for, 0 is off."]


# What the field's encoders are for. Which one a file holds is seen in the file.
CLIP_TYPES: Final = (
    "stable_diffusion", "stable_cascade", "sd3", "stable_audio", "mochi", "ltxv", "pixart", "cosmos", "lumina2", "wan",
    "hidream", "chroma", "ace", "omnigen2", "qwen_image", "hunyuan_image", "flux2", "ovis",
)  # fmt: skip


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
    return Checkpoint(with_preview(found.model, folders, memory), found.clip, found.vae)


@node("UNETLoader", display_name="Load Diffusion Model", category="advanced/loaders", synonyms=("unet", "denoiser"))
def load_denoiser_file(
    *,
    unet_name: Annotated[str, Choice(folder="diffusion_models"), "A file of models/diffusion_models."],
    weight_dtype: Annotated[  # noqa: ARG001  # the field's input
        str,
        Choice(("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2")),
        "Kept for workflows that name it: networks compute in what the worker's device does fast.",
    ] = "default",
    folders: Folders,
    memory: Memory,
) -> MODEL:
    """The denoiser of a file that holds nothing else, or of a whole checkpoint."""
    return with_preview(load_denoiser(folders.find("diffusion_models", unet_name), memory), folders, memory)


@node("VAELoader", display_name="Load VAE", category="loaders")
def load_vae_file(*, vae_name: VaeFile, folders: Folders, memory: Memory) -> VAE:
    """A VAE of its own, in place of the checkpoint's. Tiny ones are quick and a little rough."""
    if vae_name not in folders.names("vae") and vae_name in folders.names(TINY_VAES):
        encoder = folders.half_of_tiny_vae(vae_name, ENCODER)
        other = folders.find("vae_approx", encoder) if encoder else None
        return load_tiny_vae(folders.find(TINY_VAES, vae_name), other, memory)
    return load_vae(folders.find("vae", vae_name), memory)


@node("CLIPLoader", display_name="Load CLIP", category="advanced/loaders", synonyms=("text encoder",))
def load_text_encoder(
    *,
    clip_name: TextEncoderFile,
    type: Annotated[str, Choice(CLIP_TYPES), "What the encoder is for; CLIP's own is recognised."] = "stable_diffusion",  # noqa: ARG001  # the field's input
    device: Annotated[  # noqa: ARG001  # the field's input
        str,
        Choice(("default", "cpu")),
        "Kept for workflows that name it: encoders run on the worker's device.",
        Slot(optional=True, advanced=True),
    ] = "default",
    folders: Folders,
    memory: Memory,
) -> CLIP:
    """A text encoder of its own, in place of the checkpoint's."""
    return load_clip(folders.find("text_encoders", clip_name), memory)


@node("CLIPVisionLoader", display_name="Load CLIP Vision", category="loaders", synonyms=("image encoder",))
def load_clip_vision_file(*, clip_name: ClipVisionFile, folders: Folders, memory: Memory) -> CLIP_VISION:
    """CLIP's image tower, which sees what is in a picture."""
    return load_clip_vision(folders.find("clip_vision", clip_name), memory)


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
