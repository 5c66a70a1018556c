"""The samplers: from noise and prompts to a latent."""

from __future__ import annotations

from typing import Annotated

from diffusion.memory import Memory
from diffusion.sampling.ksampler import sample
from diffusion.sampling.samplers import SAMPLERS
from diffusion.sampling.schedules import SCHEDULES
from graph.node import node
from graph.run import Run
from graph.spec import SEED_MAX, Choice, Float, Int
from nodes.ports import CONDITIONING, LATENT, MODEL

Seed = Annotated[int, Int(0, SEED_MAX, reroll=True), "The noise to start from: the same seed paints the same picture."]
Steps = Annotated[int, Int(1, 10_000), "More steps take longer and are more exact."]
Cfg = Annotated[
    float, Float(0.0, 100.0, 0.1, round=0.01), "How closely to follow the prompt; 1 ignores the negative one."
]
SamplerName = Annotated[str, Choice(tuple(SAMPLERS)), "How noise is removed."]
SchedulerName = Annotated[str, Choice(tuple(SCHEDULES)), "How the noise levels are spaced."]
Denoise = Annotated[float, Float(0.0, 1.0, 0.01), "How far the result may leave the latent: 1 paints anew."]
OnOff = Annotated[str, Choice(("enable", "disable"))]
OffOn = Annotated[str, Choice(("disable", "enable"))]
Step = Annotated[int, Int(0, 10_000)]


@node("KSampler", category="sampling", synonyms=("sample", "denoise", "paint", "euler", "steps"))
def ksampler(
    *,
    model: MODEL,
    seed: Seed = 0,
    steps: Steps = 20,
    cfg: Cfg = 8.0,
    sampler_name: SamplerName = "euler",
    scheduler: SchedulerName = "simple",
    positive: CONDITIONING,
    negative: CONDITIONING,
    latent_image: LATENT,
    denoise: Denoise = 1.0,
    memory: Memory,
    run: Run,
) -> LATENT:
    """Remove noise from a latent, guided by the prompts."""
    return sample(
        model,
        seed=seed,
        steps=steps,
        cfg=cfg,
        sampler_name=sampler_name,
        scheduler=scheduler,
        positive=positive,
        negative=negative,
        latent=latent_image,
        denoise=denoise,
        memory=memory,
        on_step=run.progress,
    )


@node("KSamplerAdvanced", display_name="KSampler (Advanced)", category="sampling", synonyms=("sample", "refiner"))
def ksampler_advanced(
    *,
    model: MODEL,
    add_noise: OnOff = "enable",
    noise_seed: Seed = 0,
    steps: Steps = 20,
    cfg: Cfg = 8.0,
    sampler_name: SamplerName = "euler",
    scheduler: SchedulerName = "simple",
    positive: CONDITIONING,
    negative: CONDITIONING,
    latent_image: LATENT,
    start_at_step: Step = 0,
    end_at_step: Step = 10_000,
    return_with_leftover_noise: OffOn = "disable",
    memory: Memory,
    run: Run,
) -> LATENT:
    """Do some of the steps of a sampling run, so that another sampler can do the rest."""
    return sample(
        model,
        seed=noise_seed,
        steps=steps,
        cfg=cfg,
        sampler_name=sampler_name,
        scheduler=scheduler,
        positive=positive,
        negative=negative,
        latent=latent_image,
        start_step=start_at_step,
        last_step=end_at_step,
        add_noise=add_noise == "enable",
        force_full_denoise=return_with_leftover_noise == "disable",
        memory=memory,
        on_step=run.progress,
    )
