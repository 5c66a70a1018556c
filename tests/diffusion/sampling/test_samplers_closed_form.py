"""Samplers against what can be known without any model: N(0, 1) data has the denoiser x / (1 + sigma^2)."""

from __future__ import annotations

from math import log2

import pytest
import torch

from diffusion.sampling.process import VARIANCE_EXPLODING
from diffusion.sampling.samplers import SAMPLERS
from diffusion.sampling.samplers.sa_solver import adams_weights, simple_weights, tau_between
from diffusion.sampling.schedules import karras
from tests.diffusion.sampling.toy import LEVELS, error_at, flow_gaussian, walk

ORDERS = {
    "euler": 1,
    "ddim": 1,
    "euler_cfg_pp": 1,
    "heunpp2": 1,
    "heun": 2,
    "dpm_2": 2,
    "dpmpp_2m": 2,
    "dpmpp_2m_cfg_pp": 2,
    "res_multistep": 2,
    "res_multistep_cfg_pp": 2,
    "exp_heun_2_x0": 2,
}
FIRST_ORDER = ("euler_ancestral", "euler_ancestral_cfg_pp", "ddpm", "er_sde")
# Not: dpm_fast and dpm_adaptive add none by default; lcm shrinks variance by design; _gpu is the same on a CPU.
STOCHASTIC = [
    name
    for name, sampler in SAMPLERS.items()
    if sampler.noise and name not in ("dpm_fast", "dpm_adaptive", "lcm") and not sampler.on_device
]


@pytest.mark.parametrize(("name", "order"), ORDERS.items())
def test_halving_the_steps_halves_the_error_as_often_as_the_order_says(name: str, order: int) -> None:
    ratio = error_at(SAMPLERS[name], 80) / error_at(SAMPLERS[name], 160)
    assert log2(ratio) == pytest.approx(order, abs=0.2)


@pytest.mark.parametrize("name", ["lms", "ipndm_v", "deis", "uni_pc", "uni_pc_bh2", "seeds_3"])
def test_higher_orders_beat_the_second_one(name: str) -> None:
    sampler = SAMPLERS[name].with_options(eta=0.0) if name == "seeds_3" else SAMPLERS[name]
    assert error_at(sampler, 80) < error_at(SAMPLERS["dpmpp_2m"], 80)


@pytest.mark.parametrize(
    "name", ["dpmpp_2s_ancestral", "dpm_2_ancestral", "dpmpp_sde", "dpmpp_2m_sde", "seeds_2", "exp_heun_2_x0_sde"]
)
def test_stochastic_samplers_without_noise_are_of_second_order(name: str) -> None:
    sampler = SAMPLERS[name].with_options(eta=0.0)
    assert log2(error_at(sampler, 80) / error_at(sampler, 160)) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("name", ["sa_solver", "sa_solver_pece"])
@pytest.mark.parametrize("order", [2, 3, 4])
def test_sa_solver_without_noise_is_of_its_correctors_order(name: str, order: int) -> None:
    sampler = SAMPLERS["sa_solver"].with_options(
        eta=0.0, predictor_order=order - 1, corrector_order=order, evaluate_again=name == "sa_solver_pece"
    )
    assert log2(error_at(sampler, 80) / error_at(sampler, 160)) == pytest.approx(order, abs=0.2)


def test_adams_weights_integrate_polynomials_exactly() -> None:
    """Against 100,000 midpoints of the integral that they stand for."""
    h, rate, places = 0.3, 2.0, [-0.9, -0.6, -0.3, 0.0]
    u = (torch.arange(100_000, dtype=torch.float64) + 0.5) / 100_000 * h - h

    weights = adams_weights(places, h, rate)

    for power in range(4):
        exact = float((rate * (rate * u).exp() * u**power).mean() * h)
        assert sum(w * p**power for w, p in zip(weights, places, strict=True)) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize(
    ("sigma", "tau"), [(14.6, 0.0), (5.2, 0.0), (5.0, 1.0), (1.0, 1.0), (0.58, 1.0), (0.5, 0.0), (0.03, 0.0)]
)
def test_sa_solver_renews_noise_in_the_middle_of_the_way(sigma: float, tau: float) -> None:
    assert tau_between(VARIANCE_EXPLODING)(sigma) == tau


