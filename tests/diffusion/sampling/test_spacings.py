"""Noise levels by formula, against what their papers and other implementations give."""

from __future__ import annotations

import math

import pytest
import torch
from diffusers.schedulers.scheduling_utils import AysSchedules
from scipy.stats import laplace  # type: ignore[import-untyped]  # scipy has no types

from diffusion.errors import DiffusionError
from diffusion.families.sigmas import DiscreteSigmas
from diffusion.sampling.spacings import (
    ALIGNED,
    aligned_spacing,
    exponential_spacing,
    karras_spacing,
    laplace_spacing,
    polyexponential_spacing,
    put_between,
    vp_spacing,
)

LOW, HIGH = 0.0291675, 14.614642


def numbers(sigmas: torch.Tensor) -> list[float]:
    return [round(float(sigma), 4) for sigma in sigmas]


def test_karras_levels_are_even_in_the_seventh_root() -> None:
    roots = karras_spacing(5, LOW, HIGH) ** (1 / 7)
    assert torch.allclose(roots.diff(), roots.diff()[0].expand(4), atol=1e-5)
    assert numbers(karras_spacing(3, LOW, HIGH)[[0, 2]]) == [14.6146, 0.0292]
    assert numbers(karras_spacing(3, 1.0, 9.0, rho=1.0)) == [9.0, 5.0, 1.0]


def test_exponential_levels_fall_by_one_factor_and_polyexponential_of_one_are_the_same() -> None:
    sigmas = exponential_spacing(4, 1.0, 1000.0)
    assert sigmas.tolist() == pytest.approx([1000.0, 100.0, 10.0, 1.0])
    assert torch.allclose(polyexponential_spacing(4, 1.0, 1000.0), sigmas)
    assert polyexponential_spacing(3, 1.0, 10000.0, rho=2.0).tolist() == pytest.approx([10000.0, 10.0, 1.0])


def test_laplace_levels_are_quantiles_of_that_distribution() -> None:
    sigmas = laplace_spacing(5, 1e-3, 1e3, mu=0.3, beta=0.5)
    assert sigmas[1:4].log().tolist() == pytest.approx(laplace.ppf([0.75, 0.5, 0.25], loc=0.3, scale=0.5), abs=1e-4)
    assert numbers(laplace_spacing(3, 0.5, 2.0, mu=0.0, beta=5.0)) == [2.0, 1.0, 0.5]


def test_vp_levels_are_the_noise_of_the_process_at_even_times() -> None:
    sigmas = vp_spacing(3, beta_d=19.9, beta_min=0.1, end=0.001)
    for sigma, time in zip(sigmas.tolist(), (1.0, 0.5005, 0.001), strict=True):
        kept = math.exp(-(19.9 * time**2 / 2 + 0.1 * time))  # alpha squared
        assert sigma == pytest.approx(math.sqrt((1 - kept) / kept), rel=1e-3)


def test_aligned_levels_are_the_published_ones_and_others_lie_between() -> None:
    for family, name in (("SD1", "StableDiffusionTimesteps"), ("SDXL", "StableDiffusionXLTimesteps")):
        levels = DiscreteSigmas().table[AysSchedules[name]].tolist()
        assert list(ALIGNED[family])[:-1] == pytest.approx(levels, rel=1e-6)
    assert list(ALIGNED["SVD"])[:-1] == pytest.approx(AysSchedules["StableDiffusionVideoSigmas"][:-1])
    assert aligned_spacing(11, "SVD").tolist() == pytest.approx(ALIGNED["SVD"])
    finer = aligned_spacing(21, "SVD").tolist()
    assert finer[::2] == pytest.approx(ALIGNED["SVD"], rel=1e-5)
    assert finer[1] == pytest.approx(math.sqrt(700 * 54.5), rel=1e-5)


def test_steps_are_put_between_levels_that_lie_in_the_range() -> None:
    sigmas = torch.tensor([8.0, 4.0, 2.0, 0.0])
    assert put_between(sigmas, 2, math.inf, 3.0, "linear").tolist() == [8.0, 6.0, 4.0, 3.0, 2.0, 0.0]
    assert put_between(sigmas, 4, 4.0, 4.0, "linear").tolist() == [8.0, 4.0, 3.5, 3.0, 2.5, 2.0, 0.0]
    assert numbers(put_between(sigmas, 2, 8.0, 8.0, "sine"))[1] == round(8 - 4 * (1 - math.cos(math.pi / 4)), 4)
    assert numbers(put_between(sigmas, 2, 8.0, 8.0, "cosine"))[1] == round(8 - 4 * math.sin(math.pi / 4), 4)
    assert put_between(torch.empty(0), 2, math.inf, 0.0, "linear").tolist() == []


def test_ends_that_a_formula_cannot_take_are_told() -> None:
    with pytest.raises(DiffusionError, match="has no logarithm"):
        exponential_spacing(3, 0.0, 1.0)
    with pytest.raises(DiffusionError, match="rho is 0"):
        karras_spacing(3, 0.1, 1.0, rho=0.0)
