"""How fast a checkpoint loads and paints, by the same calls as the nodes make."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import torch

from diffusion.checkpoint.load import import_networks, load_checkpoint
from diffusion.memory import open_memory
from diffusion.sampling.ksampler import sample
from diffusion.text.encode import encode
from diffusion.vae import decode
from diffusion.values import Latent
from training.errors import TrainingError

_PICTURES = 3


class Speed(NamedTuple):
    """loading_s: from the file to networks, what they are built from being imported. painting_s: a picture, decoded."""

    loading_s: float
    painting_s: float


def measure_speed(checkpoint: Path, side: int, steps: int, cfg: float) -> Speed:
    """The fastest of three pictures after one to warm up. Raises TrainingError for no whole checkpoint."""
    import_networks()
    memory = open_memory()
    started = time.perf_counter()
    found = load_checkpoint(checkpoint, memory)
    loading_s = time.perf_counter() - started
    if found.clip is None or found.vae is None:
        raise TrainingError(f"{checkpoint.name} lacks a text encoder or a VAE. Measure a whole checkpoint.")
    positive, negative = (encode(found.clip, text, memory) for text in ("a red apple", ""))
    blank = Latent(torch.zeros(1, found.model.family.latent.channels, side // 8, side // 8))
    times = []
    for seed in range(1 + _PICTURES):
        started = time.perf_counter()
        painted = sample(
            found.model, seed=seed, steps=steps, cfg=cfg, sampler_name="dpmpp_2m", scheduler="karras",
            positive=positive, negative=negative, latent=blank, memory=memory,
        )  # fmt: skip
        decode(found.vae, painted.samples, memory)
        times.append(time.perf_counter() - started)
    return Speed(loading_s, min(times[1:]))