@pytest.mark.parametrize("name", STOCHASTIC)
def test_stochastic_samplers_give_back_the_datas_variance(name: str) -> None:
    # Four first-order ones need many steps; 9216 numbers tell a standard deviation to 0.7 %.
    steps, tolerance = (160, 0.07) if name in FIRST_ORDER else (40, 0.04)
    sigmas = karras(LEVELS, steps)
    x = torch.randn(1, 4, 48, 48, generator=torch.Generator().manual_seed(1)) * (1 + sigmas[0] ** 2).sqrt()
    end = walk(SAMPLERS[name], x, sigmas)
    assert float(end.mean()) == pytest.approx(0, abs=0.04)
    assert float(end.std()) == pytest.approx(1, abs=tolerance)


@pytest.mark.parametrize("name", [name for name in STOCHASTIC if SAMPLERS[name].knows_process])
def test_samplers_that_know_flow_models_give_back_their_datas_variance(name: str) -> None:
    sigmas = torch.cat([torch.linspace(0.999, 0.01, 60), torch.zeros(1)])
    x = torch.randn(1, 4, 48, 48, generator=torch.Generator().manual_seed(1))
    end = walk(SAMPLERS[name], x, sigmas, flow_gaussian, flow=True)
    assert float(end.std()) == pytest.approx(1, abs=0.05)


def test_ddpm_draws_from_the_posterior_of_its_paper() -> None:
    """Ho et al. 2020, equations 6 and 7, in their own coordinates: one step from sigma 2 to 1."""
    alpha_bar, alpha_bar_next = 1 / (1 + 2.0**2), 1 / (1 + 1.0**2)
    alpha = alpha_bar / alpha_bar_next
    x, x0, z = 3.0, 0.5, -0.7
    scaled = x * alpha_bar**0.5
    mean = (alpha_bar_next**0.5 * (1 - alpha) * x0 + alpha**0.5 * (1 - alpha_bar_next) * scaled) / (1 - alpha_bar)
    spread = ((1 - alpha_bar_next) / (1 - alpha_bar) * (1 - alpha)) ** 0.5
    expected = (mean + spread * z) / alpha_bar_next**0.5

    got = SAMPLERS["ddpm"].function(
        lambda _x, _s: torch.tensor(x0), torch.tensor(x), torch.tensor([2.0, 1.0]), lambda _s, _n: torch.tensor(z)
    )
    assert float(got) == pytest.approx(expected, abs=1e-6)


def test_ddpm_is_euler_ancestral() -> None:
    sigmas = karras(LEVELS, 8)
    x = torch.randn(1, 1, 4, 4, generator=torch.Generator().manual_seed(0)) * sigmas[0]
    torch.testing.assert_close(walk(SAMPLERS["ddpm"], x, sigmas), walk(SAMPLERS["euler_ancestral"], x, sigmas))


def test_lcm_goes_to_the_picture_and_back() -> None:
    sigmas = torch.tensor([10.0, 2.0, 0.0])
    x = torch.full((1, 1, 1, 1), 5.0)
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    expected = (5.0 / 101 + 2 * noise) / 5
    torch.testing.assert_close(walk(SAMPLERS["lcm"], x, sigmas), expected)


PAIRS = {
    "euler_cfg_pp": "euler",
    "euler_ancestral_cfg_pp": "euler_ancestral",
    "dpmpp_2s_ancestral_cfg_pp": "dpmpp_2s_ancestral",
    "dpmpp_2m_cfg_pp": "dpmpp_2m",
    "res_multistep_cfg_pp": "res_multistep",
    "res_multistep_ancestral_cfg_pp": "res_multistep_ancestral",
    "gradient_estimation_cfg_pp": "gradient_estimation",
}


