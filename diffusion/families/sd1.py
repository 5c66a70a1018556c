"""Stable Diffusion 1 and everything in its layout, at any width."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from diffusion.families.family import CondTensors, LatentFormat, Prediction, Residuals
from diffusion.families.sigmas import DiscreteSigmas
from diffusion.memory.packing import input_layout

if TYPE_CHECKING:
    from diffusion.checkpoint.configs.unet import UNetConfig


@dataclass(frozen=True)
class SD1:
    """A U-Net with cross attention to CLIP-L tokens, on 4 latent channels an eighth of the picture's size."""

    prediction: Prediction = "epsilon"
    latent: LatentFormat = field(default_factory=LatentFormat)
    sigmas: DiscreteSigmas = field(default_factory=DiscreteSigmas)
    name: str = "sd1"

    def network_input(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """x scaled to unit variance, and the nearest timestep of the training schedule."""
        return x / (_over(sigma, x) ** 2 + 1).sqrt(), self.sigmas.timestep(sigma).to(x.device)

    def denoise(
        self, network: nn.Module, x: Tensor, sigma: Tensor, cond: CondTensors, residuals: Residuals | None = None
    ) -> Tensor:
        """x0 from one evaluation of the U-Net, which predicts the noise or v (Salimans & Ho 2022)."""
        scaled, timestep = self.network_input(x, sigma)
        weight = next(network.parameters())
        output = network(
            scaled.to(weight.dtype, memory_format=input_layout(network)),
            timestep,
            encoder_hidden_states=cond.tokens.to(weight.dtype),
            down_block_additional_residuals=_cast(residuals.down, weight.dtype) if residuals else None,
            mid_block_additional_residual=residuals.mid.to(weight.dtype)
            if residuals and residuals.mid is not None
            else None,
            return_dict=False,
        )[0]
        return x0_from(self.prediction, x, output.float().contiguous(), _over(sigma, x), _over(timestep, x))


def build_unet(config: UNetConfig) -> nn.Module:
    """Diffusers' U-Net of this shape."""
    # Imported here: diffusers takes seconds to import, and a worker answers before it loads its first model.
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

    network: nn.Module = UNet2DConditionModel(**config.for_diffusers())
    return network


def x0_from(prediction: Prediction, x: Tensor, output: Tensor, sigma: Tensor, timestep: Tensor | None = None) -> Tensor:
    """The clean picture that a network's output stands for; ``sigma`` and ``timestep`` broadcast over ``x``.

    lcm: epsilon, bound to the noisy picture where there is little noise. Luo et al. 2023 (arXiv:2310.04378), 4.1, with
    their code's 0.5 for the data's deviation and ten times the timestep.
    """
    match prediction:
        case "x0":
            return output
        case "lcm":
            assert timestep is not None
            time = timestep * 10
            kept = 0.25 / (time**2 + 0.25)
            # The skip goes from the picture as the network sees it: scaled to unit variance.
            scaled = x / (sigma**2 + 1).sqrt()
            return kept * scaled + time / (time**2 + 0.25).sqrt() * (x - output * sigma)
        case "epsilon":
            return x - output * sigma
        case "v":
            return x / (sigma**2 + 1) - output * sigma / (sigma**2 + 1).sqrt()


def _over(sigma: Tensor, x: Tensor) -> Tensor:
    return sigma.to(x).reshape(-1, *[1] * (x.ndim - 1))


def _cast(tensors: tuple[Tensor, ...], dtype: torch.dtype) -> tuple[Tensor, ...]:
    return tuple(tensor.to(dtype) for tensor in tensors)
