"""The port types: what a wire of each name carries."""

from __future__ import annotations

from typing import Annotated, Any

from torch import Tensor

from diffusion import values, vision
from diffusion.adapters import controlnet
from diffusion.model import Model
from diffusion.sampling import guider, noise, samplers
from diffusion.text.clip import Clip
from diffusion.vae.autoencoder import Vae
from graph.spec import ANY, Port

MODEL = Annotated[Model, Port("MODEL")]
CLIP = Annotated[Clip, Port("CLIP")]
VAE = Annotated[Vae, Port("VAE")]
CLIP_VISION = Annotated[vision.ClipVision, Port("CLIP_VISION")]
CLIP_VISION_OUTPUT = Annotated[vision.ClipVisionOutput, Port("CLIP_VISION_OUTPUT")]
CONTROL_NET = Annotated[controlnet.ControlNet, Port("CONTROL_NET")]
CONDITIONING = Annotated[values.Conditioning, Port("CONDITIONING")]
LATENT = Annotated[values.Latent, Port("LATENT")]
IMAGE = Annotated[Tensor, Port("IMAGE")]
MASK = Annotated[Tensor, Port("MASK")]
NOISE = Annotated[noise.Noise, Port("NOISE")]
SAMPLER = Annotated[samplers.Sampler, Port("SAMPLER")]
SIGMAS = Annotated[Tensor, Port("SIGMAS")]
GUIDER = Annotated[guider.Guider, Port("GUIDER")]
ANYTHING = Annotated[Any, Port(ANY)]
