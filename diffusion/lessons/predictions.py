"""The three things a network may predict, which are one and the same."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from diffusion.memory import Memory
from diffusion.model import Evaluation, Model, evaluate
from diffusion.values import Cond


@dataclass(frozen=True)
class Predictions:
    """All ``(batch, channels, h, w)`` in the network's space. noisy: what it was shown; the rest: what it says."""

    noisy: Tensor
    x0: Tensor
    noise: Tensor
    velocity: Tensor


def predict(model: Model, cond: Cond, latent: Tensor, noise: Tensor, percent: float, memory: Memory) -> Predictions:
    """What the network sees in ``latent`` under as much noise as there is ``percent`` of the way (0 = pure noise).

    With x = x0 + sigma * noise (variance exploding) and c = 1 / sqrt(sigma^2 + 1):
    noise = (x - x0) / sigma, velocity = c * noise - sigma * c * x0 (Salimans and Ho 2022, arXiv:2202.00512, section 4).
    """
    levels = model.family.sigmas
    sigma = torch.tensor([float(levels.sigma_at_percent(percent))]).clamp(
        float(levels.sigma_min), float(levels.sigma_max)
    )
    clean = model.family.latent.scale_in(latent)
    x = clean + sigma * noise
    (x0,) = evaluate(model, [Evaluation(x, sigma, cond.tokens, cond.pooled)], memory)
    x0 = x0.cpu()
    predicted = (x - x0) / sigma
    c = (sigma**2 + 1).rsqrt()
    return Predictions(x, x0, predicted, c * predicted - sigma * c * x0)
