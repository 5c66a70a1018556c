"""Samplers with settings of their own."""

from __future__ import annotations

from typing import Annotated, Final

from diffusion.sampling.samplers import SAMPLERS
from graph.node import node
from graph.spec import Choice, Float, Int, Toggle
from nodes.ports import MODEL, SAMPLER

CATEGORY: Final = "sampling/custom_sampling/samplers"

Eta = Annotated[float, Float(0.0, 100.0, 0.01, round=False), "How much noise comes anew at each step; 0 is none."]
NoiseScale = Annotated[float, Float(0.0, 100.0, 0.01, round=False), "The new noise is multiplied by it."]
Share = Annotated[float, Float(0.0, 1.0, 0.01, round=False)]
Wide = Annotated[float, Float(0.0, 100.0, 0.01, round=False)]
Percent = Annotated[float, Float(0.0, 1.0, 0.001), "Share of the sampling that is done."]
Device = Annotated[str, Choice(("gpu", "cpu"), modern=True), "Where noise is made; cpu: the same on every machine."]


@node("SamplerEulerAncestral", category=CATEGORY, needs_device=False)
def euler_ancestral(*, eta: Eta = 1.0, s_noise: NoiseScale = 1.0) -> SAMPLER:
    """Euler's method with new noise at each step."""
    return SAMPLERS["euler_ancestral"].with_options(eta=eta, s_noise=s_noise)


@node("SamplerEulerAncestralCFGPP", display_name="SamplerEulerAncestralCFG++", category=CATEGORY, needs_device=False)
def euler_ancestral_cfg_pp(
    *, eta: Share = 1.0, s_noise: Annotated[float, Float(0.0, 10.0, 0.01, round=False)] = 1.0
) -> SAMPLER:
    """Euler's method with new noise, for low guidance (CFG++)."""
    return SAMPLERS["euler_ancestral_cfg_pp"].with_options(eta=eta, s_noise=s_noise)


@node("SamplerLMS", category=CATEGORY, needs_device=False)
def lms(*, order: Annotated[int, Int(1, 100), "How many of the last steps count."] = 4) -> SAMPLER:
    """Linear multistep: it extrapolates from the last steps."""
    return SAMPLERS["lms"].with_options(order=order)


@node("SamplerDPMPP_2S_Ancestral", category=CATEGORY, needs_device=False)
def dpmpp_2s_ancestral(*, eta: Eta = 1.0, s_noise: NoiseScale = 1.0) -> SAMPLER:
    """DPM-Solver++ of second order in single steps, with new noise at each."""
    return SAMPLERS["dpmpp_2s_ancestral"].with_options(eta=eta, s_noise=s_noise)


@node("SamplerDPMPP_SDE", category=CATEGORY, needs_device=False)
def dpmpp_sde(*, eta: Eta = 1.0, s_noise: NoiseScale = 1.0, r: Wide = 0.5, noise_device: Device) -> SAMPLER:
    """DPM-Solver++ for the stochastic equation; r: where within a step it looks."""
    return SAMPLERS[_on("dpmpp_sde", noise_device)].with_options(eta=eta, s_noise=s_noise, r=r)


@node("SamplerDPMPP_2M_SDE", category=CATEGORY, needs_device=False)
def dpmpp_2m_sde(
    *,
    solver_type: Annotated[str, Choice(("midpoint", "heun"), modern=True), "How a step's change is weighed."],
    eta: Eta = 1.0,
    s_noise: NoiseScale = 1.0,
    noise_device: Device,
) -> SAMPLER:
    """DPM-Solver++ of second order over several steps, for the stochastic equation."""
    sampler = SAMPLERS[_on("dpmpp_2m_sde", noise_device)]
    return sampler.with_options(eta=eta, s_noise=s_noise, solver_type=solver_type)


@node("SamplerDPMPP_3M_SDE", category=CATEGORY, needs_device=False)
def dpmpp_3m_sde(*, eta: Eta = 1.0, s_noise: NoiseScale = 1.0, noise_device: Device) -> SAMPLER:
    """DPM-Solver++ of third order over several steps, for the stochastic equation."""
    return SAMPLERS[_on("dpmpp_3m_sde", noise_device)].with_options(eta=eta, s_noise=s_noise)


@node("SamplerDPMAdaptative", category=CATEGORY, needs_device=False)
def dpm_adaptive(
    *,
    order: Annotated[int, Int(2, 3)] = 3,
    rtol: Wide = 0.05,
    atol: Wide = 0.0078,
    h_init: Wide = 0.05,
    pcoeff: Wide = 0.0,
    icoeff: Wide = 1.0,
    dcoeff: Wide = 0.0,
    accept_safety: Wide = 0.81,
    eta: Wide = 0.0,
    s_noise: NoiseScale = 1.0,
) -> SAMPLER:
    """DPM-Solver that chooses its own steps, so that errors stay below rtol and atol."""
    return SAMPLERS["dpm_adaptive"].with_options(
        order=order,
        rtol=rtol,
        atol=atol,
        h_init=h_init,
        pcoeff=pcoeff,
        icoeff=icoeff,
        dcoeff=dcoeff,
        accept_safety=accept_safety,
        eta=eta,
        s_noise=s_noise,
    )


