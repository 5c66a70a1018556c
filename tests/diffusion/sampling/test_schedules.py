"""Noise levels: the field's numbers for Stable Diffusion, and each schedule's own rule."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.stats import beta as distribution  # type: ignore[import-untyped]  # scipy has no types

from diffusion.errors import DiffusionError
from diffusion.sampling.schedules import SCHEDULES, get_sigmas
from tests.diffusion.sampling.toy import LEVELS, golden


def test_the_schedules_are_the_fields_nine() -> None:
    assert list(SCHEDULES) == [
        "simple",
        "sgm_uniform",
        "karras",
        "exponential",
        "ddim_uniform",
        "beta",
        "normal",
        "linear_quadratic",
        "kl_optimal",
    ]


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name not in ("ddim_uniform", "sgm_uniform")])
def test_schedules_fall_from_the_highest_level_to_zero(name: str) -> None:
    sigmas = get_sigmas(LEVELS, name, 20)
    assert sigmas.shape == (21,)
    assert sigmas.dtype == torch.float32
    assert float(sigmas[0]) == pytest.approx(14.6146, abs=1e-4)
    assert float(sigmas[-1]) == 0
    assert (sigmas.diff() < 0).all()


@pytest.mark.parametrize("name", ["normal", "karras", "exponential", "kl_optimal"])
def test_these_end_at_the_lowest_level_before_zero(name: str) -> None:
    assert float(get_sigmas(LEVELS, name, 20)[-2]) == pytest.approx(0.0292, abs=1e-4)


@pytest.mark.parametrize("name", ["karras", "exponential"])
def test_karras_and_exponential_are_those_of_k_diffusion(name: str) -> None:
    expected = torch.tensor(golden()["k-diffusion"]["schedules"][name])
    assert torch.equal(get_sigmas(LEVELS, name, 8), expected)


def test_normal_is_even_in_timesteps_and_interpolates_in_log_sigma() -> None:
    log = LEVELS.table.log()
    half_way = math.exp(0.5 * float(log[499]) + 0.5 * float(log[500]))
    assert float(get_sigmas(LEVELS, "normal", 3)[1]) == pytest.approx(half_way, rel=1e-6)


def test_simple_takes_every_so_manieth_level_of_the_table() -> None:
    assert get_sigmas(LEVELS, "simple", 3).tolist() == [float(LEVELS.table[i]) for i in (999, 666, 333)] + [0.0]


def test_sgm_uniform_is_normal_without_its_last_level() -> None:
    longer = get_sigmas(LEVELS, "normal", 8)
    assert torch.equal(get_sigmas(LEVELS, "sgm_uniform", 7), torch.cat([longer[:7], longer[-1:]]))


def test_ddim_uniform_strides_upwards_and_may_give_one_level_more() -> None:
    sigmas = get_sigmas(LEVELS, "ddim_uniform", 30)
    assert sigmas.tolist() == [float(LEVELS.table[i]) for i in range(1 + 33 * 30, 0, -33)] + [0.0]
    assert len(sigmas) == 32


def test_beta_takes_timesteps_at_quantiles_of_a_beta_distribution() -> None:
    timesteps = LEVELS.timestep(get_sigmas(LEVELS, "beta", 10)[:-1]) / 999
    shares = distribution.cdf(timesteps.double().numpy(), 0.6, 0.6)
    assert shares.tolist() == pytest.approx([1 - i / 10 for i in range(10)], abs=1e-3)


def test_beta_takes_levels_that_fall_together_once() -> None:
    assert len(get_sigmas(LEVELS, "beta", 600)) < 601


def test_linear_quadratic_is_linear_through_its_first_half() -> None:
    done = 1 - get_sigmas(LEVELS, "linear_quadratic", 8) / LEVELS.sigma_max
    assert done[:5].tolist() == pytest.approx([0, 0.00625, 0.0125, 0.01875, 0.025], abs=1e-6)
    second = done[4:].diff().diff()
    assert second.tolist() == pytest.approx([float(second[0])] * 3, abs=1e-6)
    assert float(done[-1]) == 1


def test_kl_optimal_is_even_in_arctan() -> None:
    angles = get_sigmas(LEVELS, "kl_optimal", 6)[:-1].atan()
    assert angles.diff().tolist() == pytest.approx([float(angles.diff()[0])] * 5, abs=1e-5)


@pytest.mark.parametrize("name", SCHEDULES)
def test_one_step_is_allowed(name: str) -> None:
    sigmas = get_sigmas(LEVELS, name, 1)
    assert torch.isfinite(sigmas).all()
    assert float(sigmas[0]) > 0
    assert float(sigmas[-1]) == 0


def test_half_denoise_takes_the_last_levels_of_twice_as_many_steps() -> None:
    assert torch.equal(get_sigmas(LEVELS, "karras", 10, 0.5), get_sigmas(LEVELS, "karras", 20)[-11:])


def test_denoise_is_rounded_down_to_whole_steps() -> None:
    assert torch.equal(get_sigmas(LEVELS, "normal", 10, 0.7), get_sigmas(LEVELS, "normal", 14)[-11:])


def test_no_denoise_is_no_steps() -> None:
    assert get_sigmas(LEVELS, "normal", 10, 0.0).tolist() == []


@pytest.mark.parametrize("denoise", [1.0, 0.5])
def test_an_extra_step_leaves_out_the_last_level_above_zero(denoise: float) -> None:
    longer = get_sigmas(LEVELS, "karras", int(10 / denoise) + 1)
    got = get_sigmas(LEVELS, "karras", 10, denoise, extra_step=True)
    assert torch.equal(got, torch.cat([longer[:-2], longer[-1:]])[-11:])


def test_an_unknown_scheduler_is_answered_with_the_known_ones() -> None:
    with pytest.raises(DiffusionError, match=r"There is no scheduler 'turbo'.*karras"):
        get_sigmas(LEVELS, "turbo", 10)
