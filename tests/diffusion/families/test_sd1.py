from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffusion.checkpoint.load import load_checkpoint
from diffusion.families.family import CondTensors, Prediction, Residuals
from diffusion.families.sd1 import SD1, x0_from
from diffusion.memory import Memory, Precision
from diffusion.model import Evaluation, Model, evaluate
from tests.diffusion.tiny import write_sd1_checkpoint

MEMORY = Memory(torch.device("cpu"), Precision())


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_checkpoint(write_sd1_checkpoint(tmp_path_factory.mktemp("sd1") / "tiny.safetensors"), MEMORY).model


def evaluation(seed: int, batch: int = 1, tokens: int = 77, size: int = 8, sigma: float = 2.0) -> Evaluation:
    generator = torch.Generator().manual_seed(seed)
    return Evaluation(
        x=torch.randn(batch, 4, size, size, generator=generator),
        sigma=torch.full((batch,), sigma),
        tokens=torch.randn(1, tokens, 32, generator=generator),
    )


@pytest.mark.parametrize("prediction", ["epsilon", "v", "x0", "lcm"])
def test_a_perfect_prediction_gives_back_the_clean_picture(prediction: Prediction) -> None:
    x0, noise, sigma = torch.randn(4), torch.randn(4), torch.tensor(3.0)
    # v in variance-preserving form, with alpha = 1 / sqrt(sigma^2 + 1).
    alpha = 1 / (sigma**2 + 1).sqrt()
    outputs = {"epsilon": noise, "lcm": noise, "v": alpha * noise - alpha * sigma * x0, "x0": x0}

    found = x0_from(prediction, x0 + sigma * noise, outputs[prediction], sigma, torch.tensor(600.0))

    assert torch.allclose(found, x0, atol=1e-5)


def test_a_consistency_model_answers_its_input_where_there_is_no_noise() -> None:
    x, sigma = torch.randn(4), torch.tensor(0.0)
    assert torch.allclose(x0_from("lcm", x, torch.randn(4), sigma, torch.tensor(0.0)), x)


def test_the_network_sees_unit_variance_and_the_nearest_timestep(model: Model) -> None:
    one = evaluation(0, sigma=14.6146)

    scaled, timestep = model.family.network_input(one.x, one.sigma)

    assert torch.allclose(scaled, one.x / (14.6146**2 + 1) ** 0.5)
    assert timestep.tolist() == [999.0]


def test_denoise_is_x_minus_sigma_times_the_predicted_noise(model: Model) -> None:
    one = evaluation(0)
    with MEMORY.use(model.network) as (network,), torch.no_grad():
        noise = network(one.x / 5**0.5, model.family.sigmas.timestep(one.sigma), one.tokens).sample
        found = model.family.denoise(network, one.x, one.sigma, CondTensors(one.tokens))

    assert torch.allclose(found, one.x - 2 * noise, atol=1e-5)


def test_evaluations_of_one_shape_share_a_batch_and_come_back_in_order(model: Model) -> None:
    asked = [evaluation(0), evaluation(1, size=16), evaluation(2, batch=2), evaluation(3, tokens=154)]

    together = evaluate(model, asked, MEMORY)
    alone = [evaluate(model, [one], MEMORY)[0] for one in asked]

    assert [x0.shape for x0 in together] == [one.x.shape for one in asked]
    for x0, expected in zip(together, alone, strict=True):
        assert torch.allclose(x0, expected, atol=1e-4)


def test_residuals_reach_the_network(model: Model) -> None:
    one = evaluation(0)
    shapes = [(32, 8), (32, 8), (32, 4), (64, 4)]
    zero = Residuals(tuple(torch.zeros(1, c, s, s) for c, s in shapes), torch.zeros(1, 64, 4, 4))
    some = Residuals(zero.down, torch.ones(1, 64, 4, 4))

    plain, unchanged, changed = (
        evaluate(model, [replace(one, residuals=residuals)], MEMORY)[0] for residuals in (None, zero, some)
    )

    assert torch.allclose(plain, unchanged, atol=1e-5)
    assert not torch.allclose(plain, changed, atol=1e-2)


def test_bfloat16_stays_near_float32(model: Model) -> None:
    def answer(precision: Precision) -> Tensor:
        return evaluate(model, [evaluation(0)], Memory(torch.device("cpu"), precision))[0]

    exact, fast = answer(Precision()), answer(Precision(network=torch.bfloat16, channels_last=True))

    assert fast.dtype == torch.float32
    assert (exact - fast).norm() / exact.norm() < 0.02


def test_a_variant_of_the_family_is_a_replaced_field(model: Model) -> None:
    assert isinstance(model.family, SD1)
    as_v = replace(model, family=replace(model.family, prediction="v"))

    assert not torch.equal(evaluate(as_v, [evaluation(0)], MEMORY)[0], evaluate(model, [evaluation(0)], MEMORY)[0])
