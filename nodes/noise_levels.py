"""Noise levels for samplers in parts: made by formula, read from a text, cut, turned round, refined."""

from __future__ import annotations

import math
import re
from typing import Annotated, Final, NamedTuple

import torch
from torch import Tensor

from diffusion.sampling.schedules import beta as beta_levels
from diffusion.sampling.spacings import (
    ALIGNED,
    EASES,
    aligned_spacing,
    exponential_spacing,
    flow_spacing,
    flux2_shift,
    karras_spacing,
    laplace_spacing,
    linear_shift,
    logit_normal_spacing,
    polyexponential_spacing,
    put_between,
    stretch_to,
    vp_spacing,
)
from graph.errors import UserError
from graph.node import Slot, node
from graph.spec import Choice, Float, Int, Text, Toggle
from nodes.image import SIZE_MAX
from nodes.ports import LATENT, MODEL, SIGMAS
from nodes.sampling import Denoise, Step, Steps

SCHEDULERS: Final = "sampling/custom_sampling/schedulers"
CATEGORY: Final = "sampling/custom_sampling/sigmas"

End = Annotated[float, Float(0.0, 5000.0, 0.01, round=False), "A noise level."]
Rho = Annotated[float, Float(0.0, 100.0, 0.01, round=False), "Larger spends more steps at low noise."]
Level = Annotated[float, Float(0.0, 20000.0, 0.001, round=False), "A noise level."]
AnySide = Annotated[int, Int(16, SIZE_MAX, step=1), "Pixels."]
PictureSide = Annotated[int, Int(256, 8192, step=16), "Pixels."]
Bend = Annotated[float, Float(0.0, 50.0, 0.01, round=False)]
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


class Halves(NamedTuple):
    high_sigmas: SIGMAS
    low_sigmas: SIGMAS


@node("KarrasScheduler", category=SCHEDULERS, needs_device=False)
def schedule_karras(
    *, steps: Steps = 20, sigma_max: End = 14.614642, sigma_min: End = 0.0291675, rho: Rho = 7.0
) -> SIGMAS:
    """Noise levels with most steps at low noise, after Karras and others."""
    return _then_zero(karras_spacing(steps, sigma_min, sigma_max, rho))


@node("ExponentialScheduler", category=SCHEDULERS, needs_device=False)
def schedule_exponential(*, steps: Steps = 20, sigma_max: End = 14.614642, sigma_min: End = 0.0291675) -> SIGMAS:
    """Noise levels that fall by the same factor at each step."""
    return _then_zero(exponential_spacing(steps, sigma_min, sigma_max))


@node("PolyexponentialScheduler", category=SCHEDULERS, needs_device=False)
def schedule_polyexponential(
    *, steps: Steps = 20, sigma_max: End = 14.614642, sigma_min: End = 0.0291675, rho: Rho = 1.0
) -> SIGMAS:
    """Noise levels whose logarithm follows a polynomial; rho 1 is the same as exponential."""
    return _then_zero(polyexponential_spacing(steps, sigma_min, sigma_max, rho))


@node("LaplaceScheduler", category=SCHEDULERS, needs_device=False)
def schedule_laplace(
    *,
    steps: Steps = 20,
    sigma_max: End = 14.614642,
    sigma_min: End = 0.0291675,
    mu: Annotated[
        float, Float(-10.0, 10.0, 0.1, round=False), "Where the steps gather: the logarithm of a level."
    ] = 0.0,
    beta: Annotated[float, Float(0.0, 10.0, 0.1, round=False), "How widely they spread."] = 0.5,
) -> SIGMAS:
    """Noise levels gathered around one level, down to sigma_min and not to 0."""
    return laplace_spacing(steps, sigma_min, sigma_max, mu, beta)


