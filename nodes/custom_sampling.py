"""Sampling in parts: noise, noise levels, sampler and guider, each a node of its own."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from torch import Tensor

from diffusion.memory import Memory
from diffusion.sampling.denoise import denoise_latent
from diffusion.sampling.guider import CfgGuider, Guider, unguided
from diffusion.sampling.noise import DisableNoise, Noise, RandomNoise
from diffusion.sampling.noising import noised
from diffusion.sampling.samplers import SAMPLERS, Sampler, find_sampler
from diffusion.sampling.schedules import SCHEDULES, get_sigmas
from diffusion.sampling.three_prompts import ThreeGuider, dual, perpendicular
from diffusion.values import Latent
from graph.node import node
from graph.run import Run
from graph.spec import Choice, Float, Toggle
from nodes.ports import CONDITIONING, GUIDER, LATENT, MODEL, NOISE, SAMPLER, SIGMAS
from nodes.sampling import Cfg, Denoise, Seed, Steps

SchedulerName = Annotated[str, Choice(tuple(SCHEDULES), modern=True), "How the noise levels are spaced."]
SamplerName = Annotated[str, Choice(tuple(SAMPLERS), modern=True), "How noise is removed."]


class Sampled(NamedTuple):
    output: LATENT
    denoised_output: LATENT


@node("RandomNoise", category="sampling/custom_sampling/noise", synonyms=("seed",))
def random_noise(*, noise_seed: Seed = 0) -> NOISE:
    """The noise of a seed."""
    return RandomNoise(noise_seed)


@node("DisableNoise", category="sampling/custom_sampling/noise")
def disable_noise() -> NOISE:
    """No noise: for latents that still carry some."""
    return DisableNoise()


@node("BasicScheduler", category="sampling/custom_sampling/schedulers", synonyms=("sigmas", "steps"))
def basic_scheduler(
    *, model: MODEL, scheduler: SchedulerName = "simple", steps: Steps = 20, denoise: Denoise = 1.0
) -> SIGMAS:
    """The noise levels that a sampler steps through."""
    # ddim_uniform may give a level more than was asked for.
    return get_sigmas(model.family.sigmas, scheduler, steps, denoise)[-(steps + 1) :]


@node("KSamplerSelect", category="sampling/custom_sampling/samplers")
def select_sampler(*, sampler_name: SamplerName = "euler") -> SAMPLER:
    """A sampler by name."""
    return find_sampler(sampler_name)


@node("BasicGuider", category="sampling/custom_sampling/guiders")
def basic_guider(*, model: MODEL, conditioning: CONDITIONING) -> GUIDER:
    """One prompt, no negative one."""
    return unguided(model, conditioning)


@node("CFGGuider", category="sampling/custom_sampling/guiders")
def cfg_guider(*, model: MODEL, positive: CONDITIONING, negative: CONDITIONING, cfg: Cfg = 8.0) -> GUIDER:
    """Two prompts: towards the positive, away from the negative."""
    return CfgGuider(model, positive, negative, cfg)


@node("DualCFGGuider", category="sampling/custom_sampling/guiders")
def dual_guider(
    *,
    model: MODEL,
    cond1: CONDITIONING,
    cond2: CONDITIONING,
    negative: CONDITIONING,
    cfg_conds: Annotated[Cfg, "From the second prompt to the first."] = 8.0,
    cfg_cond2_negative: Annotated[Cfg, "From the negative prompt to the second."] = 8.0,
    style: Annotated[str, Choice(("regular", "nested"), modern=True), "Two steps added, or one within the other."],
) -> GUIDER:
    """Three prompts: towards the first by one strength, towards the second by another, away from the negative."""
    mix = dual(cfg_cond2_negative, cfg_conds, nested=style == "nested")
    return ThreeGuider(model, (cond1, cond2, negative), max(cfg_conds, cfg_cond2_negative), mix)


@node("PerpNegGuider", category="_for_testing", experimental=True, synonyms=("negative",))
def perpendicular_guider(
    *,
    model: MODEL,
    positive: CONDITIONING,
    negative: CONDITIONING,
    empty_conditioning: CONDITIONING,
    cfg: Cfg = 8.0,
    neg_scale: Annotated[float, Float(0.0, 100.0, 0.01), "How strongly the negative prompt is avoided."] = 1.0,
) -> GUIDER:
    """The negative prompt takes away only what the positive does not ask for."""
    prompts = (positive, negative, empty_conditioning)
    return ThreeGuider(model, prompts, cfg, perpendicular(cfg, neg_scale))


@node("AddNoise", category="_for_testing/custom_sampling/noise", experimental=True, needs_device=False)
def add_noise(*, model: MODEL, noise: NOISE, sigmas: SIGMAS, latent_image: LATENT) -> LATENT:
    """The latent with noise: as much as lies between the first and the last of the levels."""
    return noised(model, noise, sigmas, latent_image)


@node("SamplerCustomAdvanced", category="sampling/custom_sampling", synonyms=("sample", "denoise", "paint"))
def sample_custom(
    *, noise: NOISE, guider: GUIDER, sampler: SAMPLER, sigmas: SIGMAS, latent_image: LATENT, memory: Memory, run: Run
) -> Sampled:
    """Remove noise from a latent with the parts you choose."""
    return _sample(guider, noise, sampler, sigmas, latent_image, memory, run)


@node("SamplerCustom", category="sampling/custom_sampling", synonyms=("sample", "denoise", "paint"))
def sample_with(
    *,
    model: MODEL,
    add_noise: Annotated[bool, Toggle(), "Off for latents that still carry noise."] = True,
    noise_seed: Seed = 0,
    cfg: Cfg = 8.0,
    positive: CONDITIONING,
    negative: CONDITIONING,
    sampler: SAMPLER,
    sigmas: SIGMAS,
    latent_image: LATENT,
    memory: Memory,
    run: Run,
) -> Sampled:
    """Remove noise from a latent along noise levels of your own."""
    noise = RandomNoise(noise_seed) if add_noise else DisableNoise()
    guider = CfgGuider(model, positive, negative, cfg)
    return _sample(guider, noise, sampler, sigmas, latent_image, memory, run)


def _sample(
    guider: Guider, noise: Noise, sampler: Sampler, sigmas: Tensor, latent: Latent, memory: Memory, run: Run
) -> Sampled:
    start = noise.generate(latent)
    sampled = denoise_latent(guider, sampler, sigmas, start, latent, noise.seed, memory, run.progress)
    return Sampled(sampled.latent, sampled.denoised)
