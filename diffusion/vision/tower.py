"""CLIP's image tower: a transformer over patches of a picture (Radford et al. 2021), in the field's weight names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from diffusion.text.layers import Activation, Layer, LayerNorm, Linear


@dataclass(frozen=True)
class VisionConfig:
    """side: pixels of a picture. patch: pixels of a patch's side. projection: width of the embedding; None = none."""

    side: int = 224
    patch: int = 14
    width: int = 1024
    layers: int = 24
    heads: int = 16
    mlp_width: int = 4096
    projection: int | None = 768
    activation: Activation = "quick_gelu"

    @property
    def patches(self) -> int:
        """How many patches a picture is cut into."""
        return (self.side // self.patch) ** 2


class Seen(NamedTuple):
    """last, penultimate: ``(batch, 1 + patches, width)`` after the last layer and the one before, without a norm.

    embedding: ``(batch, projection)``, or ``(batch, width)`` where the tower has no projection.
    """

    last: Tensor
    penultimate: Tensor
    embedding: Tensor


class VisionTower(nn.Module):
    """Normalised pictures in, a vector per patch and one for the whole picture out."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = config
        self.vision_model = _VisionModel(config)
        if config.projection is not None:
            self.visual_projection = Linear(config.width, config.projection, bias=False)

    def forward(self, pictures: Tensor) -> Seen:
        """Of pictures ``(batch, 3, side, side)``, normalised by MEAN and DEVIATION."""
        last, penultimate, pooled = self.vision_model(pictures)
        return Seen(last, penultimate, pooled if self.config.projection is None else self.visual_projection(pooled))


class _VisionModel(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.embeddings = _Embeddings(config)
        # The field's files spell it so.
        self.pre_layrnorm = LayerNorm(config.width)
        self.encoder = _Encoder(config)
        self.post_layernorm = LayerNorm(config.width)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = before = self.pre_layrnorm(self.embeddings(pictures))
        for layer in self.encoder.layers:
            before, hidden = hidden, layer(hidden)
        return hidden, before, self.post_layernorm(hidden[:, 0])


class _Embeddings(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.class_embedding = nn.Parameter(torch.randn(config.width) * 0.02)
        self.patch_embedding = nn.Conv2d(3, config.width, config.patch, config.patch, bias=False)
        self.position_embedding = nn.Embedding(config.patches + 1, config.width)

    def forward(self, pictures: Tensor) -> Tensor:
        kernel = self.patch_embedding.weight.float()
        patches = functional.conv2d(pictures, kernel, stride=self.patch_embedding.stride).flatten(2).transpose(1, 2)
        first = self.class_embedding.to(patches.dtype).expand(len(patches), 1, -1)
        tokens: Tensor = torch.cat([first, patches], dim=1) + self.position_embedding.weight.float()
        return tokens


class _Encoder(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            Layer(config.width, config.heads, config.mlp_width, causal=False, activation=config.activation)
            for _ in range(config.layers)
        )
