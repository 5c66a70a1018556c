"""Pictures through a CLIP image tower."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from diffusion.memory import Handle, Memory
    from diffusion.vision.tower import VisionConfig

Crop = Literal["center", "none"]
# CLIP's own numbers: what a picture's channels are normalised by.
MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)
# Pictures that go through the tower together.
_BATCH = 16


@dataclass(frozen=True)
class ClipVision:
    """An image tower."""

    tower: Handle
    config: VisionConfig


@dataclass(frozen=True)
class ClipVisionOutput:
    """What a tower answered, float32: image_embeds ``(batch, projection)``, the others ``(batch, 1 + patches, width)``.

    The names are the field's; node packs also read them as keys.
    """

    last_hidden_state: Tensor
    image_embeds: Tensor
    penultimate_hidden_states: Tensor

    def __getitem__(self, name: str) -> Tensor:
        if name not in {field.name for field in fields(self)}:
            raise KeyError(name)
        found: Tensor = getattr(self, name)
        return found


def encode_pictures(vision: ClipVision, image: Tensor, memory: Memory, crop: Crop = "center") -> ClipVisionOutput:
    """Of pictures ``(batch, height, width, channels)`` in 0..1.

    crop: "center" takes the middle square, "none" squeezes the whole picture into a square.
    """
    pictures = prepare(image, vision.config.side, crop)
    with memory.use(vision.tower) as (tower,), torch.no_grad():
        seen = [tower(part.to(memory.device)) for part in torch.split(pictures, _BATCH)]
    last, penultimate, embedding = (torch.cat(parts).float().cpu() for parts in zip(*seen, strict=True))
    return ClipVisionOutput(last, embedding, penultimate)


def prepare(image: Tensor, side: int, crop: Crop = "center") -> Tensor:
    """``(batch, 3, side, side)``, normalised, in steps of 1/255 as the towers were trained."""
    pixels = image[..., :3].movedim(-1, 1).float()
    height, width = pixels.shape[2:]
    if (height, width) != (side, side):
        scale = side / min(height, width)
        scaled = (round(height * scale), round(width * scale)) if crop == "center" else (side, side)
        pixels = functional.interpolate(pixels, size=scaled, mode="bicubic", antialias=True)
        top, left = ((length - side) // 2 for length in scaled)
        pixels = pixels[:, :, top : top + side, left : left + side]
    return normalise((pixels * 255).clamp(0, 255).round() / 255)


def normalise(pixels: Tensor) -> Tensor:
    """Pictures ``(batch, 3, height, width)`` in 0..1 by CLIP's mean and deviation."""
    mean, deviation = (torch.tensor(numbers).reshape(1, 3, 1, 1).to(pixels) for numbers in (MEAN, DEVIATION))
    return (pixels - mean) / deviation
