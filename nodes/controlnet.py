"""ControlNets laid over conditionings."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, NamedTuple

from diffusion.values import Conditioning, ControlUse
from graph.node import node
from graph.spec import Float
from nodes.ports import CONDITIONING, CONTROL_NET, IMAGE, VAE

Strength = Annotated[float, Float(0.0, 10.0, 0.01), "0 is off, 1 is what the ControlNet was made for."]
Percent = Annotated[float, Float(0.0, 1.0, 0.001), "Of the sampling process: 0 is its start, 1 its end."]


class Both(NamedTuple):
    positive: CONDITIONING
    negative: CONDITIONING


@node("ControlNetApply", display_name="Apply ControlNet (OLD)", category="conditioning/controlnet", deprecated=True)
def apply_to_one(
    *, conditioning: CONDITIONING, control_net: CONTROL_NET, image: IMAGE, strength: Strength = 1.0
) -> CONDITIONING:
    """Make the picture follow a hint. Acts on the negative prompt too; ControlNetApplyAdvanced says more."""
    return _add(conditioning, ControlUse(control_net, image, strength, on_uncond=True))


@node(
    "ControlNetApplyAdvanced",
    display_name="Apply ControlNet",
    category="conditioning/controlnet",
    synonyms=("hint", "edges", "pose", "depth"),
)
def apply_to_both(
    *,
    positive: CONDITIONING,
    negative: CONDITIONING,
    control_net: CONTROL_NET,
    image: IMAGE,
    strength: Strength = 1.0,
    start_percent: Percent = 0.0,
    end_percent: Percent = 1.0,
    vae: VAE | None = None,
) -> Both:
    """Make the picture follow a hint (edges, depth, a pose ...) during a part of the sampling."""
    extra = {} if vae is None else {"vae": vae}
    use = ControlUse(control_net, image, strength, start_percent, end_percent, extra=extra)
    return Both(_add(positive, use), _add(negative, use))


def _add(conditioning: Conditioning, use: ControlUse) -> Conditioning:
    if use.strength == 0:
        return conditioning
    return tuple(replace(cond, controls=(*cond.controls, use)) for cond in conditioning)
