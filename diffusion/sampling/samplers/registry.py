"""The samplers by the names that workflows use."""

from __future__ import annotations

from collections.abc import Mapping

from diffusion.errors import DiffusionError
from diffusion.sampling.samplers.dpmpp import (
    dpmpp_2m,
    dpmpp_2m_cfg_pp,
    dpmpp_2s_ancestral,
    dpmpp_2s_ancestral_cfg_pp,
)
from diffusion.sampling.samplers.euler import euler, euler_ancestral, euler_ancestral_cfg_pp, euler_cfg_pp
from diffusion.sampling.samplers.sampler import Sampler


def find_sampler(name: str) -> Sampler:
    """The sampler of this name. Raises DiffusionError, which lists the names."""
    if name not in SAMPLERS:
        raise DiffusionError(f"There is no sampler '{name}'. Choose one of: {', '.join(SAMPLERS)}.")
    return SAMPLERS[name]


_ALL = (
    Sampler("euler", euler),
    Sampler("euler_cfg_pp", euler_cfg_pp, pairs=True, knows_process=True),
    Sampler("euler_ancestral", euler_ancestral, noise="gaussian", knows_process=True),
    Sampler("euler_ancestral_cfg_pp", euler_ancestral_cfg_pp, noise="gaussian", pairs=True, knows_process=True),
    Sampler("dpmpp_2s_ancestral", dpmpp_2s_ancestral, noise="gaussian", knows_process=True),
    Sampler("dpmpp_2s_ancestral_cfg_pp", dpmpp_2s_ancestral_cfg_pp, noise="gaussian", pairs=True),
    Sampler("dpmpp_2m", dpmpp_2m),
    Sampler("dpmpp_2m_cfg_pp", dpmpp_2m_cfg_pp, pairs=True),
    Sampler("ddim", euler, own_mask_noise=True),
)

SAMPLERS: Mapping[str, Sampler] = {sampler.name: sampler for sampler in _ALL}
