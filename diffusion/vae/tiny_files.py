"""Tiny autoencoders from the files in models/vae_approx: as VAEs of their own, and as decoders for previews."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import torch
from torch import nn

from diffusion.checkpoint.build import build_empty
from diffusion.checkpoint.configs.vae import VaeConfig
from diffusion.checkpoint.detect import describe
from diffusion.checkpoint.weights_file import WeightsFile, open_weights
from diffusion.errors import BadFile
from diffusion.memory import Handle
from diffusion.vae.autoencoder import Vae
from diffusion.vae.tiny import TinyAutoencoder, build_tiny_decoder, build_tiny_encoder

if TYPE_CHECKING:
    from diffusion.memory import Memory
    from diffusion.model import Model

log = logging.getLogger(__name__)

DECODER: Final = "_decoder"
ENCODER: Final = "_encoder"
# In a decoder's metadata: the fingerprint of the VAE whose latents it reads.
VAE_KEY: Final = "vae"
# How the field's decoders are called, by the family whose latents they read.
_FAMILY_FILES: Final = {"sd1": "taesd_decoder", "sd2": "taesd_decoder", "sdxl": "taesdxl_decoder",
                        "sd3": "taesd3_decoder", "flux": "taef1_decoder"}  # fmt: skip
# Stable Diffusion's own VAE is this wide; a narrower one speaks a language of its own.
_FULL_WIDTH: Final = 128
# (scale, shift) between a latent and what the denoiser sees of it.
_SCALES: Final = {"taesdxl": (0.13025, 0.0), "taesd3": (1.5305, 0.0609), "taef1": (0.3611, 0.1159)}
_SD1_SCALE: Final = (0.18215, 0.0)


@dataclass(frozen=True)
class TinyDecoder:
    """A decoder for previews. network: on the device, apart from Memory: it is small, and runs on a thread of its own.

    width: of its layers. dtype: what it computes in.
    """

    name: str
    network: nn.Module
    width: int
    dtype: torch.dtype


def load_tiny_vae(decoder: Path, encoder: Path | None, memory: Memory) -> Vae:
    """The VAE of a pair of files, or of a decoder alone. Raises BadFile."""
    files = [open_weights(path) for path in (decoder, encoder) if path is not None]
    first = files[0].tensors.get("1.weight")
    if first is None or len(first.shape) != 4:
        raise _no_tiny(files[0])
    width, channels = first.shape[:2]
    scale, shift = _SCALES.get(decoder.name.partition("_")[0], _SD1_SCALE)

    def build() -> Handle:
        halves = [_fill(make, file) for make, file in zip(_makers(width, channels), files, strict=False)]
        network = TinyAutoencoder(halves[0], halves[1] if encoder else None, scale, shift)
        return Handle(f"a tiny VAE ({decoder.name})", "vae", network)

    key = ("tiny", *((path.resolve(), path.stat().st_mtime_ns) for path in (decoder, encoder) if path is not None))
    config = VaeConfig(channels, 3, (width,) * 4, 3, 1, quant_conv=False)
    return Vae(memory.share(key, build), config)


def load_tiny_decoder(path: Path, memory: Memory) -> TinyDecoder:
    """The decoder of a file, ready on the device. Raises BadFile."""
    file = open_weights(path)
    first = file.tensors.get("1.weight")
    if first is None or len(first.shape) != 4:
        raise _no_tiny(file)
    width, channels = first.shape[:2]
    dtype = memory.precision.vae
    network = _fill(_makers(width, channels)[0], file)
    return TinyDecoder(path.name, network.to(memory.device, dtype).eval().requires_grad_(False), width, dtype)


def find_tiny_decoder(model: Model, files: Iterable[Path], memory: Memory) -> TinyDecoder | None:
    """The decoder among the files that reads this model's latents; None when there is none. Broken ones are logged."""
    for path in files:
        if not path.stem.endswith(DECODER):
            continue
        try:
            if _reads(path, model):
                return load_tiny_decoder(path, memory)
        except (BadFile, OSError) as error:
            log.warning("Previews are made without %s: %s", path.name, error)
    return None


def vae_fingerprint(vae: Vae) -> str:
    """A name for the language of a VAE's latents: its decoder's first and last weights, rounded to half precision."""
    found = hashlib.sha256()
    for name in ("decoder.conv_in.weight", "decoder.conv_out.weight"):
        found.update(vae.network.weights[name].half().contiguous().numpy().tobytes())
    return found.hexdigest()[:16]


def _reads(path: Path, model: Model) -> bool:
    """Whether the decoder says that it was made for the model's VAE, or is the field's own for its family."""
    made_for = open_weights(path).metadata.get(VAE_KEY)
    if made_for is not None:
        return model.vae is not None and vae_fingerprint(model.vae) == made_for
    known = model.vae is None or model.vae.config.widths[0] >= _FULL_WIDTH
    return known and path.stem == _FAMILY_FILES.get(model.family.name)


def _makers(width: int, channels: int) -> tuple[Callable[[], nn.Module], Callable[[], nn.Module]]:
    return lambda: build_tiny_decoder(width, channels), lambda: build_tiny_encoder(width, channels)


def _fill(make: Callable[[], nn.Module], file: WeightsFile) -> nn.Module:
    network = build_empty(make)
    expected = {name: tuple(value.shape) for name, value in network.named_parameters()}
    if {name: tuple(info.shape) for name, info in file.tensors.items()} != expected:
        raise _no_tiny(file)
    network.load_state_dict({name: file.read(name) for name in expected}, assign=True)
    return network


def _no_tiny(file: WeightsFile) -> BadFile:
    return BadFile(f"{file.path.name} is no tiny VAE that is known here (TAESD's layout). {describe(file.tensors)}")
