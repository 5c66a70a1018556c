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


def test_distilled_levels_are_every_twentieth_with_its_timestep() -> None:
    few = SIGMAS.distilled(50)
    assert few.table.tolist() == SIGMAS.table[19::20].tolist()
    assert few.timestep(few.table).tolist() == list(range(19, 1000, 20))
    assert torch.allclose(few.sigma(torch.tensor([19.0, 999.0])), few.table[[0, -1]])
    assert few.sigma_at_percent(0.5) == pytest.approx(SIGMAS.sigma_at_percent(0.5), rel=0.01)


def test_zero_terminal_levels_keep_the_first_and_end_in_noise() -> None:
    """Lin et al. 2023, algorithm 1, in its own terms: the roots of alpha bar."""
    roots, old = ((1 / (levels.table.double() ** 2 + 1)).sqrt() for levels in (SIGMAS.zero_terminal(), SIGMAS))
    assert float(roots[0]) == pytest.approx(float(old[0]), rel=1e-6)
    assert float(roots[-1]) == pytest.approx(0, abs=3e-4)
    middle = (old - old[-1]) * old[0] / (old[0] - old[-1])
    torch.testing.assert_close(roots[:-1], middle[:-1], rtol=1e-4, atol=1e-6)