@pytest.mark.parametrize(("guided", "plain"), PAIRS.items())
def test_cfg_pp_without_guidance_is_the_plain_sampler(guided: str, plain: str) -> None:
    sigmas = karras(LEVELS, 10)
    x = torch.randn(1, 1, 4, 4, generator=torch.Generator().manual_seed(0)) * sigmas[0]
    torch.testing.assert_close(walk(SAMPLERS[guided], x, sigmas), walk(SAMPLERS[plain], x, sigmas))


def test_gradient_estimation_extrapolates_the_slope() -> None:
    sigmas = torch.tensor([4.0, 3.0, 2.0])
    slopes = iter([1.0, 1.5])
    got = SAMPLERS["gradient_estimation"].function(
        lambda x, sigma: x - next(slopes) * sigma, torch.tensor(10.0), sigmas, ge_gamma=2.0
    )
    assert float(got) == pytest.approx(10 - 1.0 - (2 * 1.5 - 1.0))


def test_heunpp2_weighs_slopes_by_their_noise_level() -> None:
    """Three slopes while two levels are ahead, then two, then one; a constant slope is followed exactly."""
    sigmas = torch.tensor([4.0, 3.0, 2.0, 0.0])
    slopes = iter([1.0, 2.0, 4.0, 1.0, 2.0, 0.5])
    got = SAMPLERS["heunpp2"].function(lambda x, sigma: x - next(slopes) * sigma, torch.tensor(20.0), sigmas)
    first = 1.0 * (1 - 3 / 12 - 2 / 12) + 2.0 * 3 / 12 + 4.0 * 2 / 12
    second = 1.0 * (1 - 2 / 8) + 2.0 * 2 / 8
    assert float(got) == pytest.approx(20 - first - second - 2 * 0.5, abs=1e-5)


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_reports_each_step_once_and_survives_one_step(name: str) -> None:
    told: list[int] = []
    sigmas = karras(LEVELS, 6)
    x = torch.randn(1, 4, 4, 4, generator=torch.Generator().manual_seed(0)) * sigmas[0]
    SAMPLERS[name].run(lambda x, s: (x * 0, x * 0), x, sigmas, 0, VARIANCE_EXPLODING, lambda i, _x, _x0: told.append(i))
    assert told == list(range(len(told)))
    assert len(told) == 6 or name in ("dpm_fast", "dpm_adaptive")
    assert torch.isfinite(walk(SAMPLERS[name], x, torch.tensor([14.6, 0.0]))).all()


@pytest.mark.parametrize("order", [1, 2])
def test_sa_solver_without_corrector_is_of_its_predictors_order(order: int) -> None:
    sampler = SAMPLERS["sa_solver"].with_options(eta=0.0, predictor_order=order, corrector_order=0)
    assert log2(error_at(sampler, 80) / error_at(sampler, 160)) == pytest.approx(order, abs=0.2)


def test_sa_solvers_simple_second_order_is_of_second_order_with_other_weights() -> None:
    simple = SAMPLERS["sa_solver"].with_options(eta=0.0, predictor_order=2, corrector_order=2, simple_order_2=True)
    assert log2(error_at(simple, 80) / error_at(simple, 160)) == pytest.approx(2, abs=0.25)
    for h in (0.2, 0.1):
        exact, near = (weights([-h - 0.3, -h], h, 1.7) for weights in (adams_weights, simple_weights))
        # The same constants are integrated exactly; a slope up to the third power of the step.
        assert sum(near) == pytest.approx(sum(exact))
        assert abs(near[1] - exact[1]) < 1.7 * h**3
    assert simple_weights([-0.2, 0.0], 0.2, 1.7) == pytest.approx(
        [-(1.7 * 0.2 / 2) + sum(adams_weights([-0.2, 0.0], 0.2, 1.7)), 1.7 * 0.2 / 2]
    )


def test_sa_solver_renews_noise_between_the_levels_it_is_told() -> None:
    tau = tau_between(VARIANCE_EXPLODING, eta=0.7, noisy=(9.0, 3.0))
    assert [tau(sigma) for sigma in (9.1, 9.0, 3.0, 2.9)] == [0.0, 0.7, 0.7, 0.0]
