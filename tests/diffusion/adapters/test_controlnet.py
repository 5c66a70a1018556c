"""ControlNets: both layouts of file, and residuals that are those of diffusers' own module."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import ControlNetModel
from safetensors.torch import save_file
from torch import Tensor

from diffusion.adapters.controlnet import ControlNet, controlnet_name, load_controlnet
from diffusion.adapters.steering import Steered, control_residuals, fit_hint
from diffusion.checkpoint.load import load_denoiser
from diffusion.errors import BadFile
from diffusion.memory import Memory, Precision
from diffusion.model import Evaluation, Model, evaluate
from diffusion.sampling.ksampler import sample
from diffusion.values import Cond, ControlUse, Latent
from tests.diffusion.tiny import Widths, random_weights, unet_shapes, write_sd1_checkpoint

HINTS = (16, 32, 96, 256)
SIGMA = torch.tensor([3.0])


def randn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def ldm_weights(seed: int = 0) -> dict[str, Tensor]:
    """A tiny ControlNet in the original code's names."""
    shapes = {n: s for n, s in unet_shapes(Widths()) if n.startswith(("time_embed", "input_blocks", "middle_block"))}
    widths = [16, 16, 32, 32, 96, 96, 256]
    channels = [3, *widths]
    for i, (before, after) in enumerate(zip(channels, [*widths, 32], strict=True)):
        shapes |= {
            f"input_hint_block.{2 * i}.weight": (after, before, 3, 3),
            f"input_hint_block.{2 * i}.bias": (after,),
        }
    skips = (32, 32, 32, 64)
    for i, width in enumerate(skips):
        shapes |= {f"zero_convs.{i}.0.weight": (width, width, 1, 1), f"zero_convs.{i}.0.bias": (width,)}
    shapes |= {"middle_block_out.0.weight": (64, 64, 1, 1), "middle_block_out.0.bias": (64,)}
    return random_weights(shapes, seed, torch.float32)


