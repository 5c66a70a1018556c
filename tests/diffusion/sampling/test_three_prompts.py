"""Guidance over three prompts, against its formulas on a real, tiny U-Net."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from diffusion.checkpoint.load import load_denoiser
from diffusion.memory import Memory, Precision
from diffusion.model import Evaluation, Model, evaluate
from diffusion.sampling.denoise import denoise_latent
from diffusion.sampling.guidance import CFG_FUNCTION, rescale_cfg
from diffusion.sampling.guider import CfgGuider, Guider
from diffusion.sampling.samplers import SAMPLERS
from diffusion.values import Cond, Latent
from nodes.custom_sampling import dual_guider, perpendicular_guider
from tests.diffusion.tiny import write_sd1_checkpoint


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, memory: Memory) -> Model:
    path: Path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    return load_denoiser(write_sd1_checkpoint(path, parts=("unet",)), memory)


def noise(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


WORDS = [noise(1, 77, 32, seed=seed) for seed in (1, 2, 3)]
FIRST, SECOND, THIRD = ((Cond(words),) for words in WORDS)
LATENT = Latent(noise(1, 4, 8, 8, seed=9) * 5)
LEVEL = torch.tensor([2.0, 0.0])  # one step, which ends at what guidance says


def answers(model: Model, memory: Memory) -> list[Tensor]:
    """x0 of each prompt alone, at that level."""
    x = model.family.latent.scale_in(LATENT.samples)
    return evaluate(model, [Evaluation(x, LEVEL[:1], words) for words in WORDS], memory)


def one_step(guider: Guider, model: Model, memory: Memory) -> Tensor:
    nothing = torch.zeros_like(LATENT.samples)
    sampled = denoise_latent(guider, SAMPLERS["euler"], LEVEL, nothing, LATENT, 0, memory)
    return model.family.latent.scale_in(sampled.latent.samples)


def close(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_dual_guidance_adds_two_steps(model: Model, memory: Memory) -> None:
    a, b, c = answers(model, memory)
    guider = dual_guider(model=model, cond1=FIRST, cond2=SECOND, negative=THIRD, cfg_conds=3.0, cfg_cond2_negative=1.5,
                         style="regular")  # fmt: skip
    close(one_step(guider, model, memory), c + 1.5 * (b - c) + 3.0 * (a - b))


def test_nested_dual_guidance_guides_what_was_guided(model: Model, memory: Memory) -> None:
    a, b, c = answers(model, memory)
    guider = dual_guider(model=model, cond1=FIRST, cond2=SECOND, negative=THIRD, cfg_conds=3.0, cfg_cond2_negative=1.5,
                         style="nested")  # fmt: skip
    close(one_step(guider, model, memory), c + 1.5 * (b + 3.0 * (a - b) - c))


def test_dual_guidance_uses_the_model_s_own_way_of_guiding(model: Model, memory: Memory) -> None:
    told = model.with_options(**{CFG_FUNCTION: rescale_cfg(1.0)})
    prompts = {"cond1": SECOND, "cond2": SECOND, "negative": THIRD}
    guider = dual_guider(model=told, **prompts, cfg_conds=3.0, cfg_cond2_negative=6.0, style="regular")
    plain = CfgGuider(told, SECOND, THIRD, 6.0)
    close(one_step(guider, told, memory), one_step(plain, told, memory))


def test_perpendicular_guidance_takes_away_what_does_not_point_the_same_way(model: Model, memory: Memory) -> None:
    a, b, c = answers(model, memory)
    guider = perpendicular_guider(
        model=model, positive=FIRST, negative=SECOND, empty_conditioning=THIRD, cfg=4.0, neg_scale=0.5
    )
    towards, away = a - c, b - c
    across = away - (away * towards).sum() / (towards**2).sum() * towards
    close(one_step(guider, model, memory), c + 4.0 * (towards - 0.5 * across))
    assert float((across * towards).sum()) == pytest.approx(0, abs=1e-2)


def test_a_negative_that_says_the_same_as_the_positive_takes_nothing_away(model: Model, memory: Memory) -> None:
    same = perpendicular_guider(model=model, positive=FIRST, negative=FIRST, empty_conditioning=THIRD, cfg=4.0)
    close(one_step(same, model, memory), one_step(CfgGuider(model, FIRST, THIRD, 4.0), model, memory))


def test_a_whole_sampling_reports_its_steps_and_keeps_to_the_mask(model: Model, memory: Memory) -> None:
    steps: list[int] = []
    mask = torch.zeros(1, 8, 8)
    mask[..., 4:] = 1
    guider = dual_guider(model=model, cond1=FIRST, cond2=SECOND, negative=THIRD, style="regular")
    masked = Latent(LATENT.samples, mask=mask)
    sigmas = torch.tensor([9.0, 3.0, 1.0, 0.0])
    sampled = denoise_latent(
        guider, SAMPLERS["euler_cfg_pp"], sigmas, noise(1, 4, 8, 8, seed=1), masked, 1, memory,
        lambda done, _total, _preview: steps.append(done),
    )  # fmt: skip
    assert steps == [1, 2, 3]
    close(sampled.latent.samples[..., :4], LATENT.samples[..., :4])
