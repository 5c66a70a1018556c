"""How alike pictures and texts are to a CLIP pair: cosines of their embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from diffusion.errors import DiffusionError
from diffusion.text.encode import encode
from diffusion.vision.encode import ClipVision, encode_pictures

if TYPE_CHECKING:
    from diffusion.memory import Memory
    from diffusion.text.clip import Clip


def embed_pictures(vision: ClipVision, image: Tensor, memory: Memory) -> Tensor:
    """Unit vectors ``(batch, projection)`` of pictures ``(batch, height, width, channels)`` in 0..1.

    Whole pictures, squeezed into a square where they are none. Raises DiffusionError for a tower without projection.
    """
    if vision.config.projection is None:
        raise DiffusionError(
            f"{vision.tower.name} has no visual_projection, so its answers cannot be compared with texts. "
            "Load the image tower of a whole CLIP model."
        )
    return functional.normalize(encode_pictures(vision, image, memory, "none").image_embeds, dim=-1)


def embed_texts(clip: Clip, vision: ClipVision, texts: Sequence[str], memory: Memory) -> Tensor:
    """Unit vectors ``(texts, projection)`` of texts, to be compared with pictures that ``vision`` saw.

    Of a text beyond 75 tokens the beginning counts. Raises DiffusionError when the towers are not of one pair.
    """
    projection = clip.encoder.weights.get("text_projection.weight")
    if projection is None:
        raise DiffusionError(
            f"{clip.encoder.name} has no text_projection, so its answers cannot be compared with pictures. "
            "Load the text tower of the same CLIP model as the image tower."
        )
    if len(projection) != vision.config.projection:
        raise DiffusionError(
            f"{clip.encoder.name} gives {len(projection)} numbers a text and {vision.tower.name} "
            f"{vision.config.projection} a picture. Load two towers of one CLIP model."
        )
    pooled = [encode(clip, text, memory)[0].pooled for text in texts]
    return functional.normalize(torch.cat([vector for vector in pooled if vector is not None]), dim=-1)
