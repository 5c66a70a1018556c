from __future__ import annotations

from pathlib import Path

import torch

from diffusion.checkpoint.load import load_checkpoint
from diffusion.memory import Memory, Precision
from diffusion.vae import encode
from diffusion.vae.preview import SD1_COLOURS, Preview, paint

STARTER = Path(__file__).parents[3] / "models" / "starter" / "checkpoints" / "easel-starter.safetensors"


def test_a_preview_shows_the_colours_of_the_picture() -> None:
    memory = Memory(torch.device("cpu"), Precision())
    checkpoint = load_checkpoint(STARTER, memory)
    assert checkpoint.vae is not None
    halves = torch.tensor([[0.9, 0.2, 0.2], [0.2, 0.3, 0.9]]).repeat_interleave(64, dim=0)
    image = halves[None, None].expand(1, 128, 128, 3)
    x0 = checkpoint.model.family.latent.scale_in(encode(checkpoint.vae, image, memory))

    shown = torch.tensor(list(Preview(checkpoint.model, x0, memory)().get_flattened_data())).reshape(128, 128, 3)

    left, right = shown[32:96, 16:48].float().mean((0, 1)), shown[32:96, 80:112].float().mean((0, 1))
    assert (left / 255 - halves[0]).abs().max() < 0.12
    assert (right / 255 - halves[-1]).abs().max() < 0.12


def test_a_preview_of_noise_and_nan_is_a_picture_of_bounded_size() -> None:
    x0 = torch.full((2, 4, 200, 100), torch.nan)

    assert paint(x0, SD1_COLOURS).size == (200, 400)
