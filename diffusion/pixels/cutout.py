"""A masked subject by itself, in the middle of a plain background."""

from __future__ import annotations

import torch
from torch import Tensor

from diffusion.pixels.batch import resize_image
from diffusion.pixels.morphology import grow
from diffusion.pixels.paste import overlap


def crop_to_mask(
    image: Tensor, mask: Tensor, width: int, height: int, margin: float, growth: int, colour: Tensor
) -> Tensor:
    """The masked part of a picture ``(1, height, width, 3)`` on the colour, cut to its box and scaled to the size.

    margin: side of the cut over side of the box, at least 1; the cut has the proportions of the result. A mask that
    covers the border but not the middle is taken for its opposite; an empty one for a mask of everything.
    """
    mask = _turned_right(grow(mask, growth, tapered=False) if growth else mask)
    filled = mask.unsqueeze(-1) * image + (1 - mask.unsqueeze(-1)) * colour
    x, y, box_width, box_height = _box_around(mask[0] > 0.5)
    scale = max(box_width / width, box_height / height) * margin
    cut_width, cut_height = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = round(x + (box_width - cut_width) / 2), round(y + (box_height - cut_height) / 2)
    sheet = colour.expand(1, cut_height, cut_width, 3).movedim(-1, 1).clone()
    picture = filled.movedim(-1, 1)
    (rows, columns), (from_rows, from_columns) = overlap(sheet, picture, -left, -top)
    sheet[..., rows, columns] = picture[..., from_rows, from_columns]
    return resize_image(sheet.movedim(1, -1), width, height, "lanczos").clamp(0, 1)


def _turned_right(mask: Tensor) -> Tensor:
    inside = mask > 0.5
    if not inside.any():
        return torch.ones_like(mask)
    border = torch.cat([inside[0, 0], inside[0, -1], inside[0, :, 0], inside[0, :, -1]]).float().mean()
    height, width = mask.shape[-2:]
    middle = inside[0, height // 4 : -(-3 * height // 4), width // 4 : -(-3 * width // 4)].float().mean()
    return 1 - mask if border > 0.5 and middle < 0.5 else mask


def _box_around(inside: Tensor) -> tuple[int, int, int, int]:
    """x, y, width and height of the smallest box that holds all that is true."""
    rows, columns = inside.any(1).nonzero(), inside.any(0).nonzero()
    x, y = int(columns[0]), int(rows[0])
    return x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1
