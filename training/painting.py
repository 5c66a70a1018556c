"""Pictures from networks that are in training, through the same sampler as every picture, and grids of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor, nn

from diffusion.memory import Handle, Memory
from diffusion.model import Model
from diffusion.sampling.ksampler import sample
from diffusion.text.clip import Clip
from diffusion.text.encode import encode
from diffusion.values import Latent
from training.networks import Networks

# What to do with (prompt index, picture); lets a caller stop or show progress.
OnPicture = Callable[[int, int], None]


def paint_prompts(
    networks: Networks,
    prompts: Sequence[str],
    memory: Memory,
    *,
    side: int,
    seeds: Sequence[int],
    steps: int = 20,
    cfg: float = 3.0,
    on_picture: OnPicture | None = None,
) -> NDArray[np.uint8]:
    """``(prompts, side, side, 3)``: each prompt with its seed, by DPM++ 2M with Karras' noise levels."""
    unet = Handle("U-Net in training", "network", networks.unet)
    text = Handle("text encoder in training", "text", cast("nn.Module", networks.text))
    model, clip = Model(networks.family, unet), Clip(text, networks.tokenizer)
    pictures: list[NDArray[np.uint8]] = []
    try:
        negative = encode(clip, "", memory)
        for index, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True)):
            latent = Latent(samples=torch.zeros(1, networks.family.latent.channels, side // 8, side // 8))
            painted = sample(
                model,
                seed=seed,
                steps=steps,
                cfg=cfg,
                sampler_name="dpmpp_2m",
                scheduler="karras",
                positive=encode(clip, prompt, memory),
                negative=negative,
                latent=latent,
                memory=memory,
            )
            pictures.append(decode_latents(networks.vae, painted.samples)[0])
            if on_picture is not None:
                on_picture(index + 1, len(prompts))
    finally:
        # The networks get their own weights back: in memory they may be packed, which nothing else can read.
        for handle in (unet, text):
            memory.unload(handle)
    return np.stack(pictures)


def decode_latents(vae: nn.Module, samples: Tensor) -> NDArray[np.uint8]:
    """``(n, side, side, 3)`` of unscaled latents."""
    weight = next(vae.parameters())
    with torch.no_grad():
        pixels = vae.decode(samples.to(weight.dtype)).sample.float()  # type: ignore[operator]  # diffusers is untyped
    return (pixels.add(1).div(2).clamp(0, 1).mul(255).round().byte().movedim(1, -1)).numpy()  # type: ignore[no-any-return]


def draw_grid(pictures: NDArray[np.uint8], captions: Sequence[str], columns: int = 8, zoom: float = 1.0) -> Image.Image:
    """The pictures in rows, each under its caption."""
    cell = round(pictures.shape[1] * zoom)
    rows = -(-len(pictures) // columns)
    grid = Image.new("RGB", (columns * (cell + 4), rows * (cell + 18)), "white")
    pen = ImageDraw.Draw(grid)
    for index, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        x, y = index % columns * (cell + 4), index // columns * (cell + 18)
        grid.paste(Image.fromarray(picture).resize((cell, cell)), (x, y + 14))
        pen.text((x + 1, y + 1), caption[: cell // 6], fill="black")
    return grid
