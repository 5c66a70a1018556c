"""The shape of a CLIP image tower, read off its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isqrt
from typing import TYPE_CHECKING

from diffusion.checkpoint.configs.clip import HEAD_DIM
from diffusion.errors import BadFile
from diffusion.vision.tower import VisionConfig

if TYPE_CHECKING:
    from diffusion.checkpoint.header import TensorInfo

# OpenCLIP's towers of this width and above (ViT-H, ViT-bigG) have 16 heads and the plain GELU; no shape tells.
_OPEN_CLIP_WIDTH, _OPEN_CLIP_HEADS = 1280, 16


def infer_vision(tensors: Mapping[str, TensorInfo], heads: int | None, where: str) -> VisionConfig:
    """The config of an image tower's weights, named without prefix. Raises BadFile, naming ``where``."""
    width, _, patch, _ = tensors["vision_model.embeddings.patch_embedding.weight"].shape
    patches = tensors["vision_model.embeddings.position_embedding.weight"].shape[0] - 1
    layers = {int(match[1]) for name in tensors if (match := re.match(r"vision_model\.encoder\.layers\.(\d+)\.", name))}
    projection = tensors.get("visual_projection.weight")
    is_open_clip = width >= _OPEN_CLIP_WIDTH
    config = VisionConfig(
        side=isqrt(patches) * patch,
        patch=patch,
        width=width,
        layers=len(layers),
        heads=heads or (_OPEN_CLIP_HEADS if is_open_clip else max(1, width // HEAD_DIM)),
        mlp_width=tensors["vision_model.encoder.layers.0.mlp.fc1.weight"].shape[0],
        projection=None if projection is None else projection.shape[0],
        activation="gelu" if is_open_clip else "quick_gelu",
    )
    if config.patches != patches:
        raise BadFile(f"{where}: its image tower sees {patches} patches, which make no square.")
    if width % config.heads:
        raise BadFile(f"{where}: {config.heads} heads (vision_heads) do not divide the image tower's width {width}.")
    return config
