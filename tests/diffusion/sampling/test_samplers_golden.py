"""Samplers against other people's implementations of them; golden.json names its sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from diffusion.sampling.noise import brownian_noise
from diffusion.sampling.samplers import SAMPLERS
from tests.diffusion.sampling.toy import doubled, golden, toy


def reference(source: str, name: str) -> Tensor:
    return torch.tensor(golden()[source]["outputs"][name]).reshape(1, 1, 2, 3)


def start() -> tuple[Tensor, Tensor]:
    sigmas = torch.tensor(golden()["sigmas"])
    return torch.tensor(golden()["start"]).reshape(1, 1, 2, 3) * sigmas[0], sigmas


def run(name: str, sigmas: Tensor | None = None, **options: Any) -> Tensor:
    x, whole = start()
    sampler = SAMPLERS[name]
    sigmas = whole if sigmas is None else sigmas
    arguments: list[Any] = [x, sigmas]
    if sampler.noise == "gaussian":
        arguments.append(seeded(x))
    if sampler.noise == "brownian":
        arguments.append(brownian_noise(x, sigmas, seed=7))
    return sampler.function(doubled(toy) if sampler.pairs else toy, *arguments, **{**sampler.options, **options})


def seeded(x: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    generator = torch.Generator().manual_seed(7)
    return lambda _sigma, _sigma_next: torch.randn(x.shape, generator=generator)


@pytest.mark.parametrize(
    "name",
    [
        "euler",
        "euler_ancestral",
        "heun",
        "dpm_2",
        "dpm_2_ancestral",
        "dpmpp_2s_ancestral",
        "dpmpp_sde",
        "dpmpp_2m",
        "dpmpp_2m_sde",
        "dpmpp_2m_sde_heun",
        "dpmpp_3m_sde",
    ],
)
def test_samplers_end_where_those_of_k_diffusion_end(name: str) -> None:
    torch.testing.assert_close(run(name), reference("k-diffusion", name), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("steps", [6, 7, 8])
def test_dpm_fast_ends_where_that_of_k_diffusion_ends(steps: int) -> None:
    _, sigmas = start()
    # It only looks at how many levels there are, at the first, and at the last above 0.
    sigmas = torch.cat([sigmas[: steps - 1], sigmas[-2:]])
    expected = reference("k-diffusion", f"dpm_fast_{steps}")
    torch.testing.assert_close(run("dpm_fast", sigmas), expected, rtol=2e-6, atol=2e-6)


def test_dpm_fast_takes_noise_like_that_of_k_diffusion() -> None:
    expected = reference("k-diffusion", "dpm_fast_eta")
    torch.testing.assert_close(run("dpm_fast", eta=0.7), expected, rtol=2e-6, atol=2e-6)


def test_dpm_adaptive_takes_the_same_steps_as_that_of_k_diffusion() -> None:
    # In float64: its steps follow from tiny differences, which float32 rounds away in both.
    x, sigmas = start()
    end = SAMPLERS["dpm_adaptive"].function(toy, x.double(), sigmas.double(), seeded(x))
    expected = torch.tensor(golden()["k-diffusion"]["outputs"]["dpm_adaptive"], dtype=torch.float64)
    torch.testing.assert_close(end.flatten(), expected, rtol=1e-7, atol=1e-7)


def test_dpm_adaptive_of_order_2_with_a_pid_controller_and_noise_does_as_well() -> None:
    got = run("dpm_adaptive", order=2, pcoeff=0.1, icoeff=0.8, dcoeff=0.05, eta=0.5)
    torch.testing.assert_close(got, reference("k-diffusion", "dpm_adaptive_2_pid_eta"), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["ipndm", "ipndm_v", "deis"])
def test_multistep_samplers_end_where_those_of_diff_sampler_end(name: str) -> None:
    # Its integrals are left-hand sums of 10000 terms.
    tolerance = 2e-4 if name == "deis" else 3e-6
    torch.testing.assert_close(run(name), reference("diff-sampler", name), rtol=tolerance, atol=tolerance)


def test_er_sde_ends_where_its_authors_code_ends() -> None:
    torch.testing.assert_close(run("er_sde", points=100), reference("er-sde", "er_sde"), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["uni_pc", "uni_pc_bh2"])
def test_uni_pc_ends_where_its_authors_code_ends(name: str) -> None:
    torch.testing.assert_close(run(name), reference("unipc", name), rtol=2e-5, atol=2e-5)


def test_lms_is_that_of_k_diffusion_but_for_its_last_step() -> None:
    # The field ends on the clean picture, k-diffusion on the polynomial (measured elsewhere: 4e-2 apart).
    _, sigmas = start()
    seen: list[Tensor] = []
    x, _ = start()
    SAMPLERS["lms"].function(toy, x, sigmas, lambda _i, x, _x0: seen.append(x))
    torch.testing.assert_close(run("lms"), toy(seen[-1], sigmas[-2]))
    assert 1e-4 < float((run("lms") - reference("k-diffusion", "lms")).abs().max()) < 6e-2
