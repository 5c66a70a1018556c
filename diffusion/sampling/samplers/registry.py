"""The samplers by the names that workflows use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.sampling.samplers import (
    dpm_solver,
    dpmpp,
    dpmpp_sde,
    er_sde,
    euler,
    exponential,
    multistep,
    posterior,
    refined,
    runge_kutta,
    sa_solver,
    uni_pc,
)
from diffusion.sampling.samplers.sampler import Sampler


def find_sampler(name: str) -> Sampler:
    """The sampler of this name. Raises DiffusionError, which lists the names."""
    if name not in SAMPLERS:
        raise DiffusionError(f"There is no sampler '{name}'. Choose one of: {', '.join(SAMPLERS)}.")
    return SAMPLERS[name]


def _on_both_devices(name: str, function: Callable[..., Tensor], **options: str) -> tuple[Sampler, Sampler]:
    """With its Brownian path on the CPU, the same for every device, and with the path where x is."""
    sampler = Sampler(name, function, noise="brownian", knows_process=True, options=options)
    return sampler, replace(sampler, name=f"{name}_gpu", on_device=True)


# In the field's order.
_ALL = (
    Sampler("euler", euler.euler),
    Sampler("euler_cfg_pp", euler.euler_cfg_pp, pairs=True, knows_process=True),
    Sampler("euler_ancestral", euler.euler_ancestral, noise="gaussian", knows_process=True),
    Sampler("euler_ancestral_cfg_pp", euler.euler_ancestral_cfg_pp, noise="gaussian", pairs=True, knows_process=True),
    Sampler("heun", runge_kutta.heun),
    Sampler("heunpp2", runge_kutta.heunpp2),
    Sampler("exp_heun_2_x0", exponential.exp_heun_2_x0),
    Sampler("exp_heun_2_x0_sde", exponential.exp_heun_2_x0_sde, noise="gaussian", knows_process=True),
    Sampler("dpm_2", runge_kutta.dpm_2, extra_step=True),
    Sampler("dpm_2_ancestral", runge_kutta.dpm_2_ancestral, noise="gaussian", knows_process=True, extra_step=True),
    Sampler("lms", multistep.lms),
    Sampler("dpm_fast", dpm_solver.dpm_fast, noise="gaussian"),
    Sampler("dpm_adaptive", dpm_solver.dpm_adaptive, noise="gaussian"),
    Sampler("dpmpp_2s_ancestral", dpmpp.dpmpp_2s_ancestral, noise="gaussian", knows_process=True),
    Sampler("dpmpp_2s_ancestral_cfg_pp", dpmpp.dpmpp_2s_ancestral_cfg_pp, noise="gaussian", pairs=True),
    *_on_both_devices("dpmpp_sde", dpmpp_sde.dpmpp_sde),
    Sampler("dpmpp_2m", dpmpp.dpmpp_2m),
    Sampler("dpmpp_2m_cfg_pp", dpmpp.dpmpp_2m_cfg_pp, pairs=True),
    *_on_both_devices("dpmpp_2m_sde", dpmpp_sde.dpmpp_2m_sde),
    *_on_both_devices("dpmpp_2m_sde_heun", dpmpp_sde.dpmpp_2m_sde, solver_type="heun"),
    *_on_both_devices("dpmpp_3m_sde", dpmpp_sde.dpmpp_3m_sde),
    Sampler("ddpm", posterior.ddpm, noise="gaussian"),
    Sampler("lcm", posterior.lcm, noise="gaussian", knows_process=True),
    Sampler("ipndm", multistep.ipndm),
    Sampler("ipndm_v", multistep.ipndm_v),
    Sampler("deis", multistep.deis),
    Sampler("res_multistep", refined.res_multistep),
    Sampler("res_multistep_cfg_pp", refined.res_multistep_cfg_pp, pairs=True),
    Sampler("res_multistep_ancestral", refined.res_multistep_ancestral, noise="gaussian"),
    Sampler("res_multistep_ancestral_cfg_pp", refined.res_multistep_ancestral_cfg_pp, noise="gaussian", pairs=True),
    Sampler("gradient_estimation", refined.gradient_estimation),
    Sampler("gradient_estimation_cfg_pp", refined.gradient_estimation_cfg_pp, pairs=True),
    Sampler("er_sde", er_sde.er_sde, noise="gaussian", knows_process=True),
    Sampler("seeds_2", exponential.seeds_2, noise="gaussian", knows_process=True),
    Sampler("seeds_3", exponential.seeds_3, noise="gaussian", knows_process=True),
    Sampler("sa_solver", sa_solver.sa_solver, noise="gaussian", knows_process=True),
    Sampler("sa_solver_pece", sa_solver.sa_solver_pece, noise="gaussian", knows_process=True),
    Sampler("ddim", euler.euler, own_mask_noise=True),
    Sampler("uni_pc", uni_pc.uni_pc, extra_step=True),
    Sampler("uni_pc_bh2", uni_pc.uni_pc_bh2, extra_step=True),
)

SAMPLERS: Mapping[str, Sampler] = {sampler.name: sampler for sampler in _ALL}
