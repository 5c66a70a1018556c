"""How well a ControlNet is followed: things are painted from the edges of drawings, and have to cover these."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from diffusion.adapters.controlnet import load_controlnet
from diffusion.checkpoint.load import load_checkpoint
from diffusion.memory import open_memory
from diffusion.sampling.ksampler import sample
from diffusion.text.encode import encode
from diffusion.vae import decode
from diffusion.values import ControlUse, Latent
from training.errors import TrainingError
from training.evaluation.checks import thing_mask
from training.starter.captions import write_caption
from training.starter.compose import Composer
from training.starter.control import draw_edges
from training.starter.scene import STYLES, Scene, Thing

_Picture = NDArray[np.uint8]
_BACKGROUNDS = ("blue", "yellow", "pink", "green", "white")
_POSITIONS = (None, "left", "right", "top", "bottom")
_THRESHOLD = 0.4


class Outlines(NamedTuple):
    """Mean overlaps (intersection over union) of painted things with drawn ones, without and with the ControlNet."""

    without: float
    guided: float


def measure_outlines(
    checkpoint: Path, controlnet: Path, composer: Composer, steps: int, cfg: float, count: int = 32
) -> Outlines:
    """The prompts name thing and background; where it stands and how large it is, only the edges say.

    Raises TrainingError for no whole checkpoint.
    """
    memory = open_memory(torch.device("cpu"))
    found = load_checkpoint(checkpoint, memory)
    if found.clip is None or found.vae is None:
        raise TrainingError(f"{checkpoint.name} lacks a text encoder or a VAE. Measure a whole checkpoint.")
    net = load_controlnet(controlnet, memory)
    overlaps: dict[bool, list[float]] = {False: [], True: []}
    for seed, (drawing, caption) in enumerate(_drawings(composer, count)):
        edges = draw_edges(np.stack([drawing]), _THRESHOLD).movedim(1, -1)
        for is_guided, rows in overlaps.items():
            controls = (ControlUse(net, edges),) if is_guided else ()
            positive, negative = (
                tuple(replace(cond, controls=controls) for cond in encode(found.clip, text, memory))
                for text in (caption, "")
            )
            blank = Latent(torch.zeros(1, found.model.family.latent.channels, *(n // 8 for n in drawing.shape[:2])))
            painted = sample(
                found.model, seed=seed, steps=steps, cfg=cfg, sampler_name="dpmpp_2m", scheduler="karras",
                positive=positive, negative=negative, latent=blank, memory=memory,
            )  # fmt: skip
            picture = (decode(found.vae, painted.samples, memory)[0] * 255).byte().numpy()
            rows.append(overlap(thing_mask(picture), thing_mask(drawing)))
    return Outlines(*(float(np.mean(rows)) for rows in overlaps.values()))


def overlap(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union; 1 for two empty masks."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def _drawings(composer: Composer, count: int) -> Iterator[tuple[_Picture, str]]:
    """(drawing, caption) of things spread over the table."""
    rng = random.Random("outlines")
    for i in range(count):
        concept = composer.concepts[i * len(composer.concepts) // count]
        thing = Thing(concept, rng.choice(concept.drawings))
        said = Scene((thing,), rng.choice(STYLES), rng.choice(_BACKGROUNDS), says_background=True)
        drawn = replace(said, position=rng.choice(_POSITIONS), size=rng.choice((None, "small", "big")))
        yield composer.paint(drawn, rng), write_caption(said, rng)
