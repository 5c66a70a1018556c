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
from training.learner import Learner, Pace
from training.loop import OnStep, train
from training.networks import text_ends, token_ids
from training.starter.compose import Composer
from training.starter.pictures import picture_batches
from training.starter.pool import PER_CAPTION
from training.starter.recipe import VOCAB_MERGES, Recipe

# CLIP's own numbers: what a picture's channels are normalised by.
MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)
WIDTH, PROJECTION, HEADS = 128, 128, 2
BATCH = 128


@dataclass(frozen=True)
class VisionConfig:
    """side: pixels of a picture. patch: pixels of a patch's side."""

    side: int
    patch: int = 16
    width: int = WIDTH
    layers: int = 4
    heads: int = HEADS
    mlp_width: int = 4 * WIDTH
    projection: int = PROJECTION


class VisionTower(nn.Module):
    """CLIP's vision transformer, its weights named as in the field's CLIP files."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = config
        self.vision_model = _VisionModel(config)
        self.visual_projection = nn.Linear(config.width, config.projection, bias=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """``(batch, projection)`` of normalised pictures ``(batch, 3, side, side)``."""
        embedding: Tensor = self.visual_projection(self.vision_model(pictures))
        return embedding


class _VisionModel(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.embeddings = _VisionEmbeddings(config)
        # The field's files spell it so.
        self.pre_layrnorm = nn.LayerNorm(config.width)
        self.encoder = _VisionEncoder(config)
        self.post_layernorm = nn.LayerNorm(config.width)

    def forward(self, pictures: Tensor) -> Tensor:
        hidden = self.encoder(self.pre_layrnorm(self.embeddings(pictures)))
        pooled: Tensor = self.post_layernorm(hidden[:, 0])
        return pooled


class _VisionEmbeddings(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        patches = (config.side // config.patch) ** 2
        self.class_embedding = nn.Parameter(torch.randn(config.width) * 0.02)
        self.patch_embedding = nn.Conv2d(3, config.width, config.patch, config.patch, bias=False)
        self.position_embedding = nn.Embedding(patches + 1, config.width)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, pictures: Tensor) -> Tensor:
        patches = self.patch_embedding(pictures).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_embedding.to(patches.dtype).expand(len(patches), 1, -1), patches], dim=1)
        embedded: Tensor = tokens + self.position_embedding.weight.to(tokens.dtype)
        return embedded


class _VisionEncoder(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_VisionLayer(config) for _ in range(config.layers))

    def forward(self, hidden: Tensor) -> Tensor:
        for layer in self.layers:
            hidden = layer(hidden)
        return hidden


class _VisionLayer(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.layer_norm1 = nn.LayerNorm(config.width)
        self.self_attn = _VisionAttention(config)
        self.layer_norm2 = nn.LayerNorm(config.width)
        self.mlp = _VisionMlp(config)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        out: Tensor = x + self.mlp(self.layer_norm2(x))
        return out


class _VisionAttention(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.q_proj = nn.Linear(config.width, config.width)
        self.k_proj = nn.Linear(config.width, config.width)
        self.v_proj = nn.Linear(config.width, config.width)
        self.out_proj = nn.Linear(config.width, config.width)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = (
            project(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        attended = functional.scaled_dot_product_attention(query, key, value)
        out: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))
        return out


class _VisionMlp(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.fc1 = nn.Linear(config.width, config.mlp_width)
        self.fc2 = nn.Linear(config.mlp_width, config.width)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.fc1(x)
        out: Tensor = self.fc2(hidden * torch.sigmoid(1.702 * hidden))
        return out


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
    text = ClipTextModel(ClipConfig(tokenizer.rows, 77, WIDTH, 2, HEADS, 4 * WIDTH, PROJECTION)).float()
    _initialise(text)
    vision = VisionTower(VisionConfig(recipe.side))
    temperature = _Temperature()
    pace = Pace(
        total=recipe.clip_samples,
        lr=1e-3,
        warm_up=min(8000, recipe.clip_samples // 10),
        cool_down=0.6,
        weight_decay=0.1,
    )
    learner = Learner({"text": text, "vision": vision, "scale": temperature}, pace)
    batches = picture_batches(composer, styles, min(BATCH, recipe.shard), recipe.shard, first=20_000)
    train(learner, _losses(text, vision, temperature, tokenizer, batches), folder, "clip", on_step)
    for name, module in learner.modules.items():
        module.load_state_dict(learner.averaged(name))
    return ClipPair(text, vision, tokenizer, float(temperature.logit_scale.detach().exp()))


def embed_captions(text: ClipTextModel, captions: list[str], tokenizer: ClipTokenizer) -> Tensor:
    """Unit vectors ``(captions, PROJECTION)``."""
    ids = token_ids(captions, tokenizer)
    _, pooled = text(text.embed(ids), text_ends(ids, tokenizer))
    return functional.normalize(pooled.float(), dim=-1)


def embed_pictures(vision: VisionTower, pictures: Tensor) -> Tensor:
    """Unit vectors ``(n, PROJECTION)`` of pictures ``(n, 3, side, side)`` in -1..1."""
    mean, deviation = (torch.tensor(numbers).reshape(1, 3, 1, 1) for numbers in (MEAN, DEVIATION))
    return functional.normalize(vision((pictures / 2 + 0.5 - mean) / deviation).float(), dim=-1)


class _Temperature(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))


def _initialise(text: ClipTextModel) -> None:
    nn.init.normal_(text.embeddings.token_embedding.weight, std=0.02)
    nn.init.normal_(text.embeddings.position_embedding.weight, std=0.01)


def _losses(
    text: ClipTextModel,
    vision: VisionTower,
    temperature: _Temperature,
    tokenizer: ClipTokenizer,
    batches: Iterator[tuple[list[str], Tensor]],
) -> Iterator[tuple[Tensor, int]]:
    for captions, pictures in batches:
        # One of a caption's pictures: two of one caption would stand against each other.
        chosen = pictures[::PER_CAPTION]
        with torch.autocast("cpu", torch.bfloat16):
            said = embed_captions(text, captions, tokenizer)
            seen = embed_pictures(vision, chosen)
        scores = temperature.logit_scale.exp().clamp(max=100) * said @ seen.T
        truth = torch.arange(len(scores))
        loss = (functional.cross_entropy(scores, truth) + functional.cross_entropy(scores.T, truth)) / 2
        yield loss, len(pictures)