@node("SamplerER_SDE", category=CATEGORY, needs_device=False)
def er_sde(
    *,
    solver_type: Annotated[
        str, Choice(("ER-SDE", "Reverse-time SDE", "ODE"), modern=True), "The equation; ODE takes no noise."
    ],
    max_stage: Annotated[int, Int(1, 3), "Terms of the expansion."] = 3,
    eta: Annotated[float, Float(0.0, 100.0, 0.01, round=False), "Noise of the reverse-time SDE."] = 1.0,
    s_noise: NoiseScale = 1.0,
) -> SAMPLER:
    """The extended reverse-time SDE."""
    sampler = SAMPLERS["er_sde"].with_options(max_stage=max_stage, s_noise=s_noise)
    if solver_type == "ER-SDE":
        return sampler
    power = 1.0 if solver_type == "ODE" else eta + 1.0
    return sampler.with_options(
        noise_scale=lambda ratio: ratio**power, s_noise=0.0 if solver_type == "ODE" else s_noise
    )


@node("SamplerSEEDS2", category=CATEGORY, needs_device=False)
def seeds_2(
    *,
    solver_type: Annotated[str, Choice(("phi_1", "phi_2"), modern=True)],
    eta: Eta = 1.0,
    s_noise: NoiseScale = 1.0,
    r: Annotated[float, Float(0.01, 1.0, 0.01, round=False), "Where within a step it looks."] = 0.5,
) -> SAMPLER:
    """Exponential solver of second order for the stochastic equation."""
    return SAMPLERS["seeds_2"].with_options(solver_type=solver_type, eta=eta, s_noise=s_noise, r=r)


@node("SamplerEulerCFGpp", display_name="SamplerEulerCFG++", category="_for_testing", experimental=True,
      needs_device=False)  # fmt: skip
def euler_cfg_pp(*, version: Annotated[str, Choice(("regular",), modern=True)]) -> SAMPLER:  # noqa: ARG001  # one only
    """Euler's method for low guidance (CFG++)."""
    return SAMPLERS["euler_cfg_pp"]


@node("SamplerSASolver", category=CATEGORY)
def sa_solver(
    *,
    model: MODEL,
    eta: Annotated[float, Float(0.0, 10.0, 0.01, round=False), "How strongly noise is renewed; 0 is not at all."] = 1.0,
    sde_start_percent: Percent = 0.2,
    sde_end_percent: Percent = 0.8,
    s_noise: NoiseScale = 1.0,
    predictor_order: Annotated[int, Int(1, 6)] = 3,
    corrector_order: Annotated[int, Int(0, 6), "0: no corrector."] = 4,
    use_pece: Annotated[bool, Toggle(), "Ask the model again after each correction."] = False,
    simple_order_2: Annotated[bool, Toggle(), "Simpler weights in steps of second order."] = False,
) -> SAMPLER:
    """Adams steps of the stochastic equation, predicted and corrected; noise is renewed during a part of the way."""
    levels = model.family.sigmas
    return SAMPLERS["sa_solver"].with_options(
        eta=eta,
        s_noise=s_noise,
        predictor_order=predictor_order,
        corrector_order=corrector_order,
        evaluate_again=use_pece,
        simple_order_2=simple_order_2,
        noisy=(levels.sigma_at_percent(sde_start_percent), levels.sigma_at_percent(sde_end_percent)),
    )


@node("SamplerLCM", category=CATEGORY, needs_device=False)
def lcm(
    *,
    s_noise: Annotated[float, Float(0.0, 64.0, 0.01, round=False), "New noise of the first step, times this."] = 1.0,
    s_noise_end: Annotated[float, Float(0.0, 64.0, 0.01, round=False), "That of the last step."] = 1.0,
    noise_clip_std: Annotated[
        float, Float(0.0, 10.0, 0.01, round=False), "Noise further out, in deviations, is cut to it; 0: none is."
    ] = 0.0,
) -> SAMPLER:
    """To the clean picture and back with new noise, for models distilled to few steps."""
    return SAMPLERS["lcm"].with_options(s_noise=s_noise, s_noise_end=s_noise_end, noise_limit=noise_clip_std)


def _on(name: str, noise_device: str) -> str:
    return f"{name}_gpu" if noise_device == "gpu" else name
