"""The triangles of the surface around voxels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import pad

from diffusion.solids.body import Body, Mesh, Voxel, join
from diffusion.solids.contour import contour, square


def skin(voxel: Voxel, threshold: float, algorithm: str) -> Mesh:
    """The surface around what is above ``threshold``; the longest side of the grid reaches from -1 to 1."""
    wrap = SKINS[algorithm]
    return join([_fit(*wrap(grid.permute(2, 1, 0).float().cpu(), threshold), grid) for grid in voxel.data.detach()])


def blocks(grid: Tensor, threshold: float) -> tuple[Tensor, Tensor]:
    """Every voxel a cube: the sides that no neighbour hides. ``grid`` is ``(x, y, z)``; vertices count voxels."""
    solid = pad(grid > threshold, (1,) * 6)
    corners, flips = [torch.empty(0, 4, 3, dtype=torch.long)], [torch.empty(0, dtype=torch.bool)]
    for axis in range(3):
        for side in (0, 1):
            hidden = solid.roll(-1 if side else 1, axis)
            at = (solid & ~hidden).nonzero() - 1
            corners.append(at[:, None] + square(axis, side))
            flips.append(torch.full((len(at),), side == 0))
    vertices, index = torch.unique(torch.cat(corners).reshape(-1, 3), dim=0, return_inverse=True)
    return vertices.float(), _triangles(index.reshape(-1, 4), torch.cat(flips))


def surface_net(grid: Tensor, threshold: float) -> tuple[Tensor, Tensor]:
    """A smoother skin: a vertex in each cell that the surface crosses, amid its crossings. Gibson 1998, naive form.

    A body that reaches the grid's side is closed there, on the voxels' outer faces.
    """
    inner = pad(grid[None, None], (1,) * 6, mode="replicate")[0, 0]
    outside = pad(torch.zeros_like(grid, dtype=torch.bool), (1,) * 6, value=True)
    values = torch.where(outside & (inner > threshold), 2 * threshold - inner, inner).contiguous()
    quads = contour(values, threshold)
    return quads.vertices - 0.5, quads.triangles()  # voxel i is padded to place i + 1, and its middle is i + 0.5


SKINS: Final[Mapping[str, Callable[[Tensor, float], tuple[Tensor, Tensor]]]] = {
    "surface net": surface_net,
    "basic": blocks,
}


def _triangles(quads: Tensor, flips: Tensor) -> Tensor:
    """Two triangles for each quad; those to flip run the other way round."""
    quads = torch.where(flips[:, None], quads.flip(1), quads)
    return torch.stack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], 1).reshape(-1, 3)


def _fit(vertices: Tensor, faces: Tensor, grid: Tensor) -> Body:
    half = max(grid.shape) / 2
    return Body(vertices / half - 1, faces)
