"""Between pictures and latents."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from diffusion.memory import Memory
from diffusion.vae import Vae, decode, encode
from diffusion.vae.inpaint import erase, grow_mask
from diffusion.vae.tiling import Tiles
from diffusion.values import Latent
from graph.errors import UserError
from graph.node import node
from graph.run import Run
from graph.spec import Int
from nodes.ports import IMAGE, LATENT, MASK, VAE

Overlap = Annotated[int, Int(0, 4096, step=32), "Pixels that neighbours share; at most a quarter of a tile."]
TileFrames = Annotated[int, Int(8, 4096, step=4), "Frames decoded at once, by VAEs of films only."]
TileFramesShared = Annotated[int, Int(4, 4096, step=4), "Frames that these share, by VAEs of films only."]


@node("VAEDecode", display_name="VAE Decode", category="latent")
def decode_latent(*, samples: LATENT, vae: VAE, memory: Memory, run: Run) -> IMAGE:
    """The picture that a latent stands for. Large ones are decoded in tiles when memory is short."""
    return decode(present_vae(vae), samples.samples, memory, run.progress)


@node("VAEEncode", display_name="VAE Encode", category="latent")
def encode_image(*, pixels: IMAGE, vae: VAE, memory: Memory, run: Run) -> LATENT:
    """The latent of a picture, to paint over it."""
    return Latent(encode(present_vae(vae), pixels, memory, run.progress))


@node("VAEDecodeTiled", display_name="VAE Decode (Tiled)", category="_for_testing", synonyms=("memory",))
def decode_tiled(
    *,
    samples: LATENT,
    vae: VAE,
    tile_size: Annotated[int, Int(64, 4096, step=32), "Pixels."] = 512,
    overlap: Overlap = 64,
    temporal_size: TileFrames = 64,  # noqa: ARG001  # the VAEs that are known here decode pictures
    temporal_overlap: TileFramesShared = 8,  # noqa: ARG001
    memory: Memory,
    run: Run,
) -> IMAGE:
    """The picture that a latent stands for, in tiles: slower, for little memory."""
    return decode(present_vae(vae), samples.samples, memory, run.progress, _tiles(tile_size, overlap))


@node("VAEEncodeTiled", display_name="VAE Encode (Tiled)", category="_for_testing", synonyms=("memory",))
def encode_tiled(
    *,
    pixels: IMAGE,
    vae: VAE,
    tile_size: Annotated[int, Int(64, 4096, step=64), "Pixels."] = 512,
    overlap: Overlap = 64,
    temporal_size: TileFrames = 64,  # noqa: ARG001  # the VAEs that are known here encode pictures
    temporal_overlap: TileFramesShared = 8,  # noqa: ARG001
    memory: Memory,
    run: Run,
) -> LATENT:
    """The latent of a picture, in tiles: slower, for little memory."""
    return Latent(encode(present_vae(vae), pixels, memory, run.progress, _tiles(tile_size, overlap)))


@node("VAEEncodeForInpaint", display_name="VAE Encode (for Inpainting)", category="latent/inpaint")
def encode_for_inpainting(
    *,
    pixels: IMAGE,
    vae: VAE,
    mask: MASK,
    grow_mask_by: Annotated[int, Int(0, 64, 1), "Pixels."] = 6,
    memory: Memory,
    run: Run,
) -> LATENT:
    """The latent of a picture whose masked part (1) is erased and will be painted anew."""
    pixels, mask = erase(pixels[..., :3], mask)
    latent = Latent(encode(present_vae(vae), pixels, memory, run.progress))
    return replace(latent, mask=grow_mask(mask, grow_mask_by))


def _tiles(size: int, overlap: int) -> Tiles:
    """No more overlap than a quarter of a tile, or tiles would hardly get on."""
    return Tiles(size, min(overlap, size // 4))


def present_vae(vae: Vae | None) -> Vae:
    """The VAE. Raises UserError where the checkpoint that it is linked from has none."""
    if vae is None:
        raise UserError("The checkpoint holds no VAE. Load one with VAELoader and link its VAE output.")
    return vae
