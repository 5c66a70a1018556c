"""Same seed, same noise."""

from __future__ import annotations

import torch

from diffusion.sampling.noise import DisableNoise, RandomNoise, brownian_noise, gaussian_noise
from diffusion.sampling.schedules import get_sigmas
from diffusion.values import Latent
from tests.diffusion.sampling.toy import LEVELS

ZEROS = torch.zeros(3, 4, 8, 8)


def test_noise_is_drawn_for_the_whole_batch_at_once_on_the_cpu() -> None:
    expected = torch.randn(3, 4, 8, 8, generator=torch.manual_seed(5))
    assert torch.equal(RandomNoise(5).generate(Latent(ZEROS)), expected)


def test_part_of_a_batch_repeats_what_the_whole_batch_gave() -> None:
    whole = RandomNoise(5).generate(Latent(ZEROS, batch_index=(0, 1, 2)))
    part = RandomNoise(5).generate(Latent(ZEROS[:2], batch_index=(2, 1)))
    assert torch.equal(part, whole[[2, 1]])


def test_a_batch_index_draws_one_picture_at_a_time() -> None:
    generator = torch.Generator().manual_seed(5)
    rows = [torch.randn(1, 4, 8, 8, generator=generator) for _ in range(3)]
    assert torch.equal(RandomNoise(5).generate(Latent(ZEROS[:1], batch_index=(2,))), rows[2])


def test_disabled_noise_is_nothing() -> None:
    assert torch.equal(DisableNoise().generate(Latent(ZEROS)), ZEROS)


def test_ancestral_noise_is_of_the_next_seed_on_the_cpu() -> None:
    noise = gaussian_noise(ZEROS, seed=5)
    generator = torch.Generator().manual_seed(6)
    for _ in range(2):
        drawn = noise(torch.tensor(2.0), torch.tensor(1.0))
        assert torch.equal(drawn, torch.randn(ZEROS.shape, generator=generator))


def test_brownian_noise_of_two_half_steps_adds_up_to_that_of_the_whole() -> None:
    sigmas = get_sigmas(LEVELS, "karras", 8)
    high, middle, low = sigmas[2], sigmas[3], sigmas[4]
    noise = brownian_noise(ZEROS, sigmas, seed=5)
    whole = noise(high, low) * (high - low).sqrt()
    halves = noise(high, middle) * (high - middle).sqrt() + noise(middle, low) * (middle - low).sqrt()
    torch.testing.assert_close(whole, halves, rtol=1e-4, atol=1e-5)


def test_brownian_noise_has_unit_variance_and_repeats() -> None:
    sigmas = get_sigmas(LEVELS, "karras", 8)
    x = torch.zeros(1, 4, 48, 48)
    drawn = brownian_noise(x, sigmas, seed=5)(sigmas[0], sigmas[1])
    assert abs(float(drawn.std()) - 1) < 0.03
    assert torch.equal(drawn, brownian_noise(x, sigmas, seed=5)(sigmas[0], sigmas[1]))
