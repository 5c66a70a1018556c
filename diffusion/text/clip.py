"""CLIP's text encoder: a causal transformer over token embeddings, in the field's weight names.

It computes in float32 from weights held in any format: each is converted when it is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
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
    """A text encoder with its tokenizer. stop_layer: -1 = the last layer's output, -2 = the one before, and so on."""

    encoder: Handle
    tokenizer: ClipTokenizer
    stop_layer: int = -1
    adapters: tuple[Patch, ...] = field(default=())

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
        self.final_layer_norm = _LayerNorm(config.width)
        if config.projection is not None:
            self.text_projection = _Linear(config.width, config.projection, bias=False)

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


class _Linear(nn.Linear):
    def forward(self, input: Tensor) -> Tensor:
        bias = None if self.bias is None else self.bias.float()
        return functional.linear(input, self.weight.float(), bias)


class _LayerNorm(nn.LayerNorm):
    def forward(self, input: Tensor) -> Tensor:
        return functional.layer_norm(input, self.normalized_shape, self.weight.float(), self.bias.float(), self.eps)


class _Embeddings(nn.Module):
    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(config.rows, config.width)
        self.position_embedding = nn.Embedding(config.positions, config.width)


class _Encoder(nn.Module):
    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.layers))


class _Layer(nn.Module):
    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.layer_norm1 = _LayerNorm(config.width)
        self.self_attn = _Attention(config)
        self.layer_norm2 = _LayerNorm(config.width)
        self.mlp = _Mlp(config)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))  # type: ignore[no-any-return]  # nn.Module calls are untyped


class _Attention(nn.Module):
    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.q_proj = _Linear(config.width, config.width)
        self.k_proj = _Linear(config.width, config.width)
        self.v_proj = _Linear(config.width, config.width)
        self.out_proj = _Linear(config.width, config.width)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = (
            project(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        attended = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        out: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))
        return out


class _Mlp(nn.Module):
    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.fc1 = _Linear(config.width, config.mlp_width)
        self.fc2 = _Linear(config.mlp_width, config.width)

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.fc1(x)
        # CLIP's quick GELU.
        out: Tensor = self.fc2(hidden * torch.sigmoid(1.702 * hidden))
        return out
