"""Small things to train with: drawings of two shapes, and the networks of a tiny checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from diffusion.families.sd1 import SD1
from tests.diffusion.tiny import write_sd1_checkpoint
from training.networks import Networks, open_networks
from training.starter.artwork import SPRITE_SIDE, Sprite
from training.starter.compose import Composer
from training.starter.concepts import all_concepts

CONCEPTS = all_concepts()[:3]


def disc(colour: tuple[int, int, int], leaf: tuple[int, int, int] | None = None) -> Sprite:
    """A disc on nothing, with a square leaf at its top if asked."""
    rows, columns = np.mgrid[:SPRITE_SIDE, :SPRITE_SIDE] - SPRITE_SIDE / 2
    sprite = np.zeros((SPRITE_SIDE, SPRITE_SIDE, 4), dtype=np.uint8)
    sprite[np.hypot(rows, columns) < 70] = (*colour, 255)
    if leaf:
        sprite[10:40, 70:90] = (*leaf, 255)
    return sprite


def small_composer(side: int = 64) -> Composer:
    """Three concepts whose drawings are discs, each of its own shade."""
    shades = {name: 60 + 30 * number for number, name in enumerate(n for c in CONCEPTS for n in c.drawings)}
    sprites = {
        f"{style}/{name}": disc((shade, shade // 2, 200))
        for style in ("3d", "flat", "cartoon", "line")
        for name, shade in shades.items()
    }
    return Composer(sprites, side, CONCEPTS)


def small_networks(folder: Path) -> Networks:
    """A U-Net, a text encoder and a VAE of random weights, to predict v."""
    torch.manual_seed(0)
    path = write_sd1_checkpoint(folder / "small.safetensors", metadata={"prediction": "v"})
    networks = open_networks(path)
    assert networks.family == SD1(prediction="v")
    return networks
