"""Trains the autoencoder: pictures to latents an eighth of their size, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffusion.vae.autoencoder import build_autoencoder
from training.learner import Learner, Pace
from training.loop import OnStep, train
from training.starter.compose import Composer
from training.starter.pictures import picture_batches
from training.starter.recipe import SCALE_FACTOR, Recipe

_KL = 3e-4
# Norms over groups lose a flat picture's absolute colour; the first latent channels are tied to it, less and less.
_COLOUR_FIRST, _COLOUR_LAST = 0.5, 0.03


def train_vae(
    recipe: Recipe, composer: Composer, styles: tuple[str, ...], folder: Path, on_step: OnStep | None = None
) -> nn.Module:
    """An autoencoder whose latents, times SCALE_FACTOR, have unit variance; answers the averages, float32."""
    network = build_autoencoder(recipe.vae).requires_grad_(True)
    pace = Pace(total=recipe.vae_samples, lr=1.5e-3, warm_up=min(2000, recipe.vae_samples // 10))
    learner = Learner({"vae": network}, pace)
    train(learner, _losses(learner, recipe, composer, styles), folder, "vae", on_step)
    network.load_state_dict(learner.averaged("vae"))
    _, pictures = next(picture_batches(composer, styles, 64, recipe.shard, first=recipe.shards))
    return normalise_latents(network.eval(), pictures)


def normalise_latents(network: nn.Module, pictures: Tensor) -> nn.Module:
    """Bake mean and deviation of the latents into the layers around them, so that scaled latents are standard."""
    with torch.no_grad():
        latents = network.encode(pictures).latent_dist.mode()  # type: ignore[operator]  # diffusers is untyped
        mean, deviation = latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3)) * SCALE_FACTOR
        before, after = cast("nn.Conv2d", network.quant_conv), cast("nn.Conv2d", network.post_quant_conv)
        assert before.bias is not None
        assert after.bias is not None
        channels = len(mean)
        after.bias += after.weight.flatten(1) @ mean
        after.weight *= deviation.reshape(1, -1, 1, 1)
        before.bias[:channels] = (before.bias[:channels] - mean) / deviation
        before.weight[:channels] /= deviation.reshape(-1, 1, 1, 1)
        # The other half of the outputs is the logarithm of the variance.
        before.bias[channels:] -= 2 * deviation.log()
    return network


def reconstruction_loss(rebuilt: Tensor, pictures: Tensor) -> Tensor:
    """How far a picture is from itself: values, edges, and coarse colours."""
    pixels = (rebuilt - pictures).abs().mean() + 0.5 * (rebuilt - pictures).square().mean()
    edges = sum((rebuilt.diff(dim=axis) - pictures.diff(dim=axis)).abs().mean() for axis in (2, 3))
    coarse = (functional.avg_pool2d(rebuilt, 8) - functional.avg_pool2d(pictures, 8)).abs().mean()
    return pixels + 0.5 * edges + 0.5 * coarse


def _losses(
    learner: Learner, recipe: Recipe, composer: Composer, styles: tuple[str, ...]
) -> Iterator[tuple[Tensor, int]]:
    network = learner.modules["vae"]
    for _, pictures in picture_batches(composer, styles, 16, recipe.shard, first=10_000):
        with torch.autocast("cpu", torch.bfloat16):
            spread = network.encode(pictures).latent_dist  # type: ignore[operator]  # diffusers is untyped
            latents = spread.sample()
            rebuilt = network.decode(latents).sample.float()  # type: ignore[operator]  # diffusers is untyped
        done = min(1.0, learner.samples / learner.pace.total)
        tie = _COLOUR_FIRST + (_COLOUR_LAST - _COLOUR_FIRST) * done
        colours = functional.avg_pool2d(pictures, pictures.shape[-1] // latents.shape[-1])
        loss = reconstruction_loss(rebuilt, pictures) + _KL * spread.kl().mean() / latents[0].numel()
        yield loss + tie * (spread.mode()[:, :3].float() - colours).abs().mean(), len(pictures)
