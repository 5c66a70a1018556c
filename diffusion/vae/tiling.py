"""A picture in overlapping tiles whose seams are blended, for a network that the whole picture is too large for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from diffusion.errors import OutOfMemory


@dataclass(frozen=True)
class Tiles:
    """Size and overlap of tiles, in picture pixels."""

    size: int = 512
    overlap: int = 64

    def smaller(self) -> Tiles:
        """Tiles that need a quarter of the memory. Raises OutOfMemory when they are small already."""
        if self.size <= 128:
            raise OutOfMemory("Out of memory even with tiles of 128 pixels. Close other programs, or use the CPU.")
        return Tiles(self.size // 2, self.overlap // 2)


def map_tiles(
    picture: Tensor,
    run: Callable[[Tensor], Tensor],
    size: int,
    overlap: int,
    scale: Fraction,
    on_tile: Callable[[int, int], None] | None = None,
) -> Tensor:
    """``run`` over tiles of ``(1, channels, height, width)``, put together, each seam a linear crossfade.

    size, overlap: of tiles, in pixels of ``picture``. scale: pixels that come out per pixel that goes in.
    on_tile: called with (done, total); may raise to stop.
    """
    rows, columns = (starts(extent, size, overlap) for extent in picture.shape[2:])
    height, width = (int(extent * scale) for extent in picture.shape[2:])
    total = weight = torch.zeros(())
    done = 0
    for top in rows:
        for left in columns:
            tile = run(picture[:, :, top : top + size, left : left + size])
            if done == 0:
                total = torch.zeros(1, tile.shape[1], height, width)
                weight = torch.zeros(1, 1, height, width)
            ramp = _ramp(tile, int(overlap * scale))
            y, x = int(top * scale), int(left * scale)
            total[:, :, y : y + tile.shape[2], x : x + tile.shape[3]] += tile * ramp
            weight[:, :, y : y + tile.shape[2], x : x + tile.shape[3]] += ramp
            done += 1
            if on_tile is not None:
                on_tile(done, len(rows) * len(columns))
    return total / weight


def starts(extent: int, size: int, overlap: int) -> list[int]:
    """Where tiles begin along one side: evenly spread, overlapping by at least ``overlap``, the last one at the end."""
    if extent <= size:
        return [0]
    count = -(-(extent - overlap) // (size - overlap))
    return [round(index * (extent - size) / (count - 1) / 8) * 8 for index in range(count - 1)] + [extent - size]


def _ramp(tile: Tensor, overlap: int) -> Tensor:
    """``(1, 1, height, width)``: 1 inside, falling towards every edge; never 0, so that the picture's edge survives."""
    sides = []
    for extent in tile.shape[2:]:
        position = torch.arange(extent, dtype=torch.float32)
        edge = torch.minimum(position, position.flip(0)) + 1
        sides.append((edge / (overlap + 1)).clamp(max=1))
    return (sides[0][:, None] * sides[1][None, :])[None, None]