@node("VPScheduler", category=SCHEDULERS, needs_device=False)
def schedule_vp(
    *,
    steps: Steps = 20,
    beta_d: Annotated[float, Float(0.0, 5000.0, 0.01, round=False)] = 19.9,
    beta_min: Annotated[float, Float(0.0, 5000.0, 0.01, round=False)] = 0.1,
    eps_s: Annotated[float, Float(0.0, 1.0, 0.0001, round=False), "The time at which it ends."] = 0.001,
) -> SIGMAS:
    """Noise levels even in the time of a variance-preserving process."""
    return _then_zero(vp_spacing(steps, beta_d, beta_min, eps_s))


@node("AlignYourStepsScheduler", category=SCHEDULERS, needs_device=False, synonyms=("AYS",))
def schedule_aligned(
    *,
    model_type: Annotated[str, Choice(tuple(ALIGNED), modern=True), "The family that the levels were found for."],
    steps: Steps = 10,
    denoise: Denoise = 1.0,
) -> SIGMAS:
    """Noise levels that were searched for few steps, about 10."""
    wanted = round(steps * denoise)
    if wanted == 0:
        return torch.empty(0)
    return _then_zero(aligned_spacing(steps + 1, model_type)[-(wanted + 1) : -1])


@node("BetaSamplingScheduler", category=SCHEDULERS)
def schedule_beta(*, model: MODEL, steps: Steps = 20, alpha: Bend = 0.6, beta: Bend = 0.6) -> SIGMAS:
    """Noise levels dense at both ends of the way, as a Beta distribution is."""
    return beta_levels(model.family.sigmas, steps, alpha, beta)


@node("Ideogram4Scheduler", category=SCHEDULERS, needs_device=False, synonyms=("logit-normal",))
def schedule_ideogram(
    *,
    steps: Annotated[int, Int(1, 200)] = 20,
    width: PictureSide = 1024,
    height: PictureSide = 1024,
    mu: Annotated[float, Float(-10.0, 10.0, 0.05), "Larger spends more steps at high noise."] = 0.0,
    std: Annotated[float, Float(0.1, 5.0, 0.05), "How widely the steps spread."] = 1.75,
) -> SIGMAS:
    """Noise levels of Ideogram 4: logit-normal quantiles, with more noise for larger pictures."""
    return _then_zero(logit_normal_spacing(steps, mu + math.log(width * height / 512**2) / 2, std))


@node("Flux2Scheduler", category=SCHEDULERS, needs_device=False)
def schedule_flux2(
    *, steps: Annotated[int, Int(1, 4096)] = 20, width: AnySide = 1024, height: AnySide = 1024
) -> SIGMAS:
    """Noise levels of FLUX.2: moved towards noise for larger pictures and fewer steps."""
    return flow_spacing(steps, flux2_shift(round(width * height / 16**2), steps))


@node("LTXVScheduler", category=SCHEDULERS, needs_device=False)
def schedule_ltxv(
    *,
    steps: Steps = 20,
    max_shift: Annotated[float, Float(0.0, 100.0, 0.01), "Towards noise, for 4096 latent points."] = 2.05,
    base_shift: Annotated[float, Float(0.0, 100.0, 0.01), "Towards noise, for 1024 latent points."] = 0.95,
    stretch: Annotated[bool, Toggle(), "Let the last level above 0 be the terminal one."] = True,
    terminal: Annotated[float, Float(0.0, 0.99, 0.01)] = 0.1,
    latent: LATENT | None = None,
) -> SIGMAS:
    """Noise levels of LTX-Video: moved towards noise for larger and longer films."""
    points = 4096 if latent is None else math.prod(latent.samples.shape[2:])
    sigmas = flow_spacing(steps, linear_shift(points, base_shift, max_shift))
    return stretch_to(sigmas, terminal) if stretch else sigmas


@node("SDTurboScheduler", category=SCHEDULERS)
def schedule_turbo(
    *, model: MODEL, steps: Annotated[int, Int(1, 10)] = 1, denoise: Annotated[float, Float(0, 1.0, 0.01)] = 1.0
) -> SIGMAS:
    """Noise levels of models distilled to few steps: every hundredth of the training's thousand."""
    first = 10 - int(10 * denoise)
    timesteps = torch.arange(999, -1, -100)[first : first + steps].float()
    return _then_zero(model.family.sigmas.sigma(timesteps))


