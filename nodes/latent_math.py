"""Arithmetic on latents: sums, mixes, and operations that other nodes apply."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

import torch

from diffusion.latents import LatentOperation, fit_to, interpolate, sharpen_directions, tonemap
from graph.node import node
from graph.spec import Float, Int, Port
from nodes.ports import LATENT

ADVANCED = "latent/advanced"
OPERATIONS = "latent/advanced/operations"
LATENT_OPERATION = Annotated[LatentOperation, Port("LATENT_OPERATION")]
Share = Annotated[float, Float(0.0, 1.0, 0.01), "How much of the first; the rest is the second."]


@node("LatentAdd", category=ADVANCED, needs_device=False)
def add_latents(*, samples1: LATENT, samples2: LATENT) -> LATENT:
    """The sum of two latents, at the first one's size."""
    return replace(samples1, samples=samples1.samples + fit_to(samples2.samples, samples1.samples))


@node("LatentSubtract", category=ADVANCED, needs_device=False)
def subtract_latents(*, samples1: LATENT, samples2: LATENT) -> LATENT:
    """The first latent less the second, at the first one's size."""
    return replace(samples1, samples=samples1.samples - fit_to(samples2.samples, samples1.samples))


@node("LatentMultiply", category=ADVANCED, needs_device=False, synonyms=("scale",))
def multiply_latent(*, samples: LATENT, multiplier: Annotated[float, Float(-10.0, 10.0, 0.01)] = 1.0) -> LATENT:
    """The latent times a number."""
    return replace(samples, samples=samples.samples * multiplier)


@node("LatentInterpolate", category=ADVANCED, needs_device=False, synonyms=("mix", "morph"))
def interpolate_latents(*, samples1: LATENT, samples2: LATENT, ratio: Share = 1.0) -> LATENT:
    """Between two latents; unlike a plain blend it does not turn grey in the middle."""
    return replace(samples1, samples=interpolate(samples1.samples, fit_to(samples2.samples, samples1.samples), ratio))


@node("LatentBlend", display_name="Latent Blend", category="_for_testing", needs_device=False, synonyms=("mix",))
def blend_latents(*, samples1: LATENT, samples2: LATENT, blend_factor: Share = 0.5) -> LATENT:
    """A plain mix of two latents, at the first one's size."""
    second = fit_to(samples2.samples, samples1.samples, "bicubic")
    return replace(samples1, samples=torch.lerp(second, samples1.samples, blend_factor))


@node("LatentApplyOperation", category=OPERATIONS, experimental=True, needs_device=False)
def apply_operation(*, samples: LATENT, operation: LATENT_OPERATION) -> LATENT:
    """The latent changed by an operation."""
    return replace(samples, samples=operation(samples.samples))


@node("LatentOperationTonemapReinhard", category=OPERATIONS, experimental=True, needs_device=False)
def make_tonemap(*, multiplier: Annotated[float, Float(0.0, 100.0, 0.01)] = 1.0) -> LATENT_OPERATION:
    """An operation that weakens what stands out most; smaller multipliers weaken more."""
    return partial(tonemap, multiplier=multiplier)


@node("LatentOperationSharpen", category=OPERATIONS, experimental=True, needs_device=False)
def make_sharpen(
    *,
    sharpen_radius: Annotated[int, Int(1, 31, step=1), "Latent pixels."] = 9,
    sigma: Annotated[float, Float(0.1, 10.0, 0.1), "Shape of the blur that is taken away, in radii."] = 1.0,
    alpha: Annotated[float, Float(0.0, 5.0, 0.01), "How strongly, in tenths."] = 0.1,
) -> LATENT_OPERATION:
    """An operation that sharpens."""
    return partial(sharpen_directions, radius=sharpen_radius, sigma=sigma, alpha=alpha)
