"""A mask that opens as sampling goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from diffusion.checkpoint.load import load_denoiser
from diffusion.memory import Memory, Precision
from diffusion.sampling.differential import MASK_CHANGE, threshold
from diffusion.sampling.ksampler import sample
from diffusion.values import Cond, Latent
from tests.diffusion.sampling.toy import LEVELS
from tests.diffusion.tiny import write_sd1_checkpoint

SIGMAS = torch.cat([LEVELS.table[[999, 749, 499, 249, 0]], torch.zeros(1)])
GREYS = torch.tensor([0.0, 0.3, 0.5, 0.8, 1.0]).reshape(1, 1, 1, 5)


@pytest.mark.parametrize(
    ("step", "opened"),
    [(0, [0, 0, 0, 0, 1]), (1, [0, 0, 0, 1, 1]), (2, [0, 0, 1, 1, 1]), (3, [0, 1, 1, 1, 1]), (4, [0, 1, 1, 1, 1])],
)
def test_a_grey_opens_when_no_more_than_it_of_the_way_is_left(step: int, opened: list[int]) -> None:
    assert threshold(1.0)(GREYS, SIGMAS[step], SIGMAS, LEVELS).flatten().tolist() == opened


def test_less_strength_mixes_the_grey_in() -> None:
    mixed = threshold(0.75)(GREYS, SIGMAS[2], SIGMAS, LEVELS).flatten()
    torch.testing.assert_close(mixed, torch.tensor([0, 0.075, 0.875, 0.95, 1.0]))


def test_a_picture_changes_more_the_lighter_its_mask(tmp_path: Path) -> None:
    memory = Memory(torch.device("cpu"), Precision())
    model = load_denoiser(write_sd1_checkpoint(tmp_path / "tiny.safetensors", parts=("unet",)), memory)
    original = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0)) * 5
    mask = torch.tensor([0.0, 0.3, 0.6, 1.0]).repeat_interleave(2).expand(1, 8, 8)
    words = (Cond(torch.randn(1, 77, 32, generator=torch.Generator().manual_seed(1))),)

    def changed(strength: float) -> list[float]:
        told = model.with_options(**{MASK_CHANGE: threshold(strength)})
        result = sample(told, seed=4, steps=8, cfg=1.0, sampler_name="euler", scheduler="normal", memory=memory,
                        positive=words, negative=(), latent=Latent(original, mask=mask))  # fmt: skip
        columns: list[float] = (result.samples - original).abs().mean((0, 1, 2)).tolist()
        return columns[::2]

    black, dark, light, white = changed(1.0)
    assert black < 1e-4 < dark < light < white
