"""A sampler as a value: which function, what noise it takes, and its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from diffusion.sampling.noise import NoiseKind, brownian_noise, gaussian_noise
from diffusion.sampling.process import Process
from diffusion.sampling.samplers.convention import OnStep, PairDenoiser


@dataclass(frozen=True)
class Sampler:
    """What a SAMPLER output gives.

    function: takes ``(denoise, x, sigmas, [noise,] on_step, **options)``; a PairDenoiser if ``pairs``, else a Denoiser.
    noise: the step noise that it wants. on_device: brownian noise is made where x is. knows_process: flow models
    change its formulas. extra_step: it is given a schedule whose last level before 0 is cut (dpm_2, uni_pc).
    own_mask_noise: what is not to change is noised with other noise than sampling began with (ddim).
    """

    name: str
    function: Callable[..., Tensor]
    noise: NoiseKind | None = None
    on_device: bool = False
    pairs: bool = False
    knows_process: bool = False
    extra_step: bool = False
    own_mask_noise: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def with_options(self, **options: Any) -> Sampler:
        """With these settings of its function, such as ``eta`` or ``s_noise``."""
        return replace(self, options={**self.options, **options})

    def run(
        self, denoise: PairDenoiser, x: Tensor, sigmas: Tensor, seed: int, process: Process, on_step: OnStep
    ) -> Tensor:
        """x at the last of the noise levels, which are on the CPU; a step reports before it is taken."""
        options = {**self.options, **({"process": process} if self.knows_process else {})}
        ask = denoise if self.pairs else lambda x, sigma: denoise(x, sigma)[0]
        if self.noise is None:
            return self.function(ask, x, sigmas, on_step, **options)
        noise = (
            gaussian_noise(x, seed)
            if self.noise == "gaussian"
            else brownian_noise(x, sigmas, seed, on_device=self.on_device)
        )
        return self.function(ask, x, sigmas, noise, on_step, **options)
