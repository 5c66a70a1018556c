from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from diffusion.memory import open_memory
from tests.training.small import small_networks
from training.painting import paint_prompts


def test_networks_that_painted_have_their_own_weights_and_paint_the_same_again(tmp_path: Path) -> None:
    networks = small_networks(tmp_path)
    before = {name: value.clone() for name, value in networks.unet.state_dict().items()}

    def paint() -> np.ndarray:
        return paint_prompts(networks, ["a cat", "a dog"], open_memory("cpu"), side=64, seeds=[1, 2], steps=2)

    first = paint()
    after = networks.unet.state_dict()
    assert all(value.dtype == torch.float32 and torch.equal(value, after[name]) for name, value in before.items())
    np.testing.assert_array_equal(paint(), first)
