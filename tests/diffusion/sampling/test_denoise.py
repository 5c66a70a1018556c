"""The entry to sampling, on a real, tiny U-Net."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from diffusion.checkpoint.load import load_denoiser
from diffusion.errors import DiffusionError
from diffusion.memory import Memory, Precision
from diffusion.model import Evaluation, Model, evaluate
from diffusion.sampling.denoise import Masked, Sampled, denoise_latent, fit_mask
from diffusion.sampling.guider import CfgGuider, Guider, unguided
from diffusion.sampling.ksampler import sample
from diffusion.sampling.noise import DisableNoise, Noise, RandomNoise
from diffusion.sampling.process import RECTIFIED_FLOW, VARIANCE_EXPLODING
from diffusion.sampling.samplers import SAMPLERS
from diffusion.sampling.schedules import get_sigmas
from diffusion.values import Cond, Latent
from tests.diffusion.tiny import write_sd1_checkpoint

PROMPT = (Cond(torch.randn(1, 77, 32, generator=torch.Generator().manual_seed(1))),)
OTHER = (Cond(torch.randn(1, 77, 32, generator=torch.Generator().manual_seed(2))),)
EMPTY = Latent(torch.zeros(1, 4, 8, 8))
FULL = Latent(torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(3)) * 5)


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, memory: Memory) -> Model:
    path: Path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    return load_denoiser(write_sd1_checkpoint(path, parts=("unet",)), memory)


def paint(model: Model, memory: Memory, latent: Latent = EMPTY, **changes: Any) -> Latent:
    settings: dict[str, Any] = {
        "seed": 4,
        "steps": 3,
        "cfg": 5.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "positive": PROMPT,
        "negative": OTHER,
        "latent": latent,
        "memory": memory,
    }
    return sample(model, **{**settings, **changes})


def by(guider: Guider, noise: Noise, sigmas: Tensor, memory: Memory) -> Sampled:
    """An empty latent, sampled as a guider says."""
    return denoise_latent(guider, SAMPLERS["euler"], sigmas, noise.generate(EMPTY), EMPTY, noise.seed, memory)


def test_a_picture_is_noise_times_the_root_of_one_plus_sigma_squared_then_euler_steps(
    model: Model, memory: Memory
) -> None:
    sigmas = get_sigmas(model.family.sigmas, "normal", 3)
    x = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(4)) * (1 + sigmas[0] ** 2).sqrt()
    for sigma, sigma_next in pairwise(sigmas):
        cond, uncond = (
            evaluate(model, [Evaluation(x, sigma[None], side[0].tokens)], memory)[0] for side in (PROMPT, OTHER)
        )
        x0 = uncond + (cond - uncond) * 5
        x = x + (x - x0) / sigma * (sigma_next - sigma)
    torch.testing.assert_close(paint(model, memory).samples, x / 0.18215, rtol=1e-4, atol=1e-3)


def test_the_same_seed_gives_the_same_picture_and_another_one_another(model: Model, memory: Memory) -> None:
    assert torch.equal(paint(model, memory).samples, paint(model, memory).samples)
    assert not torch.equal(paint(model, memory).samples, paint(model, memory, seed=5).samples)


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_paints(model: Model, memory: Memory, name: str) -> None:
    result = paint(model, memory, sampler_name=name, scheduler="karras").samples
    assert result.shape == EMPTY.samples.shape
    assert result.dtype == torch.float32
    assert torch.isfinite(result).all()


def test_partial_denoise_starts_from_the_latent_with_plain_noise_on_it(model: Model, memory: Memory) -> None:
    sigmas = get_sigmas(model.family.sigmas, "normal", 2, 0.5)
    seen: list[Tensor] = []

    class Stop(Exception):
        pass

    def first_step(_done: int, _total: int, _preview: object) -> None:
        raise Stop

    noise = RandomNoise(4).generate(FULL)
    spy = SAMPLERS["euler"].function

    def watched(denoise: Any, x: Tensor, *rest: Any) -> Tensor:
        seen.append(x)
        return spy(denoise, x, *rest)

    sampler = replace(SAMPLERS["euler"], function=watched)
    with pytest.raises(Stop):
        denoise_latent(unguided(model, PROMPT), sampler, sigmas, noise, FULL, 4, memory, first_step)
    torch.testing.assert_close(seen[0], FULL.samples * 0.18215 + noise * sigmas[0])


def test_steps_can_be_shared_between_two_samplers(model: Model, memory: Memory) -> None:
    whole = paint(model, memory, steps=4)
    first = paint(model, memory, steps=4, last_step=2)
    rest = paint(model, memory, latent=first, steps=4, start_step=2, add_noise=False)
    torch.testing.assert_close(rest.samples, whole.samples, rtol=1e-4, atol=1e-3)


def test_without_steps_the_latent_comes_back(model: Model, memory: Memory) -> None:
    assert paint(model, memory, latent=FULL, denoise=0.0) is FULL
    assert paint(model, memory, latent=FULL, start_step=3) is FULL


@pytest.mark.parametrize("name", ["euler", "ddim", "dpmpp_2m", "euler_ancestral", "dpmpp_2m_sde"])
def test_what_the_mask_protects_stays_as_it_was(model: Model, memory: Memory, name: str) -> None:
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., 32:] = 1
    latent = Latent(FULL.samples, mask=mask)
    result = paint(model, memory, latent=latent, sampler_name=name, scheduler="karras")
    torch.testing.assert_close(result.samples[..., :3], FULL.samples[..., :3], rtol=1e-4, atol=1e-4)
    assert not torch.allclose(result.samples[..., 5:], FULL.samples[..., 5:], atol=0.1)
    assert result.mask is mask


def test_the_network_sees_the_protected_part_at_the_noise_level_of_the_step() -> None:
    noise = RandomNoise(4).generate(FULL)
    seen: list[Tensor] = []

    def spy(x: Tensor, _sigma: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(x)
        return x * 0, x * 0

    mask = torch.zeros(1, 1, 8, 8)
    mask[..., 4:] = 1
    masked = Masked(spy, lambda _: mask, FULL.samples, noise, VARIANCE_EXPLODING)
    x0, _ = masked(torch.full_like(noise, 99.0), torch.tensor(2.0))
    assert torch.equal(seen[0][..., :4], (FULL.samples + noise * 2)[..., :4])
    assert torch.equal(seen[0][..., 4:], torch.full_like(noise[..., 4:], 99.0))
    assert torch.equal(x0, FULL.samples * (1 - mask))


def test_ddim_noises_what_is_protected_with_the_next_seed(model: Model, memory: Memory) -> None:
    mask = torch.ones(1, 8, 8) * 0.5
    latent = Latent(FULL.samples, mask=mask)
    assert not torch.equal(
        paint(model, memory, latent=latent, sampler_name="ddim").samples,
        paint(model, memory, latent=latent, sampler_name="euler").samples,
    )
    assert torch.equal(
        paint(model, memory, latent=FULL, sampler_name="ddim").samples, paint(model, memory, latent=FULL).samples
    )


def test_masks_are_resized_and_repeated() -> None:
    mask = torch.zeros(2, 16, 16)
    mask[0] = 1
    fitted = fit_mask(mask, torch.zeros(3, 4, 8, 8))
    assert fitted.shape == (3, 1, 8, 8)
    assert fitted[:, 0, 0, 0].tolist() == [1, 0, 1]


def test_each_step_is_reported_with_a_preview(model: Model, memory: Memory) -> None:
    told: list[tuple[int, int]] = []
    sizes: list[tuple[int, int]] = []

    def on_step(done: int, total: int, preview: Any) -> None:
        told.append((done, total))
        sizes.append(preview().size)

    paint(model, memory, on_step=on_step)
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert sizes[0][0] == sizes[0][1] > 0


@pytest.mark.parametrize("name", sorted(SAMPLERS.keys() - {"dpm_adaptive"}))
def test_more_steps_than_the_training_had_paint_too(model: Model, memory: Memory, name: str) -> None:
    # 11 steps at 1 % are the last of 1100: the schedule has some levels twice.
    found = paint(model, memory, FULL, steps=11, denoise=0.01, scheduler="simple", sampler_name=name)
    assert bool(found.samples.isfinite().all())


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ([5.0, float("nan"), 0.0], "no finite number"),
        ([float("inf"), 0.0], "no finite number"),
        ([5.0, 0.0, 1.0, 0.0], "only the last may be 0"),
        ([0.0, 0.0], "only the last may be 0"),
        ([0.0, 5.0], "only the last may be 0"),
        ([5.0, -1.0], "hold -1 where it cannot be"),
    ],
)
def test_noise_levels_that_lead_nowhere_are_refused_in_words(
    model: Model, memory: Memory, levels: list[float], said: str
) -> None:
    with pytest.raises(DiffusionError, match=said):
        by(unguided(model, PROMPT), RandomNoise(1), torch.tensor(levels), memory)


def test_a_level_that_is_there_twice_is_one_step(model: Model, memory: Memory) -> None:
    once, twice = (
        by(unguided(model, PROMPT), RandomNoise(1), torch.tensor(levels), memory)
        for levels in ([9.0, 2.0, 0.0], [9.0, 9.0, 2.0, 0.0, 0.0])
    )
    assert torch.equal(once.latent.samples, twice.latent.samples)


@pytest.mark.parametrize("name", ["sa_solver", "sa_solver_pece"])
def test_noise_can_be_put_back_by_samplers_that_renew_it(model: Model, memory: Memory, name: str) -> None:
    rising = torch.tensor([0.0001, 1.0, 5.0, 14.0])
    noise = DisableNoise().generate(FULL)
    found = denoise_latent(unguided(model, PROMPT), SAMPLERS[name], rising, noise, FULL, 0, memory)
    assert bool(found.latent.samples.isfinite().all())


def test_a_latent_of_another_family_is_refused_in_words(model: Model, memory: Memory) -> None:
    with pytest.raises(DiffusionError, match=r"The latent has 16 channels; this model \(sd1\) denoises 4"):
        paint(model, memory, latent=Latent(torch.zeros(1, 16, 8, 8)))


def test_an_unknown_sampler_is_answered_with_the_known_ones(model: Model, memory: Memory) -> None:
    with pytest.raises(DiffusionError, match=r"There is no sampler 'warp'.*dpmpp_2m"):
        paint(model, memory, sampler_name="warp")


def test_guiders_sample_like_the_ksampler(model: Model, memory: Memory) -> None:
    sigmas = get_sigmas(model.family.sigmas, "normal", 3)
    guided = by(CfgGuider(model, PROMPT, OTHER, 5.0), RandomNoise(4), sigmas, memory)
    assert torch.equal(guided.latent.samples, paint(model, memory).samples)
    torch.testing.assert_close(guided.denoised.samples, guided.latent.samples, rtol=1e-4, atol=1e-3)


def test_a_basic_guider_has_no_guidance(model: Model, memory: Memory) -> None:
    sigmas = get_sigmas(model.family.sigmas, "normal", 3)
    basic = by(unguided(model, PROMPT), RandomNoise(4), sigmas, memory)
    assert torch.equal(basic.latent.samples, paint(model, memory, cfg=1.0).samples)


def test_leftover_noise_shows_in_the_latent_and_not_in_the_denoised_one(model: Model, memory: Memory) -> None:
    sigmas = get_sigmas(model.family.sigmas, "normal", 4)[:3]
    both = by(unguided(model, PROMPT), RandomNoise(4), sigmas, memory)
    assert not torch.allclose(both.latent.samples, both.denoised.samples, atol=0.1)
    same = by(unguided(model, PROMPT), DisableNoise(), sigmas[:1], memory)
    assert same.latent is EMPTY


def test_flow_models_start_between_picture_and_noise_and_fade_back_in() -> None:
    x0, noise = torch.tensor([2.0]), torch.tensor([1.0])
    assert RECTIFIED_FLOW.start(x0, noise, torch.tensor(0.75), 1.0).tolist() == [1.25]
    assert RECTIFIED_FLOW.start(x0, noise, torch.tensor(1.0), 1.0).tolist() == [1.0]
    assert RECTIFIED_FLOW.finish(torch.tensor([1.0]), torch.tensor(0.5)).tolist() == [2.0]
