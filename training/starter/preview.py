"""Trains the preview decoder: what the VAE's decoder would paint, in a fraction of its time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from diffusion.vae.tiny import build_tiny_decoder
from training.learner import Learner, Pace
from training.loop import OnStep, train
from training.starter.compose import Composer
from training.starter.pool import compose_shard, read_pool
from training.starter.recipe import Recipe
from training.starter.vae import reconstruction_loss

# TAESD's is 64 wide: 2.4 MB. Half is enough for flat artwork: 0.6 MB.
WIDTH = 32
# Small batches learn more in the same time: the time goes by pixels, whose neighbours tell the same.
BATCH = 4


def train_preview(
    recipe: Recipe,
    composer: Composer,
    styles: tuple[str, ...],
    pool_folder: Path,
    folder: Path,
    on_step: OnStep | None = None,
) -> nn.Module:
    """A tiny decoder from scaled latents to pictures; answers the averages, float32."""
    network = build_tiny_decoder(WIDTH)
    network.to(memory_format=torch.channels_last)
    pace = Pace(total=recipe.preview_samples, lr=2e-3, warm_up=min(1000, recipe.preview_samples // 10), cool_down=0.5)
    learner = Learner({"preview": network}, pace)
    train(learner, _losses(network, recipe, composer, styles, pool_folder), folder, "preview", on_step)
    network.load_state_dict(learner.averaged("preview"))
    return network


def _losses(
    network: nn.Module, recipe: Recipe, composer: Composer, styles: tuple[str, ...], pool_folder: Path
) -> Iterator[tuple[Tensor, int]]:
    generator = torch.Generator().manual_seed(0)
    pool = read_pool(pool_folder)
    number = 0
    while True:
        start = number % (len(pool) // recipe.shard) * recipe.shard
        _, composed = compose_shard(composer, start // recipe.shard, styles, recipe.shard)
        number += 1
        for picked in torch.split(torch.randperm(recipe.shard, generator=generator), BATCH):
            pictures = torch.from_numpy(composed)[picked].movedim(-1, 1).float() / 255
            latents = torch.from_numpy(pool.latents[start : start + recipe.shard])[picked].float()
            with torch.autocast("cpu", torch.bfloat16):
                painted = network(latents).float()
            yield reconstruction_loss(painted * 2 - 1, pictures * 2 - 1), len(pictures)
