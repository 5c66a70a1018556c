"""A checkpoint of Stable Diffusion 1.5's size in half precision, with random weights: 2.13 GB."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import save_file

from tests.api.running import call
from tests.diffusion.tiny import Widths, text_shapes, unet_shapes, vae_shapes

WIDTHS = Widths(
    unet=(320, 640, 1280, 1280),
    attention=(True, True, True, False),
    unet_layers=2,
    vae=(128, 256, 512, 512),
    vae_layers=2,
    text=768,
    text_layers=12,
    merges=48894,
)
NAME = "sd15-random.safetensors"


@contextmanager
def sd15_base(given: Path | None) -> Iterator[Path]:
    """A base directory whose ``models/checkpoints`` holds the file given, or one with random weights."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "models" / "checkpoints"
        folder.mkdir(parents=True)
        if given is not None:
            _link_or_copy(given, folder / NAME)
        else:
            write_sd15(folder / NAME)
        yield Path(name)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)  # a symbolic link that leads out of the folder would be refused
    except OSError:
        shutil.copyfile(source, target)


def write_sd15(path: Path) -> None:
    """Random weights scaled by fan-in, so that activations stay near unit size."""
    prefixed = {
        "model.diffusion_model.": unet_shapes(WIDTHS),
        "first_stage_model.": vae_shapes(WIDTHS),
        "cond_stage_model.transformer.text_model.": text_shapes(WIDTHS),
    }
    torch.manual_seed(0)
    weights = {}
    for prefix, shapes in prefixed.items():
        for name, shape in shapes:
            values = torch.empty(shape, dtype=torch.float16)
            if len(shape) > 1:
                values.normal_(0, prod(shape[1:]) ** -0.5)
            else:
                values.fill_(1.0 if name.endswith("weight") else 0.0)
            weights[prefix + name] = values
    save_file(weights, path)


def painting(steps: int, size: int = 256) -> dict[str, Any]:
    """Text to image at this size, to a saved picture."""
    return {
        "1": call("CheckpointLoaderSimple", ckpt_name=NAME),
        "2": call("CLIPTextEncode", text="a red apple", clip=["1", 1]),
        "3": call("CLIPTextEncode", text="", clip=["1", 1]),
        "4": call("EmptyLatentImage", width=size, height=size, batch_size=1),
        "5": call(
            "KSampler",
            model=["1", 0],
            positive=["2", 0],
            negative=["3", 0],
            latent_image=["4", 0],
            seed=1,
            steps=steps,
            cfg=7.0,
            sampler_name="euler",
            scheduler="normal",
            denoise=1.0,
        ),
        "6": call("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": call("SaveImage", images=["6", 0], filename_prefix="benchmark"),
    }
