"""Empty latents in the shapes that families of models want."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from diffusion.values import Latent
from graph.node import Slot, node
from graph.spec import Float, Int, Port
from nodes.image import SIZE_MAX
from nodes.ports import LATENT

FILM = "latent/video"
SOUND = "latent/audio"

Batch = Annotated[int, Int(1, 4096), "How many to make at once."]
Side = Annotated[int, Int(16, SIZE_MAX, step=16), "Pixels of the decoded picture."]
LargeSide = Annotated[int, Int(64, SIZE_MAX, step=32), "Pixels of the decoded picture."]
PixelSide = Annotated[int, Int(64, 4096, step=32), "Pixels."]
Frames4 = Annotated[int, Int(1, SIZE_MAX, step=4), "Frames of the decoded film."]
Frames8 = Annotated[int, Int(1, SIZE_MAX, step=8), "Frames of the decoded film."]
Seconds = Annotated[float, Float(1.0, 1000.0, 0.1)]


class Stages(NamedTuple):
    stage_c: Annotated[Latent, Port("LATENT"), Slot(name="stage_c")]
    stage_b: Annotated[Latent, Port("LATENT"), Slot(name="stage_b")]


def _picture(batch: int, channels: int, height: int, width: int, scale: int) -> Latent:
    return Latent(torch.zeros(batch, channels, height // scale, width // scale))


def _film(batch: int, channels: int, length: int, pace: int, height: int, width: int, scale: int) -> Latent:
    """The first frame has a latent frame of its own, each ``pace`` further ones share one."""
    return Latent(torch.zeros(batch, channels, (length - 1) // pace + 1, height // scale, width // scale))


def _sound(samples: Tensor) -> Latent:
    return Latent(samples, extra={"type": "audio"})


@node("EmptySD3LatentImage", category="latent/sd3", needs_device=False)
def empty_sd3(*, width: Side = 1024, height: Side = 1024, batch_size: Batch = 1) -> LATENT:
    """An empty latent for SD3, Flux and others with 16 channels."""
    return _picture(batch_size, 16, height, width, 8)


@node("EmptyFlux2LatentImage", display_name="Empty Flux 2 Latent", category="latent", needs_device=False)
def empty_flux2(*, width: Side = 1024, height: Side = 1024, batch_size: Batch = 1) -> LATENT:
    """An empty latent for Flux 2."""
    return _picture(batch_size, 128, height, width, 16)


@node("EmptyHunyuanImageLatent", category="latent", needs_device=False)
def empty_hunyuan_image(*, width: LargeSide = 2048, height: LargeSide = 2048, batch_size: Batch = 1) -> LATENT:
    """An empty latent for HunyuanImage 2.1."""
    return _picture(batch_size, 64, height, width, 32)


@node("EmptyChromaRadianceLatentImage", category="latent/chroma_radiance", needs_device=False)
def empty_radiance(*, width: Side = 1024, height: Side = 1024, batch_size: Batch = 1) -> LATENT:
    """An empty latent for Chroma Radiance, which works on pixels."""
    return _picture(batch_size, 3, height, width, 1)


@node("EmptyHiDreamO1LatentImage", display_name="Empty HiDream-O1 Latent Image", category="latent/image",
      needs_device=False)  # fmt: skip
def empty_hidream_o1(
    *,
    width: PixelSide = 2048,
    height: PixelSide = 2048,
    batch_size: Annotated[int, Int(1, 64), "How many to make at once."] = 1,
) -> LATENT:
    """An empty latent for HiDream-O1, which works on pixels; it was trained at about 2048 x 2048."""
    return _picture(batch_size, 3, height, width, 1)


@node("EmptyQwenImageLayeredLatentImage", display_name="Empty Qwen Image Layered Latent", category="latent/qwen",
      needs_device=False)  # fmt: skip
def empty_layers(
    *,
    width: Side = 640,
    height: Side = 640,
    layers: Annotated[int, Int(0, SIZE_MAX, step=1), "Beside the whole picture."] = 3,
    batch_size: Batch = 1,
) -> LATENT:
    """An empty latent for Qwen Image Layered: the picture, and its layers."""
    return Latent(torch.zeros(batch_size, 16, layers + 1, height // 8, width // 8))


@node("StableCascade_EmptyLatentImage", category="latent/stable_cascade", needs_device=False)
def empty_cascade(
    *,
    width: Annotated[int, Int(256, SIZE_MAX, step=8), "Pixels of the decoded picture."] = 1024,
    height: Annotated[int, Int(256, SIZE_MAX, step=8), "Pixels of the decoded picture."] = 1024,
    compression: Annotated[int, Int(4, 128, step=1), "Pixels to one of stage C."] = 42,
    batch_size: Batch = 1,
) -> Stages:
    """Empty latents for both stages of Stable Cascade."""
    return Stages(_picture(batch_size, 16, height, width, compression), _picture(batch_size, 4, height, width, 4))


@node("EmptyHunyuanLatentVideo", display_name="Empty HunyuanVideo 1.0 Latent", category=FILM, needs_device=False)
def empty_hunyuan_film(*, width: Side = 848, height: Side = 480, length: Frames4 = 25, batch_size: Batch = 1) -> LATENT:
    """An empty film latent for HunyuanVideo, Wan 2.1 and others with 16 channels."""
    return _film(batch_size, 16, length, 4, height, width, 8)


@node("EmptyHunyuanVideo15Latent", display_name="Empty HunyuanVideo 1.5 Latent", category=FILM, needs_device=False)
def empty_hunyuan15_film(
    *, width: Side = 848, height: Side = 480, length: Frames4 = 25, batch_size: Batch = 1
) -> LATENT:
    """An empty film latent for HunyuanVideo 1.5."""
    return _film(batch_size, 32, length, 4, height, width, 16)


@node("EmptyCosmosLatentVideo", category=FILM, needs_device=False)
def empty_cosmos_film(
    *, width: Side = 1280, height: Side = 704, length: Frames8 = 121, batch_size: Batch = 1
) -> LATENT:
    """An empty film latent for Cosmos 1."""
    return _film(batch_size, 16, length, 8, height, width, 8)


@node("EmptyMochiLatentVideo", category=FILM, needs_device=False)
def empty_mochi_film(
    *,
    width: Side = 848,
    height: Side = 480,
    length: Annotated[int, Int(7, SIZE_MAX, step=6), "Frames of the decoded film."] = 25,
    batch_size: Batch = 1,
) -> LATENT:
    """An empty film latent for Mochi."""
    return _film(batch_size, 12, length, 6, height, width, 8)


@node("EmptyLTXVLatentVideo", category="latent/video/ltxv", needs_device=False)
def empty_ltx_film(
    *, width: LargeSide = 768, height: LargeSide = 512, length: Frames8 = 97, batch_size: Batch = 1
) -> LATENT:
    """An empty film latent for LTX-Video."""
    return _film(batch_size, 128, length, 8, height, width, 32)


@node("EmptyLatentHunyuan3Dv2", category="latent/3d", needs_device=False)
def empty_shape(*, resolution: Annotated[int, Int(1, 8192), "Tokens."] = 3072, batch_size: Batch = 1) -> LATENT:
    """An empty latent for the shapes of Hunyuan3D 2."""
    return Latent(torch.zeros(batch_size, 64, resolution), extra={"type": "hunyuan3dv2"})


@node("EmptyLatentAudio", display_name="Empty Latent Audio", category=SOUND, needs_device=False)
def empty_sound(*, seconds: Seconds = 47.6, batch_size: Batch = 1) -> LATENT:
    """An empty latent for Stable Audio: 2048 samples of 44.1 kHz to one, an even number of them."""
    return _sound(torch.zeros(batch_size, 64, round(seconds * 44100 / 2048 / 2) * 2))


@node("EmptyAceStepLatentAudio", category=SOUND, needs_device=False)
def empty_ace_step_sound(*, seconds: Seconds = 120.0, batch_size: Batch = 1) -> LATENT:
    """An empty latent for ACE-Step: 4096 samples of 44.1 kHz to one."""
    return _sound(torch.zeros(batch_size, 8, 16, int(seconds * 44100 / 512 / 8)))


@node("EmptyAceStep1.5LatentAudio", display_name="Empty Ace Step 1.5 Latent Audio", category=SOUND, needs_device=False)
def empty_ace_step15_sound(*, seconds: Seconds = 120.0, batch_size: Batch = 1) -> LATENT:
    """An empty latent for ACE-Step 1.5: 1920 samples of 48 kHz to one."""
    return _sound(torch.zeros(batch_size, 64, round(seconds * 48000 / 1920)))
