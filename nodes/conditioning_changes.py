"""Conditionings changed: mixed, emptied, limited to a part of the picture or of the sampling."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from diffusion.values import Area, Cond, with_fields
from graph.node import node
from graph.spec import Choice, Float
from nodes.conditioning import Strength
from nodes.ports import CONDITIONING, MASK

CATEGORY: Final = "conditioning"
ADVANCED: Final = "advanced/conditioning"

Side = Annotated[float, Float(0, 1.0, 0.01), "Share of the picture."]
Percent = Annotated[float, Float(0.0, 1.0, 0.001), "Share of the sampling that is done: 0 is its start."]


class Pair(NamedTuple):
    positive: CONDITIONING
    negative: CONDITIONING


@node("ConditioningAverage", category=CATEGORY, synonyms=("mix", "blend"))
def average(
    *,
    conditioning_to: CONDITIONING,
    conditioning_from: CONDITIONING,
    conditioning_to_strength: Annotated[float, Float(0.0, 1.0, 0.01), "How much of the first."] = 1.0,
) -> CONDITIONING:
    """One prompt mixed into another, word place by word place."""
    if not conditioning_from:
        return conditioning_to
    return tuple(_mix(cond, conditioning_from[0], conditioning_to_strength) for cond in conditioning_to)


@node("ConditioningZeroOut", category=ADVANCED, synonyms=("negative", "empty"))
def zero_out(*, conditioning: CONDITIONING) -> CONDITIONING:
    """A prompt that says nothing: zeros in place of the encoded words."""
    return tuple(
        replace(
            cond,
            tokens=torch.zeros_like(cond.tokens),
            pooled=None if cond.pooled is None else torch.zeros_like(cond.pooled),
        )
        for cond in conditioning
    )


@node("ConditioningSetTimestepRange", category=ADVANCED, synonyms=("schedule",))
def set_range(*, conditioning: CONDITIONING, start: Percent = 0.0, end: Percent = 1.0) -> CONDITIONING:
    """Let the prompt speak during a part of the sampling only."""
    return with_fields(conditioning, start_percent=start, end_percent=end)


@node("ConditioningSetMask", display_name="Conditioning (Set Mask)", category=CATEGORY, synonyms=("region",))
def set_mask(
    *,
    conditioning: CONDITIONING,
    mask: MASK,
    strength: Strength = 1.0,
    set_cond_area: Annotated[
        str, Choice(("default", "mask bounds")), "mask bounds: show the model only the masked part."
    ],
) -> CONDITIONING:
    """Let the prompt speak where the mask is white only."""
    return with_fields(
        conditioning,
        mask=mask[None] if mask.ndim < 3 else mask,
        mask_strength=strength,
        area_from_mask=set_cond_area != "default",
    )


@node(
    "ConditioningSetAreaPercentage",
    display_name="Conditioning (Set Area with Percentage)",
    category=CATEGORY,
    synonyms=("region",),
)
def set_relative_area(
    *,
    conditioning: CONDITIONING,
    width: Side = 1.0,
    height: Side = 1.0,
    x: Side = 0,
    y: Side = 0,
    strength: Strength = 1.0,
) -> CONDITIONING:
    """Let the prompt speak for a rectangle only, given in shares of the picture."""
    area = Area(height, width, y, x, relative=True)
    return with_fields(conditioning, area=area, strength=strength, area_from_mask=False)


@node("ConditioningSetAreaStrength", category=CATEGORY)
def set_strength(*, conditioning: CONDITIONING, strength: Strength = 1.0) -> CONDITIONING:
    """How much the prompt counts beside others."""
    return with_fields(conditioning, strength=strength)


@node(
    "PairConditioningCombine", display_name="Cond Pair Combine", category="advanced/hooks/cond pair", experimental=True
)
def combine_pairs(
    *, positive_A: CONDITIONING, negative_A: CONDITIONING, positive_B: CONDITIONING, negative_B: CONDITIONING
) -> Pair:
    """Both prompts of one pair joined to those of another; where they overlap, their predictions are averaged."""
    return Pair((*positive_A, *positive_B), (*negative_A, *negative_B))


def _mix(cond: Cond, other: Cond, share: float) -> Cond:
    length = cond.tokens.shape[1]
    tokens = other.tokens[:, :length]
    tokens = pad(tokens, (0, 0, 0, length - tokens.shape[1]))
    return replace(cond, tokens=cond.tokens * share + tokens * (1 - share), pooled=_mix_pooled(cond, other, share))


def _mix_pooled(cond: Cond, other: Cond, share: float) -> Tensor | None:
    if cond.pooled is None or other.pooled is None:
        return cond.pooled if other.pooled is None else other.pooled
    return cond.pooled * share + other.pooled * (1 - share)
