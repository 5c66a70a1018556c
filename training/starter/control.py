"""Trains a ControlNet that follows edges: the U-Net stays as it is."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import torch
from diffusers import ControlNetModel, UNet2DConditionModel
from numpy.typing import NDArray
from torch import Tensor, nn

from diffusion.adapters.controlnet import load_controlnet
from diffusion.memory import open_memory
from diffusion.pixels.edges import canny
from training.denoising import noised, spread_timesteps
from training.learner import Learner, Pace
from training.loop import OnStep, train
from training.networks import Networks, attend_plainly, encode_ids, token_ids
from training.starter.compose import Composer
from training.starter.pool import PER_CAPTION, compose_shard, read_pool
from training.starter.recipe import Recipe

log = logging.getLogger(__name__)

HINT_WIDTHS = (16, 16, 32, 64)
# Half of the captions are emptied (Zhang et al. 2023, section 3.3), so that the edges are read and not only the words.
_EMPTY = 0.5
# The part of the schedule in which it is decided what stands where, and how large: the edges have to be heard there.
_LAYOUT = (0.5, 1.0)
# Of Canny's gradients: from every line to the strongest ones, as a user may set the node.
_THRESHOLDS = (0.15, 0.25, 0.4, 0.6, 0.8)


def train_control(
    networks: Networks,
    recipe: Recipe,
    composer: Composer,
    styles: tuple[str, ...],
    pool_folder: Path,
    folder: Path,
    dtype: torch.dtype = torch.bfloat16,
    on_step: OnStep | None = None,
) -> nn.Module:
    """A ControlNet trained on a frozen U-Net; answers the averages, float32."""
    control = begin_control(networks.unet, recipe.control_from).requires_grad_(True)
    networks.unet.requires_grad_(False).to(dtype)
    networks.text.requires_grad_(False)
    attend_plainly(networks.unet)
    pace = Pace(total=recipe.control_samples, lr=8e-4, warm_up=min(2000, recipe.control_samples // 10))
    learner = Learner({"control": control}, pace, dtype)
    losses = _losses(networks, control, recipe, composer, styles, pool_folder, dtype)
    train(learner, losses, folder, "controlnet", on_step)
    finished: nn.Module = control.float()
    finished.load_state_dict(learner.averaged("control"))
    return finished


def begin_control(unet: nn.Module, begin_from: Path | None) -> ControlNetModel:
    """The ControlNet of a file, float32; without one that fits the U-Net, a copy of the U-Net's way down."""
    control = ControlNetModel.from_unet(
        cast("UNet2DConditionModel", unet), conditioning_embedding_out_channels=HINT_WIDTHS
    ).float()
    if begin_from is not None:
        known = load_controlnet(begin_from, open_memory(torch.device("cpu"))).handle.copy_module().state_dict()
        if {name: value.shape for name, value in known.items()} == {
            name: value.shape for name, value in control.state_dict().items()
        }:
            control.load_state_dict(known)
        else:
            log.warning("%s belongs to a U-Net of another shape; the ControlNet begins anew.", begin_from.name)
    return control


def draw_edges(pictures: NDArray[np.uint8], threshold: float) -> Tensor:
    """White lines on black ``(n, 3, h, w)`` in 0..1 of pictures ``(n, h, w, 3)``: what the node Canny draws.

    Its two thresholds are one here: following weak lines from strong ones would take ten times as long.
    """
    lines = canny(torch.from_numpy(pictures).float() / 255, threshold, threshold)
    return lines[:, None].repeat(1, 3, 1, 1)


def _losses(
    networks: Networks,
    control: ControlNetModel,
    recipe: Recipe,
    composer: Composer,
    styles: tuple[str, ...],
    pool_folder: Path,
    dtype: torch.dtype,
) -> Iterator[tuple[Tensor, int]]:
    generator = torch.Generator().manual_seed(0)
    empty = token_ids([""], networks.tokenizer)
    steps = len(networks.family.sigmas.table)
    number = 0
    while True:
        captions, latents, pictures = _shard(recipe, composer, styles, pool_folder, number)
        ids = token_ids(captions, networks.tokenizer)
        number += 1
        for picked in torch.split(torch.randperm(len(ids), generator=generator), recipe.batch // PER_CAPTION):
            rows = (picked[:, None] * PER_CAPTION + torch.arange(PER_CAPTION)).flatten()
            x0 = torch.from_numpy(latents)[rows].float()
            hint = draw_edges(
                pictures[rows.numpy()], _THRESHOLDS[int(torch.randint(len(_THRESHOLDS), (), generator=generator))]
            )
            emptied = torch.rand(len(picked), 1, generator=generator) < _EMPTY
            with torch.no_grad():
                tokens = encode_ids(networks.text, torch.where(emptied, empty, ids[picked]), networks.tokenizer, dtype)
            tokens = tokens.repeat_interleave(PER_CAPTION, dim=0)
            order = torch.randperm(len(x0), generator=generator)
            few = len(x0) // 4
            timesteps = torch.cat(
                [
                    spread_timesteps(few, steps, generator),
                    spread_timesteps(len(x0) - few, steps, generator, _LAYOUT),
                ]
            )[order]
            seen, wanted = noised(x0, timesteps, torch.randn(x0.shape, generator=generator), networks.family)
            seen = seen.to(dtype)
            down, middle = control(seen, timesteps, tokens, hint.to(dtype), return_dict=False)
            answer = networks.unet(
                seen,
                timesteps,
                encoder_hidden_states=tokens,
                down_block_additional_residuals=down,
                mid_block_additional_residual=middle,
                return_dict=False,
            )[0]
            yield (answer.float() - wanted).square().mean(), len(x0)


def _shard(
    recipe: Recipe, composer: Composer, styles: tuple[str, ...], pool_folder: Path, number: int
) -> tuple[list[str], NDArray[np.float16], NDArray[np.uint8]]:
    """One shard's captions, its latents from the pool, and its pictures, which are composed again."""
    pool = read_pool(pool_folder)
    number %= len(pool) // recipe.shard
    captions, pictures = compose_shard(composer, number, styles, recipe.shard)
    latents = pool.latents[number * recipe.shard : (number + 1) * recipe.shard]
    return captions, latents, pictures
