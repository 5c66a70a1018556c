"""Pictures to latents and back, whole or in tiles, and quick previews of latents."""

from diffusion.vae.autoencoder import Vae, decode, encode
from diffusion.vae.tiling import Tiles

__all__ = ["Tiles", "Vae", "decode", "encode"]
