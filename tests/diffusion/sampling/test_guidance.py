"""What prompts say together, on a real, tiny U-Net."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from diffusion.checkpoint.load import load_denoiser
from diffusion.memory import Memory, Precision
from diffusion.model import Evaluation, Model, evaluate
from diffusion.sampling.guidance import AFTER_CFG, CFG_FUNCTION, Guidance, Guided, rescale_cfg
from diffusion.sampling.regions import match_areas, resolve
from diffusion.values import Area, Cond, Conditioning
from tests.diffusion.tiny import write_sd1_checkpoint

SIGMA = torch.tensor(3.0)


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, memory: Memory) -> Model:
    path: Path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    return load_denoiser(write_sd1_checkpoint(path, parts=("unet",)), memory)


def words(seed: int, length: int = 77) -> Tensor:
    return torch.randn(1, length, 32, generator=torch.Generator().manual_seed(seed))


def picture(batch: int = 1) -> Tensor:
    return torch.randn(batch, 4, 16, 24, generator=torch.Generator().manual_seed(9)) * 3


def alone(model: Model, memory: Memory, tokens: Tensor, x: Tensor) -> Tensor:
    return evaluate(model, [Evaluation(x, SIGMA.expand(len(x)), tokens)], memory)[0]


def guided(
    model: Model, memory: Memory, positive: Conditioning, negative: Conditioning, cfg: float, x: Tensor
) -> Tensor:
    ours, theirs = (resolve(side, model.family.sigmas, 16, 24) for side in (positive, negative))
    ours, theirs = match_areas(ours, theirs), match_areas(theirs, ours)
    return Guidance(model, ours, theirs, cfg, memory)(x, SIGMA)


def close(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_guidance_pushes_from_the_negative_to_the_positive(model: Model, memory: Memory) -> None:
    x, ours, theirs = picture(2), words(1), words(2)
    cond, uncond = alone(model, memory, ours, x), alone(model, memory, theirs, x)
    close(guided(model, memory, (Cond(ours),), (Cond(theirs),), 7.5, x), uncond + 7.5 * (cond - uncond))


def test_prompts_of_unequal_length_are_repeated_to_a_common_one(model: Model, memory: Memory) -> None:
    x, ours, theirs = picture(), words(1, 77), words(2, 231)
    cond, uncond = alone(model, memory, ours, x), alone(model, memory, theirs, x)
    close(guided(model, memory, (Cond(ours),), (Cond(theirs),), 3, x), uncond + 3 * (cond - uncond))


def test_cfg_1_does_not_ask_the_negative_prompt(model: Model, memory: Memory) -> None:
    seen: list[Guided] = []

    def spy(step: Guided, x0: Tensor) -> Tensor:
        seen.append(step)
        return x0

    spying = model.with_options(**{AFTER_CFG: (spy,)})
    x = picture()
    got = guided(spying, memory, (Cond(words(1)),), (Cond(words(2)),), 1.0, x)
    assert torch.equal(got, alone(model, memory, words(1), x))
    assert [step.uncond for step in seen] == [None]


def test_two_prompts_of_one_side_are_averaged_by_strength(model: Model, memory: Memory) -> None:
    x = picture()
    got = guided(model, memory, (Cond(words(1), strength=3.0), Cond(words(2))), (), 1.0, x)
    close(got, (3 * alone(model, memory, words(1), x) + alone(model, memory, words(2), x)) / 4)


def test_an_area_speaks_for_its_cut_only_and_is_shown_only_that(model: Model, memory: Memory) -> None:
    x = picture()
    area = Area(height=16, width=8, y=0, x=16)
    got = guided(model, memory, (Cond(words(1)), Cond(words(2), area=area)), (), 1.0, x)
    whole, cut = alone(model, memory, words(1), x), alone(model, memory, words(2), x[..., 16:])
    close(got[..., :16], whole[..., :16])
    # Its left side fades in two steps (a quarter of its width).
    weight = torch.tensor([0.5, 1, 1, 1, 1, 1, 1, 1])
    close(got[..., 16:], (whole[..., 16:] + weight * cut) / (1 + weight))


def test_masks_share_the_picture_out(model: Model, memory: Memory) -> None:
    x = picture()
    left = torch.zeros(1, 16, 24)
    left[..., :12] = 1
    got = guided(model, memory, (Cond(words(1), mask=left), Cond(words(2), mask=1 - left)), (), 1.0, x)
    close(got[..., :12], alone(model, memory, words(1), x)[..., :12])
    close(got[..., 12:], alone(model, memory, words(2), x)[..., 12:])


def test_a_prompt_whose_time_is_over_is_silent(model: Model, memory: Memory) -> None:
    x = picture()
    late = Cond(words(2), start_percent=0.9)
    assert torch.equal(guided(model, memory, (Cond(words(1)), late), (), 1.0, x), alone(model, memory, words(1), x))


def test_where_nobody_speaks_the_picture_is_empty(model: Model, memory: Memory) -> None:
    assert torch.equal(guided(model, memory, (), (), 1.0, picture()), torch.zeros_like(picture()))


def test_a_model_can_bring_its_own_guidance(model: Model, memory: Memory) -> None:
    x = picture()

    def halfway(step: Guided) -> Tensor:
        assert step.uncond is not None
        return (step.cond + step.uncond) / 2

    got = guided(model.with_options(**{CFG_FUNCTION: halfway}), memory, (Cond(words(1)),), (Cond(words(2)),), 9, x)
    close(got, (alone(model, memory, words(1), x) + alone(model, memory, words(2), x)) / 2)


def test_rescaled_guidance_has_the_contrast_of_the_positive_prompt(model: Model) -> None:
    generator = torch.Generator().manual_seed(0)
    x, cond, uncond = (torch.randn(2, 4, 8, 8, generator=generator) for _ in range(3))
    step = Guided(x, SIGMA, cond, uncond, 8.0, model)

    def as_v(x0: Tensor) -> Tensor:
        return (x / (SIGMA**2 + 1) - x0) * (SIGMA**2 + 1).sqrt() / SIGMA

    close(rescale_cfg(0.0)(step), uncond + 8 * (cond - uncond))
    close(as_v(rescale_cfg(1.0)(step)).std(dim=(1, 2, 3)), as_v(cond).std(dim=(1, 2, 3)))
