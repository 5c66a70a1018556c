"""Noise levels as nodes: what they give, cut and change."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from diffusion.errors import DiffusionError
from diffusion.families.sigmas import BEFORE_START, DiscreteSigmas
from diffusion.model import Model
from diffusion.values import Latent
from graph.errors import UserError
from nodes import noise_levels

SIGMAS = torch.tensor([8.0, 4.0, 2.0, 1.0, 0.0])
LEVELS = DiscreteSigmas()


def model() -> Model:
    """Of a model, these nodes look at its noise levels only."""
    return cast("Model", SimpleNamespace(family=SimpleNamespace(sigmas=LEVELS)))


def lists(*sigmas: torch.Tensor) -> Any:
    return [s.tolist() for s in sigmas]


def test_schedules_have_a_level_more_than_steps_and_end_at_zero() -> None:
    for made in (
        noise_levels.schedule_karras(steps=6),
        noise_levels.schedule_exponential(steps=6),
        noise_levels.schedule_polyexponential(steps=6),
        noise_levels.schedule_vp(steps=6),
        noise_levels.schedule_aligned(model_type="SD1", steps=6),
        noise_levels.schedule_beta(model=model(), steps=6),
        noise_levels.schedule_turbo(model=model(), steps=6),
    ):
        assert (len(made), float(made[-1])) == (7, 0.0)
        assert bool((made.diff() < 0).all())
    assert len(noise_levels.schedule_laplace(steps=6)) == 6


def test_part_of_the_denoising_takes_the_last_levels() -> None:
    whole = noise_levels.schedule_aligned(model_type="SDXL", steps=10)
    assert torch.equal(noise_levels.schedule_aligned(model_type="SDXL", steps=10, denoise=0.4), whole[-5:])
    assert lists(noise_levels.schedule_aligned(model_type="SDXL", steps=10, denoise=0.0)) == [[]]
    turbo = noise_levels.schedule_turbo(model=model(), steps=2, denoise=0.5)
    assert torch.equal(turbo[:2], LEVELS.sigma(torch.tensor([499.0, 399.0])))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("1, 0.5", [1, 0.5]), ("14.6 3;.25\n0.", [14.6, 3, 0.25, 0]), ("1e1, -2", [10, -2]), ("none", [])],
)
def test_levels_are_read_as_they_are_written(text: str, numbers: list[float]) -> None:
    assert noise_levels.read_sigmas(sigmas=text).tolist() == pytest.approx(numbers)


def test_a_number_too_large_is_told() -> None:
    with pytest.raises(UserError, match="too large"):
        noise_levels.read_sigmas(sigmas="1e999")


def test_levels_are_split_at_a_step_and_the_level_between_is_in_both() -> None:
    assert lists(*noise_levels.split_sigmas(sigmas=SIGMAS, step=1)) == [[8, 4], [4, 2, 1, 0]]
    assert lists(*noise_levels.split_sigmas(sigmas=SIGMAS, step=0)) == [[8], [8, 4, 2, 1, 0]]
    assert lists(*noise_levels.split_sigmas_by_share(sigmas=SIGMAS, denoise=0.25)) == [[8, 4, 2, 1], [1, 0]]
    assert lists(*noise_levels.split_sigmas_by_share(sigmas=SIGMAS, denoise=0.0)) == [[8, 4, 2, 1, 0], [0]]
    assert lists(*noise_levels.split_sigmas_by_share(sigmas=SIGMAS)) == [[8], [8, 4, 2, 1, 0]]


def test_levels_are_turned_round_set_and_extended_and_the_input_stays_as_it_was() -> None:
    before = SIGMAS.clone()
    assert noise_levels.flip_sigmas(sigmas=SIGMAS).tolist() == pytest.approx([0.0001, 1, 2, 4, 8])
    assert noise_levels.set_first_sigma(sigmas=SIGMAS, sigma=9.5).tolist() == [9.5, 4, 2, 1, 0]
    assert noise_levels.set_first_sigma(sigmas=torch.empty(0)).tolist() == []
    assert noise_levels.extend_sigmas(sigmas=SIGMAS, end_at_sigma=4.0).tolist() == [8, 6, 4, 3, 2, 1, 0]
    assert torch.equal(SIGMAS, before)


def test_a_share_of_the_sampling_has_its_noise_level() -> None:
    at = noise_levels.sigma_of_percent
    assert at(model=model(), sampling_percent=0.0) == BEFORE_START
    assert at(model=model(), sampling_percent=1.0) == 0.0
    assert at(model=model(), sampling_percent=0.0, return_actual_sigma=True) == LEVELS.sigma_max
    assert at(model=model(), sampling_percent=1.0, return_actual_sigma=True) == LEVELS.sigma_min
    assert at(model=model(), sampling_percent=0.5) == pytest.approx(float(LEVELS.sigma(torch.tensor(499.5))))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        # diffusers 0.42, modular_pipelines/ideogram4: _logit_normal_sigmas of _resolution_aware_mu, then 0
        (
            noise_levels.schedule_ideogram(steps=4, mu=0.5),
            [0.999877, 0.914784, 0.767303, 0.503197, 0.0],
        ),
        (
            noise_levels.schedule_ideogram(steps=3, width=512, height=768, mu=-1.0, std=1.0),
            [0.999877, 0.409377, 0.226533, 0.0],
        ),
    ],
)
def test_ideogram_s_levels_are_logit_normal_quantiles(made: torch.Tensor, expected: list[float]) -> None:
    assert made.tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("steps", "side", "mu"), [(20, 1024, 2.198022), (4, 512, 2.03069), (50, 2048, 3.229986)])
def test_flux2_s_levels_are_shifted_by_size_and_steps(steps: int, side: int, mu: float) -> None:
    """mu as diffusers 0.42 has it: compute_empirical_mu of pipeline_flux2; exp(mu) / (exp(mu) + 1 / t - 1)."""
    made = noise_levels.schedule_flux2(steps=steps, width=side, height=side).double()
    even = torch.linspace(1, 0, steps + 1, dtype=torch.float64)
    shifted = torch.tensor(mu).double().exp() / (torch.tensor(mu).double().exp() + 1 / even - 1)
    torch.testing.assert_close(made, shifted, rtol=1e-5, atol=1e-6)


def test_ltxv_s_levels_are_shifted_by_the_film_s_points_and_stretched_to_the_terminal() -> None:
    even = torch.linspace(1, 0, 9)
    plain = noise_levels.schedule_ltxv(steps=8, stretch=False)  # 4096 points: the larger shift
    torch.testing.assert_close(plain, math.exp(2.05) * even / (1 + (math.exp(2.05) - 1) * even))
    film = Latent(torch.zeros(1, 128, 4, 16, 16))  # 1024 points
    small = noise_levels.schedule_ltxv(steps=8, stretch=False, latent=film)
    torch.testing.assert_close(small, math.exp(0.95) * even / (1 + (math.exp(0.95) - 1) * even))
    stretched = noise_levels.schedule_ltxv(steps=8, terminal=0.1)
    assert [round(float(stretched[i]), 6) for i in (0, -2, -1)] == [1.0, 0.1, 0.0]
    # A straight line of the levels above 0: what was halfway between two of them still is.
    torch.testing.assert_close(
        (stretched[:-1] - 1) / (stretched[-2] - 1), (plain[:-1] - 1) / (plain[-2] - 1), rtol=1e-4, atol=1e-5
    )
    assert noise_levels.schedule_ltxv(steps=1).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: noise_levels.schedule_karras(steps=3, rho=0.01), "rho 0.01"),
        (lambda: noise_levels.schedule_karras(steps=3, rho=0.01, sigma_max=5000.0), "rho 0.01"),
        (lambda: noise_levels.schedule_vp(steps=3, beta_d=5000.0), "beta_d 5000"),
    ],
)
def test_levels_beyond_all_numbers_are_refused_in_words(make: Callable[[], torch.Tensor], said: str) -> None:
    with pytest.raises(DiffusionError, match=said):
        make()


def test_a_long_film_at_the_highest_shift_has_levels() -> None:
    film = Latent(torch.zeros(1, 1, 121, 64, 64))
    assert noise_levels.schedule_ltxv(steps=3, max_shift=100.0, stretch=False, latent=film).tolist() == [
        1.0,
        1.0,
        1.0,
        0.0,
    ]


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.6), (0.6, 0.0)])
def test_a_beta_distribution_of_nothing_is_refused_in_words(alpha: float, beta: float) -> None:
    with pytest.raises(DiffusionError, match="above 0"):
        noise_levels.schedule_beta(model=model(), steps=3, alpha=alpha, beta=beta)