@node("ManualSigmas", category="_for_testing/custom_sampling", needs_device=False, experimental=True)
def read_sigmas(*, sigmas: Annotated[str, Text(), "Numbers with anything between them."] = "1, 0.5") -> SIGMAS:
    """Noise levels as they are written down."""
    found = [float(number) for number in _NUMBER.findall(sigmas)]
    if not all(map(math.isfinite, found)):
        raise UserError("One of the noise levels is too large for a number.")
    return torch.tensor(found, dtype=torch.float32)


@node("SplitSigmas", category=CATEGORY, needs_device=False, synonyms=("refiner",))
def split_sigmas(*, sigmas: SIGMAS, step: Step = 0) -> Halves:
    """The levels up to a step, and those from there on; the level between is in both."""
    return Halves(sigmas[: step + 1], sigmas[step:])


@node("SplitSigmasDenoise", category=CATEGORY, needs_device=False)
def split_sigmas_by_share(*, sigmas: SIGMAS, denoise: Denoise = 1.0) -> Halves:
    """The levels in two parts, of which the second has this share of the steps."""
    steps = max(len(sigmas) - 1, 0)
    between = steps - round(steps * denoise)
    return Halves(sigmas[: between + 1], sigmas[between:])


@node("FlipSigmas", category=CATEGORY, needs_device=False, synonyms=("unsample",))
def flip_sigmas(*, sigmas: SIGMAS) -> SIGMAS:
    """The levels the other way round, to put noise back into a picture; a first level of 0 becomes 0.0001."""
    flipped = sigmas.flip(0)
    if len(flipped) and flipped[0] == 0:
        flipped[0] = 0.0001
    return flipped


@node("SetFirstSigma", category=CATEGORY, needs_device=False)
def set_first_sigma(*, sigmas: SIGMAS, sigma: Level = 136.0) -> SIGMAS:
    """The levels with another first one."""
    return torch.cat([torch.tensor([sigma]).to(sigmas)[: len(sigmas)], sigmas[1:]])


@node("ExtendIntermediateSigmas", category=CATEGORY, needs_device=False)
def extend_sigmas(
    *,
    sigmas: SIGMAS,
    steps: Annotated[int, Int(1, 100), "So many steps in place of each."] = 2,
    start_at_sigma: Annotated[float, Float(-1.0, 20000.0, 0.01, round=False), "-1: from the first."] = -1.0,
    end_at_sigma: Annotated[float, Float(0.0, 20000.0, 0.01, round=False)] = 12.0,
    spacing: Annotated[str, Choice(tuple(EASES), modern=True)] = "linear",
) -> SIGMAS:
    """Several steps in place of each one that begins between two levels."""
    start = math.inf if start_at_sigma < 0 else start_at_sigma
    return put_between(sigmas, steps, start, end_at_sigma, spacing)


@node("SamplingPercentToSigma", category=CATEGORY)
def sigma_of_percent(
    *,
    model: MODEL,
    sampling_percent: Annotated[float, Float(0.0, 1.0, 0.0001)] = 0.0,
    return_actual_sigma: Annotated[
        bool, Toggle(), "At 0 and 1: the model's own ends, not the limits that nodes use."
    ] = False,
) -> Annotated[float, Float(), Slot(name="sigma_value")]:
    """The noise level at which a share of the sampling is done."""
    levels = model.family.sigmas
    if return_actual_sigma and sampling_percent in (0.0, 1.0):
        return levels.sigma_max if sampling_percent == 0 else levels.sigma_min
    return levels.sigma_at_percent(sampling_percent)


def _then_zero(sigmas: Tensor) -> Tensor:
    return torch.cat([sigmas, sigmas.new_zeros(1)])
