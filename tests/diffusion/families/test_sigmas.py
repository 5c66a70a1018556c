from __future__ import annotations

import pytest
import torch

from diffusion.families.sigmas import DiscreteSigmas

SIGMAS = DiscreteSigmas()


def test_the_noise_levels_of_stable_diffusion_are_the_published_ones() -> None:
    assert len(SIGMAS.table) == 1000
    assert SIGMAS.sigma_min == pytest.approx(0.0292, abs=5e-5)
    assert SIGMAS.sigma_max == pytest.approx(14.6146, abs=5e-5)


def test_timesteps_and_noise_levels_are_inverse_at_whole_timesteps() -> None:
    timesteps = torch.arange(1000).float()

    assert torch.allclose(SIGMAS.sigma(timesteps), SIGMAS.table, rtol=1e-5)
    assert torch.equal(SIGMAS.timestep(SIGMAS.table), timesteps)


def test_between_timesteps_the_logarithm_is_linear() -> None:
    middle = SIGMAS.sigma(torch.tensor(500.5))

    assert middle.item() == pytest.approx((SIGMAS.table[500] * SIGMAS.table[501]).sqrt().item(), rel=1e-6)


def test_the_timestep_of_any_noise_level_is_the_nearest_in_logarithm() -> None:
    assert SIGMAS.timestep(torch.tensor([1e-9, 1.0, 1e9])).tolist() == [0, 354, 999]
    assert abs(SIGMAS.log_table[354]) == SIGMAS.log_table.abs().min()


def test_percents_run_from_noise_to_clean() -> None:
    assert SIGMAS.sigma_at_percent(0.0) > 1e8
    assert SIGMAS.sigma_at_percent(1.0) == 0.0
    assert SIGMAS.sigma_at_percent(0.5) == pytest.approx(SIGMAS.sigma(torch.tensor(499.5)).item())
