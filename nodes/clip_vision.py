"""CLIP's image tower: pictures encoded, and pictures measured against texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, NamedTuple, cast

import torch
from torch import Tensor

from diffusion.memory import Memory
from diffusion.text.clip import Clip
from diffusion.vision import ClipVision, Crop, embed_pictures, embed_texts, encode_pictures
from graph.errors import UserError
from graph.node import Slot, node
from graph.run import Run
from graph.spec import Choice, Float, Int, Port, Text
from nodes.ports import CLIP, CLIP_VISION, CLIP_VISION_OUTPUT, IMAGE
from nodes.training_data import first, one_each
from training.datasets.filters import LAION_5B, LAION_400M

CATEGORY: Final = "clip"
ImageList = Annotated[list[Tensor], Port("IMAGE"), Slot(name="images", is_list=True)]
Lines = Annotated[str, Text(multiline=True), "One text a line."]


@node("CLIPVisionEncode", display_name="CLIP Vision Encode", category="conditioning", synonyms=("image embedding",))
def encode_picture(
    *,
    clip_vision: CLIP_VISION,
    image: IMAGE,
    crop: Annotated[str, Choice(("center", "none")), "The middle square, or all of it squeezed."] = "center",
    memory: Memory,
) -> CLIP_VISION_OUTPUT:
    """A picture as CLIP's image tower sees it."""
    return encode_pictures(clip_vision, image, memory, cast("Crop", crop))


class Scored(NamedTuple):
    scores: Annotated[list[float], Float(), Slot(name="scores", is_list=True)]
    mean: Annotated[float, Float(), Slot(name="mean")]


class Sorted(NamedTuple):
    images: ImageList
    texts: Annotated[list[str], Text(), Slot(name="texts", is_list=True)]
    left_out: Annotated[list[Tensor], Port("IMAGE"), Slot(name="left_out", is_list=True)]
    report: Annotated[str, Text(), Slot(name="report")]


@node("CLIPScore", display_name="CLIP Score", category=CATEGORY, synonyms=("similarity", "aesthetic"))
def score_pictures(
    *,
    clip: CLIP,
    clip_vision: CLIP_VISION,
    images: IMAGE,
    text: Annotated[str, Text(multiline=True), "What the pictures should show."],
    memory: Memory,
) -> Scored:
    """How well each picture of a batch goes with a text: the cosine of CLIP's answers, 1 at most."""
    scores = measure(clip, clip_vision, images, [text], memory)[:, 0].tolist()
    return Scored(scores, sum(scores) / len(scores))


@node("FilterByCLIPScore", display_name="Filter by CLIP Score", category=CATEGORY, takes_lists=True,
      synonyms=("similarity", "best of"))  # fmt: skip
def filter_pictures(
    *,
    clip: Annotated[Any, Port("CLIP")],
    clip_vision: Annotated[Any, Port("CLIP_VISION")],
    images: Annotated[Sequence[Tensor], Port("IMAGE")],
    texts: Annotated[Any, Text(multiline=True), "A caption for each picture, or one for all."],
    threshold: Annotated[
        Any,
        Float(-1.0, 1.0, 0.01),
        f"Smallest score that stays. With OpenAI's CLIP, LAION-400M kept {LAION_400M}, LAION-5B {LAION_5B}.",
    ] = LAION_400M,
    most: Annotated[Any, Int(1, 100_000), "At most so many stay: the best."] = 100_000,
    memory: Memory,
    run: Run,
) -> Sorted:
    """Keep the pictures that go with their captions, the best first."""
    pictures = [picture[None] for batch in images for picture in batch]
    captions = one_each(texts, len(pictures))
    scored = []
    for picture, caption in zip(pictures, captions, strict=True):
        score = float(measure(first(clip), first(clip_vision), picture, [caption], memory)[0, 0])
        scored.append((score, picture, caption))
        run.progress(len(scored), len(pictures))
    scored.sort(key=lambda row: -row[0])
    kept = [row for row in scored if row[0] >= float(first(threshold))][: int(first(most))]
    lines = [f"{score:.3f}  {caption}" for score, _, caption in scored]
    report = "\n".join([f"{len(kept)} of {len(scored)} pictures stay.", *lines])
    return Sorted([p for _, p, _ in kept], [c for _, _, c in kept], [p for _, p, _ in scored[len(kept) :]], report)


def measure(clip: Clip | None, vision: ClipVision, images: Tensor, texts: Sequence[str], memory: Memory) -> Tensor:
    """Cosines ``(pictures, texts)``."""
    if clip is None:
        raise UserError("The checkpoint holds no text encoder. Load the text tower with CLIPLoader and link it.")
    seen = embed_pictures(vision, images, memory)
    return torch.as_tensor(seen @ embed_texts(clip, vision, texts, memory).T)
