"""CLIP's text encoder: a causal transformer over token embeddings, in the field's weight names."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from diffusion.text.layers import Layer, LayerNorm, Linear

if TYPE_CHECKING:
    from diffusion.adapters.hooks import Hooks
    from diffusion.memory import Handle, Patch
    from diffusion.text.tokenizer import ClipTokenizer


@dataclass(frozen=True)
class ClipConfig:
    """rows: tokens of the vocabulary. projection: width of the pooled output where a projection follows."""

    rows: int = 49408
    positions: int = 77
    width: int = 768
    layers: int = 12
    heads: int = 12
    mlp_width: int = 3072
    projection: int | None = None


@dataclass(frozen=True)
class Clip:
    """A text encoder with its tokenizer. stop_layer: -1 = the last layer's output, -2 = the one before, and so on.

    hooks: changes of its weights that go on to the prompts it encodes, if ``hooks_follow``. scheduled: a prompt is
    encoded anew for each keyframe of the hooks; else once, at their full strength.
    """

    encoder: Handle
    tokenizer: ClipTokenizer
    stop_layer: int = -1
    adapters: tuple[Patch, ...] = field(default=())
    hooks: Hooks = ()
    hooks_follow: bool = False
    scheduled: bool = False

    def with_stop_layer(self, stop_layer: int) -> Clip:
        return replace(self, stop_layer=stop_layer)

    def with_adapter(self, patch: Patch) -> Clip:
        return replace(self, adapters=(*self.adapters, patch))


class ClipTextModel(nn.Module):
    """Token embeddings in, a vector per token and one for the whole text out."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = _Embeddings(config)
        self.encoder = _Encoder(config)
        self.final_layer_norm = LayerNorm(config.width)
        if config.projection is not None:
            self.text_projection = Linear(config.width, config.projection, bias=False)

    def embed(self, ids: Tensor) -> Tensor:
        """Embeddings ``(batch, tokens, width)`` of token ids ``(batch, tokens)``, positions not added yet."""
        table: Tensor = self.embeddings.token_embedding(ids)
        return table.float()

    def forward(self, embeddings: Tensor, ends: Tensor, stop_layer: int = -1) -> tuple[Tensor, Tensor]:
        """(tokens, pooled): ``(batch, tokens, width)`` after ``stop_layer`` and the final norm, ``(batch, width)``.

        ends: ``(batch,)``, where each text's end token stands; the pooled vector is the last layer's output there.
        A stop layer beyond the first means the last, as in the field.
        """
        layers = self.config.layers
        wanted = layers + stop_layer if -layers <= stop_layer else layers - 1
        hidden = embeddings + self.embeddings.position_embedding.weight[: embeddings.shape[1]].float()
        tokens = hidden
        for index, layer in enumerate(self.encoder.layers):
            hidden = layer(hidden)
            if index == wanted:
                tokens = hidden
        pooled = self.final_layer_norm(hidden)[torch.arange(len(hidden), device=hidden.device), ends]
        if self.config.projection is not None:
            pooled = self.text_projection(pooled)
        return self.final_layer_norm(tokens), pooled


class _Embeddings(nn.Module):
    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(config.rows, config.width)
        self.position_embedding = nn.Embedding(config.positions, config.width)


class _Encoder(nn.Module):
    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            Layer(config.width, config.heads, config.mlp_width, causal=True, activation="quick_gelu")
            for _ in range(config.layers)
        )
