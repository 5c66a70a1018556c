"""Sampler nodes: their settings reach the sampler, and with the usual ones nothing changes."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from torch import Tensor

import nodes.samplers
from diffusion.families.sigmas import DiscreteSigmas
from diffusion.model import Model
from diffusion.sampling.process import VARIANCE_EXPLODING
from diffusion.sampling.samplers import SAMPLERS, Sampler
from graph.answer import Done
from graph.node import nodes_of
from graph.run import Run
from graph.spec import Choice
from nodes import samplers

NODES = {node.spec.name: node for node in nodes_of(nodes.samplers)}
SIGMAS = torch.tensor([8.0, 4.0, 2.0, 1.0, 0.0])


# Of which these nodes look at the noise levels only.
MODEL = cast("Model", SimpleNamespace(family=SimpleNamespace(sigmas=DiscreteSigmas())))


def run(sampler: Sampler) -> Tensor:
    """Data that is N(0, 1): the clean picture is exactly x / (1 + sigma squared)."""
    x = torch.randn(1, 1, 4, 4, generator=torch.Generator().manual_seed(3)) * 8

    def denoise(x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        return x / (1 + sigma**2), x / (1 + sigma**2)

    return sampler.run(denoise, x, SIGMAS, 7, VARIANCE_EXPLODING, lambda *_: None)


def make(name: str) -> Sampler:
    """What the node gives with the last of each choice and the usual settings."""
    spec = NODES[name].spec
    settings = {i.name: i.kind.options[-1] if isinstance(i.kind, Choice) else i.default for i in spec.inputs}
    if "model" in settings:
        settings["model"] = MODEL
    done = NODES[name].call(settings, Run("run", emit=lambda _: None))
    assert isinstance(done, Done)
    [sampler] = done.outputs
    assert isinstance(sampler, Sampler)
    return sampler


@pytest.mark.parametrize("name", sorted(NODES))
def test_every_setting_of_a_node_is_one_that_its_sampler_takes(name: str) -> None:
    sampler = make(name)
    assert set(sampler.options) <= set(inspect.signature(sampler.function).parameters)
    assert bool(run(sampler).isfinite().all())


@pytest.mark.parametrize(
    ("sampler", "name"),
    [
        (samplers.euler_ancestral(), "euler_ancestral"),
        (samplers.euler_ancestral_cfg_pp(), "euler_ancestral_cfg_pp"),
        (samplers.lms(), "lms"),
        (samplers.lcm(), "lcm"),
        (samplers.euler_cfg_pp(version="regular"), "euler_cfg_pp"),
        (samplers.sa_solver(model=MODEL), "sa_solver"),
        (samplers.sa_solver(model=MODEL, use_pece=True), "sa_solver_pece"),
        (samplers.dpmpp_2s_ancestral(), "dpmpp_2s_ancestral"),
        (samplers.dpmpp_sde(noise_device="cpu"), "dpmpp_sde"),
        (samplers.dpmpp_sde(noise_device="gpu"), "dpmpp_sde_gpu"),
        (samplers.dpmpp_2m_sde(solver_type="midpoint", noise_device="cpu"), "dpmpp_2m_sde"),
        (samplers.dpmpp_2m_sde(solver_type="heun", noise_device="cpu"), "dpmpp_2m_sde_heun"),
        (samplers.dpmpp_3m_sde(noise_device="cpu"), "dpmpp_3m_sde"),
        (samplers.dpm_adaptive(), "dpm_adaptive"),
        (samplers.er_sde(solver_type="ER-SDE"), "er_sde"),
        (samplers.seeds_2(solver_type="phi_1"), "seeds_2"),
    ],
)
def test_with_the_usual_settings_it_is_the_sampler_of_that_name(sampler: Sampler, name: str) -> None:
    assert torch.equal(run(sampler), run(SAMPLERS[name]))


def test_without_noise_all_seeds_give_the_same_and_other_settings_another_picture() -> None:
    assert torch.allclose(run(samplers.euler_ancestral(eta=0.0)), run(SAMPLERS["euler"]), atol=1e-5)
    assert not torch.equal(run(samplers.lms(order=1)), run(samplers.lms(order=4)))
    assert torch.allclose(run(samplers.lms(order=1)), run(SAMPLERS["euler"]), atol=1e-5)
    still = samplers.er_sde(solver_type="ODE")
    assert still.options["s_noise"] == 0.0
    assert not torch.equal(run(still), run(samplers.er_sde(solver_type="Reverse-time SDE")))


def test_lcm_fades_its_new_noise_from_the_first_step_to_the_last_and_cuts_what_lies_far_out() -> None:
    seen: list[Tensor] = []

    def denoise(x: Tensor, _sigma: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(x)
        return x * 0, x * 0

    def levels(sampler: Sampler) -> list[Tensor]:
        """The noise of each step after the first, in units of its level."""
        seen.clear()
        sampler.run(denoise, torch.zeros(1, 1, 64, 64), SIGMAS, 7, VARIANCE_EXPLODING, lambda *_: None)
        return [x / sigma for x, sigma in zip(seen[1:], SIGMAS[1:-1], strict=True)]

    plain = levels(samplers.lcm())
    faded = levels(samplers.lcm(s_noise=2.0, s_noise_end=0.5))
    for one, other, factor in zip(plain, faded, (2.0, 1.5, 1.0), strict=True):  # the fourth step adds none
        torch.testing.assert_close(other, one * factor)
    cut = levels(samplers.lcm(s_noise=2.0, s_noise_end=2.0, noise_clip_std=1.0))
    for one, other in zip(plain, cut, strict=True):
        torch.testing.assert_close(other, one.clamp(-1, 1) * 2)
