"""Batches of latents: joined, taken apart, repeated, with their masks and their noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from diffusion.latents import calm_start, join, rebatch, repeat, rows
from diffusion.values import Latent
from graph.errors import UserError
from graph.groups import AUTOGROW
from graph.node import Slot, node
from graph.spec import Choice, Group, Int, Port
from nodes.ports import LATENT

BATCH = "latent/batch"
LATENTS = Group(
    AUTOGROW, {"template": {"input": {"required": {"latent": ["LATENT", {}]}}, "prefix": "latent", "min": 2, "max": 50}}
)


@node("BatchLatentsNode", display_name="Batch Latents", category="latent", needs_device=False, synonyms=("join",))
def batch_latents(*, latents: Annotated[Mapping[str, Latent], LATENTS]) -> LATENT:
    """Latents in one batch, at the size of the first. Each keeps the noise that it would get alone."""
    return join(list(latents.values()))


@node("LatentBatch", category=BATCH, deprecated=True, needs_device=False)
def batch_two_latents(*, samples1: LATENT, samples2: LATENT) -> LATENT:
    """Two batches as one; the second takes the size of the first."""
    return join([samples1, samples2])


@node("RepeatLatentBatch", display_name="Repeat Latent Batch", category=BATCH, needs_device=False)
def repeat_latent(*, samples: LATENT, amount: Annotated[int, Int(1, 64)] = 1) -> LATENT:
    """The batch several times over; each repetition gets noise of its own."""
    return repeat(samples, amount)


@node("LatentFromBatch", display_name="Latent From Batch", category=BATCH, needs_device=False, synonyms=("select",))
def take_latents(
    *,
    samples: LATENT,
    batch_index: Annotated[int, Int(0, 63), "The first one that is taken, from 0."] = 0,
    length: Annotated[int, Int(1, 64)] = 1,
) -> LATENT:
    """Part of a batch, with the noise that it would get in the whole; the last one if the index is beyond the end."""
    return rows(samples, min(batch_index, len(samples.samples) - 1), length)


@node("RebatchLatents", display_name="Rebatch Latents", category=BATCH, needs_device=False, takes_lists=True)
def rebatch_latents(
    *,
    latents: Annotated[list[Latent], Port("LATENT")],
    batch_size: Annotated[list[int], Int(1, 4096)] = 1,  # type: ignore[assignment]  # the widget's default
) -> Annotated[list[Latent], Port("LATENT"), Slot(is_list=True)]:
    """The same latents in batches of another length. What takes them runs once for each batch."""
    return rebatch(latents, batch_size[0])


@node("LatentBatchSeedBehavior", category="latent/advanced", needs_device=False)
def set_seed_behaviour(
    *, samples: LATENT, seed_behavior: Annotated[str, Choice(("random", "fixed"), modern=True)] = "fixed"
) -> LATENT:
    """Whether all pictures of a batch get the same noise (fixed) or each its own (random)."""
    first = (samples.batch_index or (0,))[0]
    index = (first,) * len(samples.samples) if seed_behavior == "fixed" else None
    return replace(samples, batch_index=index)


@node("ReplaceVideoLatentFrames", category=BATCH, needs_device=False)
def replace_frames(
    *,
    destination: LATENT,
    index: Annotated[int, Int(-16384, 16384, step=1), "The first frame replaced; negative counts from the end."] = 0,
    source: LATENT | None = None,
) -> LATENT:
    """The film with frames of another in place of its own."""
    if source is None:
        return destination
    old_shape, new_shape = destination.samples.shape, source.samples.shape
    fits = len(old_shape) == len(new_shape) == 5 and new_shape[0] in (1, old_shape[0])
    if not fits or (old_shape[1], *old_shape[3:]) != (new_shape[1], *new_shape[3:]):
        raise UserError(
            f"Frames of a latent {tuple(new_shape)} cannot stand in one of {tuple(old_shape)}. Both have to be films "
            "of the same channels, height and width."
        )
    frames, new = old_shape[2], new_shape[2]
    start = index + frames if index < 0 else index
    if not 0 <= start <= frames - new:
        raise UserError(f"{new} latent frames at index {index} do not fit into {frames}. Use fewer, or another index.")
    samples = destination.samples.clone()
    samples[:, :, start : start + new] = source.samples
    return replace(destination, samples=samples)


@node("NormalizeVideoLatentStart", category="conditioning/video_models", needs_device=False)
def normalize_start(
    *,
    latent: LATENT,
    start_frame_count: Annotated[int, Int(1, 16384, step=1), "The first latent frames that are changed."] = 4,
    reference_frame_count: Annotated[int, Int(1, 16384, step=1), "Frames behind them that they are made like."] = 5,
) -> Annotated[Latent, Port("LATENT"), Slot(name="latent")]:
    """The film with the contrast and brightness of its first frames made like those that follow."""
    if latent.samples.ndim != 5:
        raise UserError(
            f"The latent is no film: its shape is {tuple(latent.samples.shape)}. Link one of a video model."
        )
    return replace(latent, samples=calm_start(latent.samples, start_frame_count, reference_frame_count))
