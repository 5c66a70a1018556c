"""Uvs to look at."""

from __future__ import annotations

import colorsys
import math
from typing import Final

import torch
from torch import Tensor

from diffusion.solids.body import Body
from diffusion.solids.normals import edges_of, label, neighbours
from diffusion.solids.texels import fit_uvs, texels_of, uvs_of

BACKGROUND: Final = 0.15
GOLDEN_RATIO: Final = 0.618034


def draw_atlas(body: Body, size: int) -> Tensor:
    """The charts of a body's uvs, each in a colour of its own, outlined in black: ``(size, size, 3)``."""
    body = fit_uvs(body)
    pairs, _ = neighbours(body.faces)
    charts = label(len(body.faces), pairs)
    palette = torch.tensor([_colour(i) for i in range(int(charts.max()) + 1 if len(charts) else 0)]).reshape(-1, 3)
    texels = texels_of(body, size)
    pixels = torch.full((size * size, 3), BACKGROUND)
    pixels[texels.at] = palette[charts[texels.face]]
    pixels[_outline(body, size)] = 0.0
    return pixels.reshape(size, size, 3)


def _outline(body: Body, size: int) -> Tensor:
    """The pixels under edges of one face only: points along them, two for each pixel."""
    edges, of_face = edges_of(body.faces)
    ends = uvs_of(body)[edges[torch.bincount(of_face.reshape(-1), minlength=len(edges)) == 1]] * size
    steps = (2 * (ends[:, 1] - ends[:, 0]).norm(dim=1)).ceil().long() + 1
    edge = torch.arange(len(ends)).repeat_interleave(steps)
    along = (torch.arange(len(edge)) - (steps.cumsum(0) - steps)[edge]) / (steps - 1).clamp_min(1)[edge]
    at = torch.lerp(ends[edge, 0], ends[edge, 1], along[:, None]).long().clamp(0, size - 1)
    return at[:, 1] * size + at[:, 0]


def _colour(number: int) -> tuple[float, float, float]:
    return colorsys.hsv_to_rgb(math.fmod(number * GOLDEN_RATIO, 1.0), 0.55, 0.95 - 0.2 * (number % 3) / 2)
