"""Trains the U-Net and the text encoder together on the pool of latents."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from diffusion.memory import open_memory
from diffusion.text.clip import ClipTextModel
from training.denoising import noised, spread_timesteps
from training.learner import Learner, Pace
from training.loop import OnStep, train
from training.networks import Networks, attend_plainly, encode_ids, token_ids
from training.painting import draw_grid, paint_prompts
from training.starter.pool import PER_CAPTION, read_pool

# Share of captions that are emptied, so that guidance has a picture without a prompt to lead away from.
EMPTY = 0.1
# The part of the schedule in which a picture of 16 x 16 latents gets its shapes. Weights that fall with the noise, as
# min-SNR's do, are made for larger pictures: here they leave the words' shapes unlearnt.
SHAPES = (0.4, 0.95)
# Grids show what is easy, what is hard, and pairs of concept and colour that training never shows.
GRID_PROMPTS = (
    "a cat",
    "a red apple",
    "a dog on a blue background",
    "a pink elephant",
    "a giraffe",
    "a cat and a dog",
    "a guitar",
    "a castle at night",
    "a small green car on the left",
    "two strawberries",
    "a flat icon of a fox",
    "a cartoon of a bee",
    "a purple umbrella on a yellow background",
    "a camera on the right",
    "a blue shark under water",
    "a key and a lock",
)


def train_unet(
    networks: Networks,
    pool_folder: Path,
    folder: Path,
    pace: Pace,
    *,
    batch: int = 64,
    dtype: torch.dtype = torch.bfloat16,
    on_step: OnStep | None = None,
) -> Networks:
    """Train until ``pace.total`` samples, going on where the folder's last run stopped; answers the averages.

    New shards that appear in the pool meanwhile are used from the next pass on.
    """
    attend_plainly(networks.unet)
    learner = Learner({"unet": networks.unet.train(), "text": networks.text}, pace, dtype)
    train(learner, _losses(networks, pool_folder, batch), folder, "unet", on_step)
    return averaged_networks(networks, learner)


def denoising_loss(networks: Networks, latents: Tensor, ids: Tensor, generator: torch.Generator) -> Tensor:
    """The error in v over a batch: latents ``(batch, ...)``, token ids ``(captions, 77)``.

    Each caption belongs to batch / captions latents in a row. Half of the batch is noised to the levels of SHAPES.
    """
    dtype = next(networks.unet.parameters()).dtype
    steps = len(networks.family.sigmas.table)
    order = torch.randperm(len(latents), generator=generator)
    half = len(latents) // 2
    anywhere = spread_timesteps(len(latents) - half, steps, generator)
    timesteps = torch.cat([anywhere, spread_timesteps(half, steps, generator, SHAPES)])[order]
    noise = torch.randn(latents.shape, generator=generator)
    seen, wanted = noised(latents, timesteps, noise, networks.family)
    tokens = encode_ids(networks.text, ids, networks.tokenizer, dtype)
    tokens = tokens.repeat_interleave(len(latents) // len(ids), dim=0)
    answer: Tensor = networks.unet(seen.to(dtype), timesteps, encoder_hidden_states=tokens, return_dict=False)[0]
    error = (answer.float() - wanted).square().mean(dim=(1, 2, 3))
    return error.mean()


def averaged_networks(networks: Networks, learner: Learner) -> Networks:
    """Copies that hold the running averages, float32, for painting and export."""
    unet = copy.deepcopy(networks.unet).float()
    unet.load_state_dict(learner.averaged("unet"))
    text: ClipTextModel = copy.deepcopy(networks.text).float()
    text.load_state_dict(learner.averaged("text"))
    return Networks(unet, text, networks.vae, networks.tokenizer, networks.family)


def read_averages(networks: Networks, folder: Path) -> tuple[Networks, int]:
    """(networks with the running averages of the folder's saved state, samples so far); a run may be going on."""
    state = torch.load(folder / "state.pt", map_location="cpu", weights_only=True)["learner"]
    for name, module in (("unet", networks.unet), ("text", networks.text)):
        prefix = f"{name}."
        averages = {
            key.removeprefix(prefix): value for key, value in state["averages"].items() if key.startswith(prefix)
        }
        module.load_state_dict(averages)
    return networks, int(state["samples"])


def paint_grid(networks: Networks, side: int, number: int = len(GRID_PROMPTS)) -> Image.Image:
    """Pictures of the first GRID_PROMPTS, each with its own seed."""
    prompts = GRID_PROMPTS[:number]
    memory = open_memory(torch.device("cpu"))
    return draw_grid(paint_prompts(networks, prompts, memory, side=side, seeds=range(len(prompts))), prompts)


def _losses(networks: Networks, pool_folder: Path, batch: int) -> Iterator[tuple[Tensor, int]]:
    """Losses without end: passes over the pool, each in another order. Some captions are emptied."""
    generator = torch.Generator().manual_seed(torch.seed() % 2**31)
    empty = token_ids([""], networks.tokenizer)
    rows = batch // PER_CAPTION
    while True:
        pool = read_pool(pool_folder)
        ids = token_ids(pool.captions, networks.tokenizer)
        latents = torch.from_numpy(pool.latents).reshape(-1, PER_CAPTION, *pool.latents.shape[1:])
        for picked in torch.split(torch.randperm(len(ids), generator=generator), rows):
            emptied = torch.rand(len(picked), 1, generator=generator) < EMPTY
            batch_latents = latents[picked].flatten(0, 1).float()
            shown = torch.where(emptied, empty, ids[picked])
            yield denoising_loss(networks, batch_latents, shown, generator), len(batch_latents)
