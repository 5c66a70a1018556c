"""Pictures in numbers."""

from __future__ import annotations

import torch
from torch import Tensor

LUMINANCE = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709


def histogram(picture: Tensor) -> tuple[list[int], list[int], list[int], list[int], list[int]]:
    """Pixels at each of 256 levels of a picture ``(height, width, 3)``: mean colour, brightness, red, green, blue.

    Brightness and mean are rounded down to a level after they are taken of 8-bit colours.
    """
    levels = (picture[..., :3].clamp(0, 1) * 255).round()
    red, green, blue = levels.unbind(-1)
    kinds = (levels.mean(-1), levels @ levels.new_tensor(LUMINANCE), red, green, blue)
    counts = [torch.bincount(kind.flatten().long().clamp(0, 255), minlength=256).tolist() for kind in kinds]
    return counts[0], counts[1], counts[2], counts[3], counts[4]
