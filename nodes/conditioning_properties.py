"""Prompts given a place, a time and hooks in one step, and joined to others."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from torch import Tensor

from diffusion.adapters.hooks import Hooks
from diffusion.values import Cond, Conditioning
from graph.node import node
from graph.spec import Choice
from nodes.conditioning import Strength
from nodes.conditioning_changes import Pair
from nodes.hook_ports import CATEGORY, HOOKS, RANGE
from nodes.ports import CONDITIONING, MASK

SINGLE: Final = f"{CATEGORY}/cond single"
PAIR: Final = f"{CATEGORY}/cond pair"
AreaFrom = Annotated[str, Choice(("default", "mask bounds")), "mask bounds: show the model only the masked part."]


@node("ConditioningSetProperties", display_name="Cond Set Props", category=SINGLE, experimental=True)
def set_properties(
    *,
    cond_NEW: CONDITIONING,
    strength: Strength = 1.0,
    set_cond_area: AreaFrom,
    mask: MASK | None = None,
    hooks: HOOKS | None = None,
    timesteps: RANGE | None = None,
) -> CONDITIONING:
    """A prompt with a strength, and with a mask, hooks and a part of the sampling where they are given."""
    return _with_properties(cond_NEW, strength, set_cond_area, mask, hooks, timesteps)


@node("ConditioningSetPropertiesAndCombine", display_name="Cond Set Props Combine", category=SINGLE, experimental=True)
def set_properties_and_combine(
    *,
    cond: CONDITIONING,
    cond_NEW: CONDITIONING,
    strength: Strength = 1.0,
    set_cond_area: AreaFrom,
    mask: MASK | None = None,
    hooks: HOOKS | None = None,
    timesteps: RANGE | None = None,
) -> CONDITIONING:
    """As Cond Set Props, joined to another prompt."""
    return (*cond, *_with_properties(cond_NEW, strength, set_cond_area, mask, hooks, timesteps))


@node("ConditioningSetDefaultCombine", display_name="Cond Set Default Combine", category=SINGLE, experimental=True)
def set_default(*, cond: CONDITIONING, cond_DEFAULT: CONDITIONING, hooks: HOOKS | None = None) -> CONDITIONING:
    """A prompt, and another that fills what its mask and its time leave."""
    return (*cond, *_filling(cond_DEFAULT, hooks))


@node("PairConditioningSetProperties", display_name="Cond Pair Set Props", category=PAIR, experimental=True)
def set_pair(
    *,
    positive_NEW: CONDITIONING,
    negative_NEW: CONDITIONING,
    strength: Strength = 1.0,
    set_cond_area: AreaFrom,
    mask: MASK | None = None,
    hooks: HOOKS | None = None,
    timesteps: RANGE | None = None,
) -> Pair:
    """As Cond Set Props, for the positive and the negative prompt."""
    asked = (strength, set_cond_area, mask, hooks, timesteps)
    return Pair(_with_properties(positive_NEW, *asked), _with_properties(negative_NEW, *asked))


@node("PairConditioningSetPropertiesAndCombine", display_name="Cond Pair Set Props Combine", category=PAIR,
      experimental=True)  # fmt: skip
def set_pair_and_combine(
    *,
    positive: CONDITIONING,
    negative: CONDITIONING,
    positive_NEW: CONDITIONING,
    negative_NEW: CONDITIONING,
    strength: Strength = 1.0,
    set_cond_area: AreaFrom,
    mask: MASK | None = None,
    hooks: HOOKS | None = None,
    timesteps: RANGE | None = None,
) -> Pair:
    """As Cond Pair Set Props, joined to another pair."""
    asked = (strength, set_cond_area, mask, hooks, timesteps)
    return Pair(
        (*positive, *_with_properties(positive_NEW, *asked)), (*negative, *_with_properties(negative_NEW, *asked))
    )


@node("PairConditioningSetDefaultCombine", display_name="Cond Pair Set Default Combine", category=PAIR,
      experimental=True)  # fmt: skip
def set_default_pair(
    *,
    positive: CONDITIONING,
    negative: CONDITIONING,
    positive_DEFAULT: CONDITIONING,
    negative_DEFAULT: CONDITIONING,
    hooks: HOOKS | None = None,
) -> Pair:
    """A pair of prompts, and another that fills what their masks and their time leave."""
    return Pair((*positive, *_filling(positive_DEFAULT, hooks)), (*negative, *_filling(negative_DEFAULT, hooks)))


def _with_properties(
    conditioning: Conditioning,
    strength: float,
    area_from: str,
    mask: Tensor | None,
    hooks: Hooks | None,
    timesteps: tuple[float, float] | None,
) -> Conditioning:
    """Strength is the mask's where there is one. Without one the prompt's own is multiplied by it: 1 leaves it.

    (In the field it says nothing without a mask. A number that changes nothing would be a trap.)
    """
    changed = tuple(_with_hooks(cond, hooks) for cond in conditioning)
    if mask is None:
        changed = tuple(replace(cond, strength=cond.strength * strength) for cond in changed)
    else:
        planes = mask[None] if mask.ndim < 3 else mask
        bounds = area_from != "default"
        changed = tuple(replace(c, mask=planes, mask_strength=strength, area_from_mask=bounds) for c in changed)
    if timesteps is not None:
        changed = tuple(replace(c, start_percent=timesteps[0], end_percent=timesteps[1]) for c in changed)
    return changed


def _filling(conditioning: Conditioning, hooks: Hooks | None) -> Conditioning:
    return tuple(replace(_with_hooks(cond, hooks), fills=True) for cond in conditioning)


def _with_hooks(cond: Cond, hooks: Hooks | None) -> Cond:
    """Behind those that it has; each once."""
    return cond if hooks is None else replace(cond, hooks=tuple(dict.fromkeys((*cond.hooks, *hooks))))
