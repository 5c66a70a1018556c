"""Models and text encoders merged, weight by weight. Nothing is computed before the merged network is used."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from diffusion.adapters.merge import merge, minus, plus
from diffusion.memory import Patched
from diffusion.model import Model
from diffusion.text.clip import Clip
from graph.node import node
from graph.spec import Float
from nodes.conditioning import present_clip
from nodes.ports import CLIP, MODEL

CATEGORY: Final = "advanced/model_merging"
Ratio = Annotated[float, Float(0.0, 1.0, 0.01), "The first one's share: 1 is the first, 0 the second."]
Multiplier = Annotated[float, Float(-10.0, 10.0, 0.01), "The difference is multiplied by it."]


@node("ModelMergeSimple", category=CATEGORY, synonyms=("mix", "blend"))
def merge_models(*, model1: MODEL, model2: MODEL, ratio: Ratio = 1.0) -> MODEL:
    """A model between two others."""
    return _merged(model1, model2, {"": ratio})


@node("ModelMergeBlocks", category=CATEGORY, synonyms=("mix", "blend"))
def merge_blocks(*, model1: MODEL, model2: MODEL, input: Ratio = 1.0, middle: Ratio = 1.0, out: Ratio = 1.0) -> MODEL:
    """A model between two others, nearer to one or the other on the way down, in the middle, on the way up."""
    return _merged(model1, model2, {"input": input, "middle": middle, "out": out})


@node("ModelMergeAdd", category=CATEGORY)
def add_models(*, model1: MODEL, model2: MODEL) -> MODEL:
    """The weights of both added: with a difference of two models as the second, what these differ in."""
    return model1.with_adapter(plus(model1.network, _patched(model2)))


@node("ModelMergeSubtract", category=CATEGORY, synonyms=("difference",))
def subtract_models(*, model1: MODEL, model2: MODEL, multiplier: Multiplier = 1.0) -> MODEL:
    """What the first model has beyond the second."""
    return model1.with_adapter(minus(model1.network, _patched(model2), multiplier))


@node("CLIPMergeSimple", category=CATEGORY, synonyms=("mix", "blend"))
def merge_clips(*, clip1: CLIP, clip2: CLIP, ratio: Ratio = 1.0) -> CLIP:
    """A text encoder between two others."""
    patches = merge(present_clip(clip1).encoder, _patched_text(clip2), {"": ratio})
    return replace(clip1, adapters=(*clip1.adapters, *patches))


@node("CLIPMergeAdd", category=CATEGORY)
def add_clips(*, clip1: CLIP, clip2: CLIP) -> CLIP:
    """The weights of both text encoders added."""
    clip1 = present_clip(clip1)
    return clip1.with_adapter(plus(clip1.encoder, _patched_text(clip2)))


@node("CLIPMergeSubtract", category=CATEGORY, synonyms=("difference",))
def subtract_clips(*, clip1: CLIP, clip2: CLIP, multiplier: Multiplier = 1.0) -> CLIP:
    """What the first text encoder has beyond the second."""
    clip1 = present_clip(clip1)
    return clip1.with_adapter(minus(clip1.encoder, _patched_text(clip2), multiplier))


def _merged(model1: Model, model2: Model, kept: dict[str, float]) -> Model:
    patches = merge(model1.network, _patched(model2), kept)
    return replace(model1, adapters=(*model1.adapters, *patches))


def _patched(model: Model) -> Patched:
    return Patched(model.network, model.adapters)


def _patched_text(clip: Clip) -> Patched:
    clip = present_clip(clip)
    return Patched(clip.encoder, clip.adapters)
