from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from diffusion.checkpoint.load import load_vae
from diffusion.errors import DiffusionError
from diffusion.memory import Memory, Precision
from diffusion.vae import Tiles, Vae, decode, encode
from tests.diffusion.tiny import write_sd1_checkpoint

STARTER = Path(__file__).parents[3] / "models" / "starter" / "checkpoints" / "easel-starter.safetensors"
PLENTY = 2**40


def a_memory(free_bytes: int = PLENTY) -> Memory:
    return Memory(torch.device("cpu"), Precision(), free=lambda _: free_bytes)


@pytest.fixture(scope="module")
def vae(tmp_path_factory: pytest.TempPathFactory) -> Vae:
    return load_vae(write_sd1_checkpoint(tmp_path_factory.mktemp("vae") / "tiny.safetensors"), a_memory())


def test_decode_is_the_decoder_from_minus_one_one_to_zero_one(vae: Vae) -> None:
    samples, memory = torch.randn(2, 4, 6, 5), a_memory()
    with memory.use(vae.network) as (network,), torch.no_grad():
        expected = ((network.decode(samples).sample + 1) / 2).clamp(0, 1).permute(0, 2, 3, 1)

    image = decode(vae, samples, memory)

    assert image.shape == (2, 48, 40, 3)
    assert torch.allclose(image, expected, atol=1e-5)


def test_encode_takes_the_mode(vae: Vae) -> None:
    image, memory = torch.rand(1, 16, 24, 3), a_memory()
    with memory.use(vae.network) as (network,), torch.no_grad():
        expected = network.encode(image.permute(0, 3, 1, 2) * 2 - 1).latent_dist.mean

    assert torch.allclose(encode(vae, image, memory), expected, atol=1e-5)


def test_encode_keeps_the_middle_of_sides_that_8_does_not_divide_and_drops_alpha(vae: Vae) -> None:
    image = torch.rand(1, 21, 19, 4)

    assert torch.equal(encode(vae, image, a_memory()), encode(vae, image[:, 2:18, 1:17, :3], a_memory()))


def test_each_picture_of_a_batch_is_decoded_as_if_alone(vae: Vae) -> None:
    samples = torch.randn(3, 4, 4, 4)

    assert torch.equal(decode(vae, samples, a_memory())[1:2], decode(vae, samples[1:2], a_memory()))


def test_progress_is_told_by_pictures_and_may_stop_the_work(vae: Vae) -> None:
    told: list[tuple[int, int]] = []
    decode(vae, torch.randn(3, 4, 4, 4), a_memory(), lambda done, total: told.append((done, total)))

    def stop(_done: int, _total: int) -> None:
        raise InterruptedError

    assert told == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(InterruptedError):
        decode(vae, torch.randn(3, 4, 4, 4), a_memory(), stop)


def test_tiles_of_the_starters_vae_are_seamless() -> None:
    memory = a_memory()
    starter = load_vae(STARTER, memory)
    samples = encode(starter, _smooth_picture(256), memory)

    whole = decode(starter, samples, memory)
    tiled = decode(starter, samples, memory, tiles=Tiles(size=128, overlap=32))

    # Each tile has its own norm statistics, so a little of its colour is its own.
    assert (whole - tiled).abs().mean() < 0.02
    assert _roughness(tiled) < _roughness(whole) * 1.1


def test_encoding_in_tiles_gives_nearly_the_same_latent() -> None:
    memory = a_memory()
    starter = load_vae(STARTER, memory)
    image = _smooth_picture(256)

    whole = encode(starter, image, memory)
    tiled = encode(starter, image, memory, tiles=Tiles(size=128, overlap=32))

    assert (whole - tiled).abs().mean() < 0.1 * whole.std()


def test_little_memory_makes_it_decode_in_tiles(vae: Vae) -> None:
    told: list[int] = []
    needed = vae.working_bytes(1024, 512, torch.float32) + vae.network.nbytes(torch.float32)

    image = decode(vae, torch.randn(1, 4, 128, 64), a_memory(needed // 2), lambda _, total: told.append(total))

    assert image.shape == (1, 1024, 512, 3)
    assert told == [3, 3, 3]


def test_latents_of_another_family_are_refused(vae: Vae) -> None:
    with pytest.raises(DiffusionError, match=r"takes a latent of 4 channels, it got \[1, 16, 8, 8\]"):
        decode(vae, torch.randn(1, 16, 8, 8), a_memory())


def _smooth_picture(size: int) -> Tensor:
    ramp = torch.linspace(0, 1, size)
    return torch.stack([ramp[:, None] * ramp, ramp[:, None].expand(size, size), 1 - ramp.expand(size, size)], -1)[None]


def _roughness(image: Tensor) -> Tensor:
    return image.diff(dim=1).abs().amax()
