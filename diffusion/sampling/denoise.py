"""The entry: a latent and noise in, a denoised latent out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from diffusion.errors import DiffusionError
from diffusion.memory import Memory, Patched
from diffusion.model import Model
from diffusion.sampling.differential import MASK_CHANGE, MaskChange
from diffusion.sampling.guider import Guider
from diffusion.sampling.process import VARIANCE_EXPLODING, Process
from diffusion.sampling.samplers import Sampler
from diffusion.sampling.samplers.convention import PairDenoiser
from diffusion.vae.preview import Preview
from diffusion.values import Latent

if TYPE_CHECKING:
    from PIL.Image import Image


MaskAt = Callable[[Tensor], Tensor]


class OnProgress(Protocol):
    """Told after each evaluation that begins a sampling step; may raise to stop. ``preview`` makes a small picture."""

    def __call__(self, done: int, total: int, preview: Callable[[], Image] | None, /) -> None: ...


class Sampled(NamedTuple):
    """latent: where sampling ended. denoised: the clean picture as the last evaluation saw it."""

    latent: Latent
    denoised: Latent


@torch.inference_mode()
def denoise_latent(
    guider: Guider,
    sampler: Sampler,
    sigmas: Tensor,
    noise: Tensor,
    latent: Latent,
    seed: int,
    memory: Memory,
    on_step: OnProgress | None = None,
) -> Sampled:
    """The latent, noised to ``sigmas[0]`` and denoised along the sigmas, as the guider says.

    noise: of the samples' shape. seed: of the noise that some samplers add on the way. What ``latent.mask`` marks 0
    stays as it is. Samples come back float32, on the CPU.
    """
    model = guider.model
    if len(sigmas) < 2:
        return Sampled(latent, latent)
    _check_channels(model, latent)
    process, latent_format = VARIANCE_EXPLODING, model.family.latent
    sigmas = _walkable(sigmas.float().cpu())
    original = latent.samples.to(memory.device, torch.float32)
    if original.count_nonzero() > 0:
        original = latent_format.scale_in(original)
    noise = noise.to(original)
    controls = [use.net.handle for prompt in guider.prompts for cond in prompt for use in cond.controls]
    with memory.use(Patched(model.network, model.adapters), *controls):
        denoiser = guider.guidance(original, sampler, memory)
        if latent.mask is not None:
            fresh = _mask_noise(noise, seed) if sampler.own_mask_noise else noise
            mask = _mask_over_time(model, fit_mask(latent.mask, original), sigmas)
            denoiser = Masked(denoiser, mask, original, fresh, process)
        watch = _Watch(model, len(sigmas) - 1, on_step, memory)
        start = process.start(original, noise, sigmas[0], model.family.sigmas.sigma_max)
        end = process.finish(sampler.run(denoiser, start, sigmas, seed, process, watch), sigmas[-1])
    samples = latent_format.scale_out(end.float()).cpu()
    denoised = samples if watch.x0 is None else latent_format.scale_out(watch.x0.float()).cpu()
    return Sampled(replace(latent, samples=samples), replace(latent, samples=denoised))


@dataclass(frozen=True)
class Masked:
    """A denoiser that is told the truth outside the mask: the original, noised as sampling began, and clean after.

    mask: of a noise level, ``(batch, 1, height, width)``.
    """

    denoise: PairDenoiser
    mask: MaskAt
    original: Tensor
    noise: Tensor
    process: Process

    def __call__(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        mask = self.mask(sigma)
        known = self.process.mix(self.original, self.noise, sigma)
        x0, uncond = self.denoise(x * mask + known * (1 - mask), sigma)
        return self._keep(x0, mask), self._keep(uncond, mask)

    def _keep(self, x0: Tensor, mask: Tensor) -> Tensor:
        return x0 * mask + self.original * (1 - mask)


def fit_mask(mask: Tensor, samples: Tensor) -> Tensor:
    """The mask at the samples' size, one row a picture: ``(batch, 1, height, width)``."""
    mask = mask.reshape(-1, 1, *mask.shape[-2:]).to(samples)
    mask = interpolate(mask, size=samples.shape[-2:], mode="bilinear")
    return mask if len(mask) == 1 else mask.repeat(-(-len(samples) // len(mask)), 1, 1, 1)[: len(samples)]


class _Watch:
    """Hears of each sampling step and tells the caller. State: the last clean picture seen."""

    def __init__(self, model: Model, total: int, on_step: OnProgress | None, memory: Memory) -> None:
        self.model, self.total, self.on_step, self.memory = model, total, on_step, memory
        self.x0: Tensor | None = None

    def __call__(self, index: int, _x: Tensor, x0: Tensor) -> None:
        self.x0 = x0
        if self.on_step is not None:
            self.on_step(min(index + 1, self.total), self.total, Preview(self.model, x0, self.memory))


def _walkable(sigmas: Tensor) -> Tensor:
    """The levels, each but once in a row: many samplers divide by the length of a step.

    A schedule repeats some where it has more steps than the training had, as with a denoise of 0.01. Raises
    DiffusionError for levels that no sampler can follow.
    """
    moves = sigmas[1:] != sigmas[:-1]
    if bool(moves.any()):
        sigmas = sigmas[torch.cat([moves.new_ones(1), moves])]
    if not bool(sigmas.isfinite().all()):
        raise DiffusionError("One of the noise levels is no finite number. Look at the node that makes the sigmas.")
    if bool((sigmas[:-1] <= 0).any()) or float(sigmas[-1]) < 0:
        raise DiffusionError(
            f"The noise levels hold {float(sigmas.min()):g} where it cannot be: only the last may be 0, none below 0. "
            "Look at the node that makes the sigmas."
        )
    return sigmas


def _mask_over_time(model: Model, mask: Tensor, sigmas: Tensor) -> MaskAt:
    """The mask at each noise level: the same at all of them, or as the model was told."""
    change: MaskChange | None = model.options.get(MASK_CHANGE)
    if change is None:
        return lambda _sigma: mask
    return lambda sigma: change(mask, sigma, sigmas, model.family.sigmas)


def _mask_noise(noise: Tensor, seed: int) -> Tensor:
    return torch.randn(noise.shape, generator=torch.Generator().manual_seed(seed + 1)).to(noise)


def _check_channels(model: Model, latent: Latent) -> None:
    wanted, found = model.family.latent.channels, latent.samples.shape[1]
    if wanted != found:
        raise DiffusionError(
            f"The latent has {found} channels; this model ({model.family.name}) denoises {wanted}. "
            "Make the latent with this model's VAE or its empty-latent node."
        )
