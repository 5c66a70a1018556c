from __future__ import annotations

from pathlib import Path

import torch

from diffusion.checkpoint.load import Checkpoint, load_checkpoint
from diffusion.lessons.forward import add_noise, cosine_alphas, linear_alphas, stations
from diffusion.lessons.predictions import predict
from diffusion.lessons.reverse import watch_sampling
from diffusion.memory import Memory, Precision
from diffusion.sampling.ksampler import sample
from diffusion.sampling.noise import RandomNoise
from diffusion.text import encode
from diffusion.values import Latent
from tests.diffusion.tiny import write_sd1_checkpoint


def load(tmp_path: Path) -> tuple[Checkpoint, Memory]:
    memory = Memory(torch.device("cpu"), Precision())
    path = tmp_path / "tiny.safetensors"
    write_sd1_checkpoint(path)
    return load_checkpoint(path, memory), memory


def test_the_linear_schedule_ends_where_ho_et_al_say() -> None:
    # 1 - alpha_bar at t = 999: the paper's appendix B gives a signal of about 4e-5.
    assert abs(float(linear_alphas()[-1]) - 4.04e-5) < 1e-6


def test_the_cosine_schedule_keeps_more_of_the_picture_half_way() -> None:
    cosine, linear = cosine_alphas(), linear_alphas()
    assert abs(float(cosine[499]) - 0.4939) < 1e-3
    assert float(linear[499]) < 0.08
    assert bool((cosine.diff() < 0).all())


def test_noise_keeps_the_variance_of_a_unit_picture() -> None:
    x = add_noise(torch.randn(4, 64, 64), torch.randn(4, 64, 64), 0.3)
    assert abs(float(x.var()) - 1) < 0.05


def test_stations_run_from_the_first_to_the_last_timestep() -> None:
    assert stations(3) == [0, 500, 999]


def test_noise_x0_and_velocity_are_three_views_of_one_prediction(tmp_path: Path) -> None:
    checkpoint, memory = load(tmp_path)
    assert checkpoint.clip is not None
    latent = torch.randn(1, 4, 4, 4)
    noise = RandomNoise(1).generate(Latent(latent))
    found = predict(checkpoint.model, encode(checkpoint.clip, "a cat", memory)[0], latent, noise, 0.3, memory)
    sigma = (found.noisy - checkpoint.model.family.latent.scale_in(latent))[0, 0, 0, 0] / noise[0, 0, 0, 0]
    c = (sigma**2 + 1).rsqrt()
    assert torch.allclose(found.x0 + sigma * found.noise, found.noisy, atol=1e-4)
    assert torch.allclose(c * c * found.noisy - c * sigma * found.velocity, found.x0, atol=1e-3)


def test_a_watched_run_ends_where_an_unwatched_one_does(tmp_path: Path) -> None:
    checkpoint, memory = load(tmp_path)
    assert checkpoint.clip is not None
    prompt, empty = (encode(checkpoint.clip, text, memory) for text in ("a cat", ""))
    latent = Latent(torch.zeros(1, 4, 4, 4))
    seen = watch_sampling(
        checkpoint.model,
        prompt,
        empty,
        cfg=2.0,
        scheduler="normal",
        steps=6,
        looks=3,
        noise=RandomNoise(7).generate(latent),
        latent=latent,
        memory=memory,
        on_step=lambda done, total: None,
    )
    whole = sample(
        checkpoint.model,
        seed=7,
        steps=6,
        cfg=2.0,
        sampler_name="euler",
        scheduler="normal",
        positive=prompt,
        negative=empty,
        latent=latent,
        memory=memory,
    )
    assert [done for done, _, _ in seen] == [2, 4, 6]
    assert torch.allclose(seen[-1][1].samples, whole.samples, rtol=1e-4, atol=1e-4)
