"""A small CLIP: a text and an image tower that answer alike for a caption and its picture (Radford et al. 2021)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffusion.text.clip import ClipConfig, ClipTextModel
from diffusion.text.tokenizer import ClipTokenizer
from diffusion.vision.encode import normalise
from diffusion.vision.tower import VisionConfig, VisionTower
from training.learner import Learner, Pace
from training.loop import OnStep, train
from training.networks import text_ends, token_ids
from training.starter.compose import Composer
from training.starter.pictures import caption_batches
from training.starter.recipe import VOCAB_MERGES, Recipe

WIDTH, PROJECTION, HEADS = 128, 128, 2
PATCH, VISION_LAYERS, TEXT_LAYERS = 16, 3, 2
# Pairs that are told apart in one step.
BATCH = 64


@dataclass
class ClipPair:
    """text: width and projection of PROJECTION. scale: the learnt temperature, as a factor on cosines."""

    text: ClipTextModel
    vision: VisionTower
    tokenizer: ClipTokenizer
    scale: float


def train_clip(
    recipe: Recipe, composer: Composer, styles: tuple[str, ...], folder: Path, on_step: OnStep | None = None
) -> ClipPair:
    """Both towers, trained on composed pictures and their captions; answers the averages, float32."""
    tokenizer = ClipTokenizer(VOCAB_MERGES)
    text, vision = build_towers(recipe.side, tokenizer.rows)
    temperature = _Temperature()
    pace = Pace(
        total=recipe.clip_samples,
        lr=1e-3,
        warm_up=min(8000, recipe.clip_samples // 10),
        cool_down=0.6,
        weight_decay=0.1,
    )
    learner = Learner({"text": text, "vision": vision, "scale": temperature}, pace)
    pairs = caption_batches(composer, styles, min(BATCH, recipe.shard), recipe.shard, first=20_000)
    train(learner, _losses(text, vision, temperature, tokenizer, pairs), folder, "clip", on_step)
    for name, module in learner.modules.items():
        module.load_state_dict(learner.averaged(name))
    return ClipPair(text, vision, tokenizer, float(temperature.logit_scale.detach().exp()))


def build_towers(side: int, rows: int) -> tuple[ClipTextModel, VisionTower]:
    """(text tower, image tower) before training, float32."""
    text = ClipTextModel(ClipConfig(rows, 77, WIDTH, TEXT_LAYERS, HEADS, 4 * WIDTH, PROJECTION)).float()
    vision = VisionTower(VisionConfig(side, PATCH, WIDTH, VISION_LAYERS, HEADS, 4 * WIDTH, PROJECTION)).float()
    nn.init.normal_(text.embeddings.token_embedding.weight, std=0.02)
    nn.init.normal_(text.embeddings.position_embedding.weight, std=0.01)
    nn.init.normal_(vision.vision_model.embeddings.position_embedding.weight, std=0.02)
    return text, vision


def embed_captions(text: ClipTextModel, captions: list[str], tokenizer: ClipTokenizer) -> Tensor:
    """Unit vectors ``(captions, PROJECTION)``. What stands behind a caption's end is cut: it changes nothing."""
    ids = token_ids(captions, tokenizer)
    ends = text_ends(ids, tokenizer)
    _, pooled = text(text.embed(ids[:, : int(ends.max()) + 1]), ends)
    return functional.normalize(pooled.float(), dim=-1)


def embed_pictures(vision: VisionTower, pictures: Tensor) -> Tensor:
    """Unit vectors ``(n, PROJECTION)`` of pictures ``(n, 3, side, side)`` in -1..1."""
    return functional.normalize(vision(normalise(pictures / 2 + 0.5)).embedding.float(), dim=-1)


class _Temperature(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))


def _losses(
    text: ClipTextModel,
    vision: VisionTower,
    temperature: _Temperature,
    tokenizer: ClipTokenizer,
    pairs: Iterator[tuple[list[str], Tensor]],
) -> Iterator[tuple[Tensor, int]]:
    for captions, pictures in pairs:
        with torch.autocast("cpu", torch.bfloat16):
            said = embed_captions(text, captions, tokenizer)
            seen = embed_pictures(vision, pictures)
        scores = temperature.logit_scale.exp().clamp(max=100) * said @ seen.T
        truth = torch.arange(len(scores))
        loss = (functional.cross_entropy(scores, truth) + functional.cross_entropy(scores.T, truth)) / 2
        yield loss, len(pictures)
