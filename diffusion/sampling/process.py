"""How data and noise mix on the way from a picture to pure noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Process:
    """``x = alpha(sigma) * x0 + sigma * noise``.

    flow: alpha = 1 - sigma, sigma in 0..1 (rectified flow, Liu et al. 2022). Otherwise alpha = 1 (variance exploding,
    Karras et al. 2022).
    """

    flow: bool = False

    def alpha(self, sigma: Tensor) -> Tensor:
        return 1 - sigma if self.flow else torch.ones_like(sigma)

    def half_log_snr(self, sigma: Tensor) -> Tensor:
        """lambda = log(alpha / sigma): rises from noise to picture; the time in which exponential solvers step."""
        return -sigma.logit() if self.flow else -sigma.log()

    def sigma_of(self, half_log_snr: Tensor) -> Tensor:
        """The inverse of ``half_log_snr``."""
        return (-half_log_snr).sigmoid() if self.flow else (-half_log_snr).exp()

    def mix(self, x0: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
        """The picture ``x0`` at a noise level."""
        return self.alpha(sigma) * x0 + sigma * noise

    def start(self, latent: Tensor, noise: Tensor, sigma: Tensor, sigma_max: float) -> Tensor:
        """Where sampling begins.

        From the highest noise level the noise is scaled to what the network saw in training: the variance-preserving
        ``x / sqrt(sigma^2 + 1)`` of pure noise has unit variance.
        """
        full = math.isclose(sigma_max, float(sigma), rel_tol=1e-5) or float(sigma) > sigma_max
        if full and not self.flow:
            return noise * (1 + sigma**2).sqrt() + latent
        return self.mix(latent, noise, sigma)

    def finish(self, x: Tensor, sigma: Tensor) -> Tensor:
        """What leaves the sampler: undoes the fading of the picture where noise is left over."""
        return x / (1 - sigma) if self.flow and float(sigma) < 1 else x

    def ancestral_split(self, sigma: Tensor, sigma_next: Tensor, eta: float) -> tuple[Tensor, Tensor, Tensor]:
        """(sigma_down, fade, sigma_up): step down to ``sigma_down``, multiply by ``fade``, add noise of ``sigma_up``.

        Together they land on ``sigma_next``. eta = 0 adds no noise, eta = 1 is the posterior of the forward process.
        """
        if not self.flow:
            posterior = sigma_next * (1 - (sigma_next / sigma) ** 2).sqrt()
            sigma_up = torch.minimum(sigma_next, eta * posterior)
            return (sigma_next**2 - sigma_up**2).sqrt(), torch.ones_like(sigma), sigma_up
        sigma_down = sigma_next * (1 + (sigma_next / sigma - 1) * eta)
        fade = (1 - sigma_next) / (1 - sigma_down)
        return sigma_down, fade, (sigma_next**2 - (sigma_down * fade) ** 2).clamp(min=0).sqrt()


VARIANCE_EXPLODING = Process()
RECTIFIED_FLOW = Process(flow=True)
