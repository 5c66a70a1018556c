"""Models told to sample otherwise."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from diffusion.checkpoint.load import Checkpoint, load_checkpoint
from diffusion.memory import Memory, Precision
from diffusion.model import Evaluation, Model, evaluate
from diffusion.sampling.guidance import CFG_FUNCTION, Guided
from diffusion.sampling.noise import DisableNoise, RandomNoise
from diffusion.vae import decode, encode
from diffusion.values import Latent
from graph.events import Event
from graph.run import Run
from nodes.custom_sampling import add_noise
from nodes.model_settings import discrete_sampling, rescale_guidance
from nodes.vae import decode_tiled, encode_tiled
from tests.diffusion.tiny import write_sd1_checkpoint

SILENT = Run("run", emit=lambda _: None)


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, memory: Memory) -> Checkpoint:
    return load_checkpoint(write_sd1_checkpoint(tmp_path_factory.mktemp("models") / "tiny.safetensors"), memory)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


X, WORDS, SIGMA = noise(1, 4, 8, 8) * 3, noise(1, 77, 32, seed=1), torch.tensor([2.0])


def answer(model: Model, memory: Memory) -> Tensor:
    return evaluate(model, [Evaluation(X, SIGMA, WORDS)], memory)[0]


def test_another_reading_of_the_network_is_another_formula_on_its_output(
    checkpoint: Checkpoint, memory: Memory
) -> None:
    model = checkpoint.model
    output = (X - answer(model, memory)) / SIGMA  # epsilon
    read = {s: answer(discrete_sampling(model=model, sampling=s), memory) for s in ("eps", "v_prediction", "x0")}
    expected = {"eps": answer(model, memory), "x0": output, "v_prediction": X / 5 - output * 2 / 5**0.5}
    for name, x0 in expected.items():
        torch.testing.assert_close(read[name], x0, rtol=1e-4, atol=1e-4)
    assert model.family.prediction == "epsilon"


def test_lcm_takes_fifty_levels_and_zero_terminal_ends_in_noise(checkpoint: Checkpoint) -> None:
    lcm = discrete_sampling(model=checkpoint.model, sampling="lcm").family
    assert (len(lcm.sigmas.table), lcm.prediction) == (50, "lcm")
    assert lcm.sigmas.sigma_max == checkpoint.model.family.sigmas.sigma_max
    assert discrete_sampling(model=checkpoint.model, sampling="v_prediction", zsnr=True).family.sigmas.sigma_max > 4000


def test_rescaled_guidance_has_the_spread_of_the_prompt_s_own_answer(checkpoint: Checkpoint) -> None:
    """At multiplier 1, in terms of v, where the paper writes it."""
    told = rescale_guidance(model=checkpoint.model, multiplier=1.0)
    cond, uncond, sigma = noise(1, 4, 8, 8, seed=2), noise(1, 4, 8, 8, seed=3), torch.tensor(2.0)
    combined = told.options[CFG_FUNCTION](Guided(X, sigma, cond, uncond, 9.0, told))

    def spread(x0: Tensor) -> float:
        return float((((X / 5) - x0) * 5**0.5 / 2).std())

    assert spread(combined) == pytest.approx(spread(cond), rel=1e-4)
    assert CFG_FUNCTION not in checkpoint.model.options


# Noise


def test_noise_is_added_as_the_model_sees_it(checkpoint: Checkpoint) -> None:
    latent = Latent(noise(1, 4, 4, 4, seed=5))
    levels = torch.tensor([5.0, 3.0, 2.0])
    mixed = add_noise(model=checkpoint.model, noise=RandomNoise(7), sigmas=levels, latent_image=latent)
    expected = latent.samples + RandomNoise(7).generate(latent) * 3 / 0.18215
    torch.testing.assert_close(mixed.samples, expected)
    same = add_noise(model=checkpoint.model, noise=DisableNoise(), sigmas=levels, latent_image=latent)
    torch.testing.assert_close(same.samples, latent.samples)
    nothing = add_noise(model=checkpoint.model, noise=RandomNoise(7), sigmas=torch.empty(0), latent_image=latent)
    assert nothing is latent


# Tiles


def test_a_picture_that_fits_one_tile_is_decoded_and_encoded_as_a_whole(checkpoint: Checkpoint, memory: Memory) -> None:
    latent, picture = Latent(noise(2, 4, 8, 8)), torch.rand(1, 64, 64, 3)
    vae = checkpoint.vae
    assert vae is not None
    tiled = decode_tiled(samples=latent, vae=vae, tile_size=64, memory=memory, run=SILENT)
    torch.testing.assert_close(tiled, decode(vae, latent.samples, memory))
    back = encode_tiled(pixels=picture, vae=vae, tile_size=64, memory=memory, run=SILENT)
    torch.testing.assert_close(back.samples, encode(vae, picture, memory))


def test_larger_pictures_go_tile_by_tile_and_come_close_to_the_whole(checkpoint: Checkpoint, memory: Memory) -> None:
    latent = Latent(noise(1, 4, 24, 16))
    seen: list[Event] = []
    vae = checkpoint.vae
    assert vae is not None
    run = Run("run", emit=seen.append)
    tiled = decode_tiled(samples=latent, vae=vae, tile_size=96, overlap=64, memory=memory, run=run)
    whole = decode(vae, latent.samples, memory)
    assert tiled.shape == whole.shape == (1, 192, 128, 3)
    assert (tiled - whole).abs().mean() < 0.05
    assert len(seen) > 1