def diffusers_weights(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for name, value in weights.items():
        new = controlnet_name(name, layers_per_block=1)
        assert new is not None
        renamed[new] = value
    return renamed


def diffusers_module(weights: dict[str, Tensor]) -> ControlNetModel:
    """Diffusers' own module, built by its own constructor, filled by its own loader."""
    module = ControlNetModel(
        in_channels=4,
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        attention_head_dim=8,
        cross_attention_dim=32,
        conditioning_embedding_out_channels=HINTS,
    ).eval()
    module.load_state_dict(diffusers_weights(weights), strict=True)
    return module


@pytest.fixture
def memory() -> Memory:
    return Memory(torch.device("cpu"), Precision())


@pytest.fixture
def model(tmp_path: Path, memory: Memory) -> Model:
    return load_denoiser(write_sd1_checkpoint(tmp_path / "tiny.safetensors", parts=("unet",)), memory)


def load(tmp_path: Path, memory: Memory, weights: dict[str, Tensor], name: str = "control.safetensors") -> ControlNet:
    save_file(weights, tmp_path / name)
    return load_controlnet(tmp_path / name, memory)


def layouts() -> dict[str, dict[str, Tensor]]:
    plain = ldm_weights()
    return {
        "original": plain,
        "original, in a checkpoint": {f"control_model.{name}": value for name, value in plain.items()},
        "diffusers": diffusers_weights(plain),
    }


@pytest.mark.parametrize("layout", ["original", "original, in a checkpoint", "diffusers"])
def test_residuals_are_those_of_diffusers_own_module(layout: str, tmp_path: Path, model: Model, memory: Memory) -> None:
    net = load(tmp_path, memory, layouts()[layout])
    x, tokens, image = randn(1, 4, 8, 8), randn(1, 77, 32), torch.rand(1, 64, 64, 3)
    use = ControlUse(net, image, strength=0.7)
    got = control_residuals(model, [Steered(x, tokens, (use,))], SIGMA, memory)[0]

    scaled, timestep = model.family.network_input(x, SIGMA)
    with torch.no_grad():
        down, mid = diffusers_module(ldm_weights())(
            scaled, timestep, tokens, image.movedim(-1, 1), conditioning_scale=0.7, return_dict=False
        )
    assert got is not None
    assert got.mid is not None
    for ours, theirs in zip((*got.down, got.mid), (*down, mid), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_chained_controls_add_up(tmp_path: Path, model: Model, memory: Memory) -> None:
    nets = [load(tmp_path, memory, ldm_weights(seed), f"{seed}.safetensors") for seed in (0, 1)]
    uses = [ControlUse(net, torch.rand(1, 64, 64, 3)) for net in nets]
    x, tokens = randn(1, 4, 8, 8), randn(1, 77, 32)
    both, first, second = control_residuals(
        model, [Steered(x, tokens, these) for these in (tuple(uses), (uses[0],), (uses[1],))], SIGMA, memory
    )
    assert both is not None
    assert first is not None
    assert second is not None
    for total, a, b in zip(both.down, first.down, second.down, strict=True):
        torch.testing.assert_close(total, a + b, rtol=1e-4, atol=1e-4)


def test_questions_that_share_a_control_get_their_own_answers(tmp_path: Path, model: Model, memory: Memory) -> None:
    use = ControlUse(load(tmp_path, memory, ldm_weights()), torch.rand(1, 64, 64, 3))
    questions = [Steered(randn(2, 4, 8, 8), randn(1, length, 32, seed=length), (use,)) for length in (77, 154)]
    sigma = SIGMA.expand(2)
    together = control_residuals(model, [*questions, Steered(questions[0].x, questions[0].tokens, ())], sigma, memory)
    apart = [control_residuals(model, [one], sigma, memory)[0] for one in questions]
    assert together[2] is None
    for ours, theirs in zip(together, apart, strict=False):
        assert ours is not None
        assert theirs is not None
        torch.testing.assert_close(ours.down[-1], theirs.down[-1], rtol=1e-4, atol=1e-4)


def test_the_network_adds_the_residuals_to_its_skips(tmp_path: Path, model: Model, memory: Memory) -> None:
    use = ControlUse(load(tmp_path, memory, ldm_weights()), torch.rand(1, 64, 64, 3))
    x, tokens = randn(1, 4, 8, 8), randn(1, 77, 32)
    residuals = control_residuals(model, [Steered(x, tokens, (use,))], SIGMA, memory)[0]
    assert residuals is not None
    question = Evaluation(x, SIGMA, tokens)
    plain, steered = evaluate(model, [question, replace(question, residuals=residuals)], memory)
    assert not torch.allclose(plain, steered, atol=1e-3)


def test_the_control_image_is_cropped_to_the_latents_proportions() -> None:
    image = torch.zeros(1, 100, 200, 3)
    image[:, :, 50:150] = 1
    hint = fit_hint(image, torch.zeros(3, 4, 8, 8), downscale=8)
    assert hint.shape == (3, 3, 64, 64)
    assert torch.equal(hint, torch.ones_like(hint))


def test_a_control_acts_within_its_percents_only(tmp_path: Path, model: Model, memory: Memory) -> None:
    net = load(tmp_path, memory, ldm_weights())
    image = torch.rand(1, 64, 64, 3)

    def paint(*uses: ControlUse) -> Tensor:
        return sample(
            model,
            seed=1,
            steps=2,
            cfg=1.0,
            sampler_name="euler",
            scheduler="normal",
            positive=(Cond(randn(1, 77, 32), controls=uses),),
            negative=(),
            latent=Latent(torch.zeros(1, 4, 8, 8)),
            memory=memory,
        ).samples

    # Two steps: at the highest and at the lowest level, which lie at 0 and almost 1 of the way.
    assert torch.equal(paint(ControlUse(net, image, start_percent=0.2, end_percent=0.8)), paint())
    assert not torch.equal(paint(ControlUse(net, image, end_percent=0.5)), paint())
    assert not torch.equal(paint(ControlUse(net, image, start_percent=0.5)), paint())


def test_one_file_is_loaded_once(tmp_path: Path, memory: Memory) -> None:
    first = load(tmp_path, memory, ldm_weights())
    assert load_controlnet(tmp_path / "control.safetensors", memory).handle is first.handle


def test_a_file_that_is_no_controlnet_is_refused_in_words(tmp_path: Path, model: Model, memory: Memory) -> None:
    assert model is not None
    with pytest.raises(BadFile, match=r"tiny\.safetensors holds no ControlNet"):
        load_controlnet(tmp_path / "tiny.safetensors", memory)


def test_missing_weights_are_named(tmp_path: Path, memory: Memory) -> None:
    weights = ldm_weights()
    del weights["zero_convs.2.0.bias"]
    with pytest.raises(BadFile, match=r"looks like a ControlNet, but it lacks controlnet_down_blocks\.2\.bias"):
        load(tmp_path, memory, weights)
