"""Load model files: CheckpointLoaderSimple, VAELoader and their kin call here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from torch import nn

from diffusion.checkpoint.configs.clip import infer_clip
from diffusion.checkpoint.configs.unet import infer_unet
from diffusion.checkpoint.configs.vae import infer_vae
from diffusion.checkpoint.configs.vision import infer_vision
from diffusion.checkpoint.detect import Part, Role, find_parts
from diffusion.checkpoint.fill import build_filled, source_names
from diffusion.checkpoint.keymaps.ldm_unet import unet_name
from diffusion.checkpoint.keymaps.ldm_vae import vae_name
from diffusion.checkpoint.settings import Settings, read_settings
from diffusion.checkpoint.weights_file import WeightsFile, open_weights
from diffusion.errors import BadFile
from diffusion.families.family import LatentFormat
from diffusion.families.sd1 import SD1, build_unet
from diffusion.memory.handle import Handle, Origin
from diffusion.model import Model
from diffusion.text.clip import Clip, ClipTextModel
from diffusion.text.tokenizer import ALL_MERGES, ClipTokenizer
from diffusion.vae.autoencoder import Vae, build_autoencoder
from diffusion.vision.encode import ClipVision
from diffusion.vision.tower import VisionTower

if TYPE_CHECKING:
    from diffusion.checkpoint.configs.vae import VaeConfig
    from diffusion.memory import Memory

_Module = TypeVar("_Module", bound=nn.Module)

_NETWORK_MODULES = (
    "diffusers.models.unets.unet_2d_condition",
    "diffusers.models.autoencoders.autoencoder_kl",
)

_TEXT_TOWER, _TEXT_PROJECTION = "text_model.", "text_projection.weight"

_HINTS: dict[Role, str] = {
    "vae": "Load it with VAELoader.",
    "text": "Load it with CLIPLoader.",
    "vision": "Load it with CLIPVisionLoader.",
    "other": "Load it with the loader of its kind.",
}


_WANTED: dict[Role, str] = {
    "denoiser": "denoiser (U-Net)",
    "vae": "VAE",
    "text": "text encoder",
    "vision": "CLIP image tower",
}


@dataclass(frozen=True)
class Checkpoint:
    """What a single-file checkpoint holds. clip, vae: None when the file has none that can be read."""

    model: Model
    clip: Clip | None
    vae: Vae | None


def load_checkpoint(path: Path, memory: Memory) -> Checkpoint:
    """The denoiser, text encoder and VAE of a file, mapped, not read: weights come from disk when first used.

    Raises BadFile with a sentence for the user. A file that is loaded already, and unchanged, is not loaded again.
    """
    file = open_weights(path)
    parts = find_parts(file)
    denoiser = _readable(parts, "denoiser", file)
    settings = read_settings(file)
    model = _load_unet(file, denoiser, settings, memory)
    clip = _load_clip(file, parts["text"], settings, memory) if _has(parts, "text") else None
    vae = _load_vae(file, parts["vae"], settings, memory) if _has(parts, "vae") else None
    return Checkpoint(replace(model, vae=vae), clip, vae)


def import_networks() -> None:
    """Import what networks are built from, which takes seconds. Without this the first load does it."""
    for name in _NETWORK_MODULES:
        import_module(name)


def load_vae(path: Path, memory: Memory) -> Vae:
    """The VAE of a file: of one that holds only it, or of a whole checkpoint. Raises BadFile."""
    file = open_weights(path)
    return _load_vae(file, _readable(find_parts(file), "vae", file), read_settings(file), memory)


def load_clip(path: Path, memory: Memory) -> Clip:
    """The CLIP text encoder of a file: of one that holds only it, or of a whole checkpoint. Raises BadFile."""
    file = open_weights(path)
    return _load_clip(file, _readable(find_parts(file), "text", file), read_settings(file), memory)


def load_clip_vision(path: Path, memory: Memory) -> ClipVision:
    """The CLIP image tower of a file: of one that holds only it, or of a whole CLIP model. Raises BadFile."""
    file = open_weights(path)
    part = _readable(find_parts(file), "vision", file)
    part = _chosen(part, part.prefix, ("vision_model.", "visual_projection.weight"), file)
    config = infer_vision(part.tensors, read_settings(file).vision_heads, path.name)
    return ClipVision(_shared(file, part, memory, lambda: VisionTower(config), str), config)


def load_denoiser(path: Path, memory: Memory) -> Model:
    """The denoiser of a file: of one that holds only it, or of a whole checkpoint. Raises BadFile."""
    file = open_weights(path)
    return _load_unet(file, _readable(find_parts(file), "denoiser", file), read_settings(file), memory)


def _load_unet(file: WeightsFile, part: Part, settings: Settings, memory: Memory) -> Model:
    config = infer_unet(part.tensors, settings.unet_head_dim, file.path.name)
    network = _shared(
        file, part, memory, lambda: build_unet(config), lambda name: unet_name(name, config.layers_per_block)
    )
    latent = LatentFormat(channels=config.out_channels, scale_factor=settings.scale_factor or 0.18215)
    return Model(SD1(prediction=settings.prediction or "epsilon", latent=latent), network)


def _load_vae(file: WeightsFile, part: Part, settings: Settings, memory: Memory) -> Vae:
    config: VaeConfig = infer_vae(part.tensors, settings.vae_norm_groups, file.path.name)
    network = _shared(
        file, part, memory, lambda: build_autoencoder(config), lambda name: vae_name(name, len(config.widths))
    )
    return Vae(network, config)


def _load_clip(file: WeightsFile, part: Part, settings: Settings, memory: Memory) -> Clip:
    # The projection stands beside the tower, not in it.
    outer = part.prefix.removesuffix(_TEXT_TOWER)
    if outer != part.prefix and outer + _TEXT_PROJECTION in file.tensors:
        part = _chosen(part, outer, (_TEXT_TOWER, _TEXT_PROJECTION), file)
    named = {name.removeprefix(_TEXT_TOWER): info for name, info in part.tensors.items()}
    config = infer_clip(named, settings.text_heads, file.path.name)
    tokenizer = ClipTokenizer(ALL_MERGES if settings.vocab_merges is None else settings.vocab_merges)
    if tokenizer.rows != config.rows:
        raise BadFile(
            f"{file.path.name}: its text encoder knows {config.rows} tokens, its vocabulary has {tokenizer.rows}. "
            "A cut vocabulary is named in the file's metadata as vocab = clip-merges-N."
        )
    network = _shared(file, part, memory, lambda: ClipTextModel(config), lambda name: name.removeprefix(_TEXT_TOWER))
    return Clip(network, tokenizer)


def _chosen(part: Part, prefix: str, names: tuple[str, ...], file: WeightsFile) -> Part:
    """The part that consists of what is named so behind the prefix, and of nothing else that the file holds."""
    tensors = {
        name.removeprefix(prefix): info
        for name, info in file.tensors.items()
        if name.startswith(prefix) and name.removeprefix(prefix).startswith(names)
    }
    return Part(part.rule, prefix, tensors)


def _shared(
    file: WeightsFile,
    part: Part,
    memory: Memory,
    build: Callable[[], nn.Module],
    rename: Callable[[str], str | None],
) -> Handle:
    """The network's handle: the one that exists already, if this very file is loaded somewhere."""
    stat = file.path.stat()
    key = (file.path.resolve(), stat.st_mtime_ns, stat.st_size, part.rule.role)
    role = "network" if part.rule.role == "denoiser" else part.rule.role
    assert role != "other"

    def make() -> Handle:
        name = f"{part.rule.words} ({file.path.name})"
        names = {new: (old, part.tensors[old].shape) for new, old in source_names(part, rename).items()}
        origin = Origin(names, dict(file.metadata))
        network = build_filled(build, part, file, rename)
        return Handle(name, role, network, origin=origin, on_converted=file.forget_pages)

    return memory.share(key, make)


def _has(parts: dict[Role, Part], role: Role) -> bool:
    return role in parts and parts[role].rule.layout is not None


def _readable(parts: dict[Role, Part], role: Role, file: WeightsFile) -> Part:
    part = parts.get(role)
    if part is None:
        other, found = next(iter(parts.items()))
        wanted = _WANTED.get(role, role)
        hint = _HINTS.get(other, "Load it with CheckpointLoaderSimple.")
        raise BadFile(f"{file.path.name} holds no {wanted}; it is {found.rule.words}. {hint}")
    if part.rule.layout is None:
        raise BadFile(f"{file.path.name} is {part.rule.words}, which cannot be loaded yet.")
    return part
