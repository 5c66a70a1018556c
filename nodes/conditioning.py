"""Conditionings: prompts encoded, joined, and given a place in the picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import torch

from diffusion.memory import Memory
from diffusion.text import encode
from diffusion.text.clip import Clip
from diffusion.values import Area, with_fields
from files.errors import FileProblem
from files.folders import Folders
from graph.errors import UserError
from graph.node import node
from graph.spec import Float, Int, Text
from nodes.image import SIZE_MAX
from nodes.ports import CLIP, CONDITIONING

PromptText = Annotated[str, Text(multiline=True, dynamic_prompts=True), "What to paint; (word:1.2) weighs a word."]
Length = Annotated[int, Int(64, SIZE_MAX, step=8), "Pixels."]
Offset = Annotated[int, Int(0, SIZE_MAX, step=8), "Pixels."]
Strength = Annotated[float, Float(0.0, 10.0, 0.01)]


@node("CLIPTextEncode", display_name="CLIP Text Encode (Prompt)", category="conditioning", synonyms=("prompt", "text"))
def encode_text(*, text: PromptText, clip: CLIP, memory: Memory, folders: Folders) -> CONDITIONING:
    """A prompt, turned into what guides the sampler. ``embedding:name`` takes a textual inversion in."""
    return encode(present_clip(clip), text, memory, lambda name: find_embedding(folders, name))


def present_clip(clip: Clip | None) -> Clip:
    """The text encoder. Raises UserError where the checkpoint that it is linked from has none."""
    if clip is None:
        raise UserError("The checkpoint holds no text encoder. Load one with CLIPLoader and link its CLIP output.")
    return clip


def find_embedding(folders: Folders, name: str) -> Path | None:
    """The file of a textual inversion that a prompt names, with or without its ending."""
    for suffix in ("", ".safetensors", ".pt", ".bin"):
        try:
            return folders.find("embeddings", name + suffix)
        except FileProblem:
            continue
    return None


@node("CLIPSetLastLayer", display_name="CLIP Set Last Layer", category="conditioning", synonyms=("clip skip",))
def set_last_layer(*, clip: CLIP, stop_at_clip_layer: Annotated[int, Int(-24, -1, step=1)] = -1) -> CLIP:
    """Read the prompt from an earlier layer of the text encoder ("clip skip 2" is -2)."""
    return present_clip(clip).with_stop_layer(stop_at_clip_layer)


@node("ConditioningCombine", display_name="Conditioning (Combine)", category="conditioning")
def combine(*, conditioning_1: CONDITIONING, conditioning_2: CONDITIONING) -> CONDITIONING:
    """Both prompts guide the picture; where they overlap, their predictions are averaged."""
    return (*conditioning_1, *conditioning_2)


@node("ConditioningConcat", display_name="Conditioning (Concat)", category="conditioning")
def concat(*, conditioning_to: CONDITIONING, conditioning_from: CONDITIONING) -> CONDITIONING:
    """The second prompt written behind the first, as one longer prompt."""
    if not conditioning_from:
        return conditioning_to
    tail = conditioning_from[0].tokens
    return tuple(replace(cond, tokens=torch.cat((cond.tokens, tail), 1)) for cond in conditioning_to)


@node("ConditioningSetArea", display_name="Conditioning (Set Area)", category="conditioning", synonyms=("region",))
def set_area(
    *,
    conditioning: CONDITIONING,
    width: Length = 64,
    height: Length = 64,
    x: Offset = 0,
    y: Offset = 0,
    strength: Strength = 1.0,
) -> CONDITIONING:
    """Let the prompt speak for a rectangle of the picture only."""
    area = Area(height // 8, width // 8, y // 8, x // 8)
    return with_fields(conditioning, area=area, strength=strength, area_from_mask=False)
