"""Composed pictures as latents with their captions, made ahead: training only reads.

Composing and encoding a picture costs about as much as training on it once, so each one is used several times, with
other noise. Every scene is painted twice in a row (another drawing, style or place), because two samples then share
one pass of the text encoder.
"""

from __future__ import annotations

import copy
import logging
import os
import random
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from training.errors import TrainingError
from training.starter.captions import write_caption
from training.starter.compose import Composer
from training.starter.concepts import Concept
from training.starter.scene import Scene, sample_scene

log = logging.getLogger(__name__)

SHARD = 2048
PER_CAPTION = 2


@dataclass(frozen=True)
class Pool:
    """latents ``(n, channels, h, w)`` float16, as the denoiser sees them; captions: one for PER_CAPTION of them."""

    latents: NDArray[np.float16]
    captions: list[str]

    def __len__(self) -> int:
        return len(self.latents)


def fill_pool(
    folder: Path,
    composer: Composer,
    vae: nn.Module,
    scale_factor: float,
    shards: int,
    styles: tuple[str, ...],
    size: int = SHARD,
) -> None:
    """Write shards until the folder holds that many. A shard's number is its seed: the same shard each time."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [number for number in range(shards) if not _shard(folder, number).exists()]
    for number in tqdm(missing, desc="latents", unit="shard", mininterval=10):
        captions, pictures = compose_shard(composer, number, styles, size)
        latents = encode_pictures(vae, pictures, scale_factor)
        unfinished = folder / f"{number:05}.part.npz"
        np.savez(unfinished, allow_pickle=False, latents=latents, captions=np.array(captions))
        os.replace(unfinished, _shard(folder, number))


def read_pool(folder: Path, at_least: int = 1) -> Pool:
    """All finished shards of the folder. Raises TrainingError when there are fewer than ``at_least``."""
    files = [path for path in sorted(folder.glob("*.npz")) if ".part" not in path.name]
    if len(files) < at_least:
        raise TrainingError(f"{folder} holds {len(files)} shards of latents, {at_least} are needed. Run 'latents'.")
    latents: list[NDArray[np.float16]] = []
    captions: list[str] = []
    for path in files:
        with np.load(path) as stored:
            latents.append(stored["latents"])
            captions.extend(str(caption) for caption in stored["captions"])
    return Pool(np.concatenate(latents), captions)


def compose_shard(
    composer: Composer, seed: int, styles: tuple[str, ...], size: int = SHARD, per_caption: int = PER_CAPTION
) -> tuple[list[str], NDArray[np.uint8]]:
    """(captions, pictures ``(size, side, side, 3)``): several pictures in a row for each caption."""
    rng = random.Random(f"starter {seed}")
    captions: list[str] = []
    pictures: list[NDArray[np.uint8]] = []
    for _ in range(size // per_caption):
        scene = sample_scene(rng, styles, concepts=composer.concepts)
        captions.append(write_caption(scene, rng))
        pictures.append(composer.paint(scene, rng))
        pictures.extend(
            composer.paint(_another(scene, rng, styles, composer.concepts), rng) for _ in range(per_caption - 1)
        )
    return captions, np.stack(pictures)


def encode_pictures(vae: nn.Module, pictures: NDArray[np.uint8], scale_factor: float) -> NDArray[np.float16]:
    """Latents, scaled, of pictures ``(n, side, side, 3)``; in bfloat16, 11 ms a picture of 128 px on two cores."""
    encoder = copy.deepcopy(vae).to(torch.bfloat16).eval()
    latents: list[Tensor] = []
    with torch.no_grad():
        for batch in torch.split(torch.from_numpy(pictures), 32):
            pixels = (batch.movedim(-1, 1).float() / 127.5 - 1).to(torch.bfloat16)
            latents.append(encoder.encode(pixels).latent_dist.mode().float() * scale_factor)  # type: ignore[operator]  # diffusers' modules are untyped here
    scaled: NDArray[np.float16] = torch.cat(latents).half().numpy()
    return scaled


def _another(scene: Scene, rng: random.Random, styles: tuple[str, ...], concepts: tuple[Concept, ...]) -> Scene:
    """The same caption, drawn differently: other drawings, and another style where the caption names none."""
    fresh = sample_scene(rng, styles, scene.things[0].concept, concepts)
    things = (replace(scene.things[0], drawing=fresh.things[0].drawing), *scene.things[1:])
    return replace(scene, things=things, style=scene.style if scene.says_style else fresh.style)


def _shard(folder: Path, number: int) -> Path:
    return folder / f"{number:05}.npz"
