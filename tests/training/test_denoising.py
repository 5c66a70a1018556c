from __future__ import annotations

import pytest
import torch

from diffusion.errors import DiffusionError
from diffusion.families.family import Prediction
from diffusion.families.sd1 import SD1, x0_from
from training.denoising import min_snr_weights, noised, spread_timesteps


@pytest.mark.parametrize("prediction", ["v", "epsilon", "x0"])
def test_the_sampler_finds_the_picture_in_a_right_answer(prediction: Prediction) -> None:
    """What training asks of a network is what sampling takes it for."""
    family = SD1(prediction=prediction)
    generator = torch.Generator().manual_seed(0)
    x0, noise = (torch.randn(5, 4, 2, 2, generator=generator) for _ in range(2))
    timesteps = torch.tensor([0, 10, 500, 900, 999])
    seen, answer = noised(x0, timesteps, noise, family)
    sigma = family.sigmas.table[timesteps].reshape(-1, 1, 1, 1)
    exploding = seen * (sigma**2 + 1).sqrt()
    assert torch.allclose(exploding, x0 + sigma * noise, atol=1e-4)
    assert torch.allclose(x0_from(prediction, exploding, answer, sigma), x0, atol=1e-4)


def test_a_consistency_model_is_not_trained() -> None:
    with pytest.raises(DiffusionError, match="lcm"):
        noised(torch.zeros(1, 4, 2, 2), torch.tensor([5]), torch.zeros(1, 4, 2, 2), SD1(prediction="lcm"))


def test_clean_levels_weigh_less() -> None:
    family = SD1(prediction="v")
    weights = min_snr_weights(torch.tensor([0, 500, 999]), family)
    snr = 1 / family.sigmas.table[torch.tensor([0, 500, 999])] ** 2
    assert torch.allclose(weights, snr.clamp(max=5) / (snr + 1))
    assert weights[0] < 0.01


def test_timesteps_are_spread_evenly_and_stay_in_the_schedule() -> None:
    timesteps = spread_timesteps(10, 1000, torch.Generator().manual_seed(0))
    assert [int(step) // 100 for step in timesteps] == list(range(10))


def test_timesteps_may_keep_to_a_part_of_the_schedule() -> None:
    timesteps = spread_timesteps(4, 1000, torch.Generator().manual_seed(0), within=(0.4, 0.8))
    assert [int(step) // 100 for step in timesteps] == [4, 5, 6, 7]
