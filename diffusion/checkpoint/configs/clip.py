"""The shape of a CLIP text encoder, read off its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from diffusion.errors import BadFile
from diffusion.text.clip import ClipConfig

if TYPE_CHECKING:
    from diffusion.checkpoint.header import TensorInfo

# CLIP's own head is this wide at every size.
HEAD_DIM = 64


def infer_clip(tensors: Mapping[str, TensorInfo], heads: int | None, where: str) -> ClipConfig:
    """The config of a CLIP text encoder's weights, named without prefix. Raises BadFile, naming ``where``."""
    rows, width = tensors["embeddings.token_embedding.weight"].shape
    layers = {int(match[1]) for name in tensors if (match := re.match(r"encoder\.layers\.(\d+)\.", name))}
    config = ClipConfig(
        rows=rows,
        positions=tensors["embeddings.position_embedding.weight"].shape[0],
        width=width,
        layers=len(layers),
        heads=heads or max(1, width // HEAD_DIM),
        mlp_width=tensors["encoder.layers.0.mlp.fc1.weight"].shape[0],
        projection=tensors["text_projection.weight"].shape[0] if "text_projection.weight" in tensors else None,
    )
    if width % config.heads:
        raise BadFile(f"{where}: {config.heads} heads (text_heads) do not divide the text encoder's width {width}.")
    return config
