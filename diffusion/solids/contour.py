"""Surfaces out of numbers on a grid: a vertex in each cell that the surface crosses, a quad around each edge it cuts.

A vertex lies amid the cuts of its cell (naive surface nets, Gibson 1998), or where the planes through them meet (dual
contouring, Ju et al. 2002).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

Normals = Callable[[Tensor], Tensor]
"""Normals at places ``(k, 3)``, in units of the grid: ``(k, 3)``, of either sign."""

FLATNESS: Final = 0.05  # how strongly a vertex is held amid its cuts, against the planes
CORNERS: Final = torch.cartesian_prod(*[torch.arange(2)] * 3)


@dataclass(frozen=True)
class Quads:
    """vertices ``(n, 3)`` in units of the grid. corners ``(q, 4)`` counter-clockwise seen from outside."""

    vertices: Tensor
    corners: Tensor

    def triangles(self) -> Tensor:
        """Two for each quad ``(2 q, 3)``."""
        return torch.stack([self.corners[:, [0, 1, 2]], self.corners[:, [0, 2, 3]]], 1).reshape(-1, 3)


def contour(values: Tensor, level: float, normals: Normals | None = None, *, manifold: bool = False) -> Quads:
    """The surface around what is above ``level`` in ``values`` ``(x, y, z)``; NaN = unknown, no surface goes there.

    normals: vertices go to where the planes meet that they belong to, inside of their cell. manifold: cells that two
    sheets of the surface go through get a vertex for each, so that no edge has more than two faces.
    """
    solid = values > level
    shape, strides = values.shape, torch.tensor(values.stride())
    cuts, cells, flips, inner = [], [], [], []
    for axis in range(3):
        low, high = (values.narrow(axis, i, shape[axis] - 1) for i in (0, 1))
        here, there = (solid.narrow(axis, i, shape[axis] - 1) for i in (0, 1))
        at = ((here != there) & low.isfinite() & high.isfinite()).nonzero()
        # the four cells around an edge have their lower corners at it or one before it, along the other axes
        ring = square(axis, 0) - square(axis, 0)[2]
        fits = ((at[:, None] + ring >= 0) & (at[:, None] + ring < torch.tensor(shape) - 1)).all((1, 2))
        at = at[fits]
        step = torch.eye(3, dtype=torch.long)[axis]
        first, second = _pick(values, at), _pick(values, at + step)
        cuts.append(at + step * ((level - first) / (second - first))[:, None])
        cells.append(at[:, None] + ring)
        is_low = _pick(solid, at)
        flips.append(~is_low)
        inner.append(torch.where(is_low[:, None], at, at + step)[:, None] - cells[-1])
    cut, cell, flip = torch.cat(cuts), torch.cat(cells), torch.cat(flips)
    keys = (cell * strides).sum(2)
    if manifold:
        keys = keys * 8 + _sheet(solid, cell, torch.cat(inner))
    used, index = torch.unique(keys, return_inverse=True)
    index = index.reshape(-1, 4)
    vertices = _amid(cut, index, len(used))
    if normals is not None and len(cut):
        corner = (used // 8 if manifold else used)[:, None] // strides % torch.tensor(_sizes(shape))
        vertices = _where_planes_meet(cut, normals(cut), index, vertices, corner)
    return Quads(vertices, torch.where(flip[:, None], index.flip(1), index))


def collapse_poles(quads: Quads) -> Quads:
    """Quads whose opposite corners both have three quads only are drawn together to one point."""
    valence = torch.bincount(quads.corners.reshape(-1), minlength=len(quads.vertices))
    vertices, corners = quads.vertices.clone(), quads.corners
    gone = torch.zeros(len(corners), dtype=torch.bool)
    new = torch.arange(len(vertices))
    for pair in ((0, 2), (1, 3)):
        ends = corners[:, pair]
        fits = (valence[ends] == 3).all(1) & ~gone
        number = torch.arange(len(corners))
        lowest = torch.full((len(vertices),), len(corners))
        lowest.scatter_reduce_(0, corners[fits].reshape(-1), number[fits].repeat_interleave(4), "amin")
        chosen = fits & (lowest[corners] == number[:, None]).all(1)
        keep, lose = ends[chosen].unbind(1)
        vertices[keep] = (vertices[keep] + vertices[lose]) / 2
        new[lose] = keep
        gone |= chosen
        valence = valence.clone()
        valence[torch.cat([keep, lose])] = 0
    used, index = torch.unique(new[corners[~gone]], return_inverse=True)
    return Quads(vertices[used], index.reshape(-1, 4))


def square(axis: int, height: int) -> Tensor:
    """The corners of a unit cube's side, counter-clockwise seen from the axis' far end."""
    corners = torch.zeros(4, 3, dtype=torch.long)
    corners[:, axis] = height
    corners[1:3, (axis + 1) % 3] = 1
    corners[2:4, (axis + 2) % 3] = 1
    return corners


def _amid(cut: Tensor, index: Tensor, count: int) -> Tensor:
    """Of each vertex the mean of its cuts."""
    owner = index.reshape(-1)
    sums = torch.zeros(count, 3).index_add_(0, owner, cut.repeat_interleave(4, 0))
    return sums / torch.bincount(owner, minlength=count)[:, None]


def _where_planes_meet(cut: Tensor, normal: Tensor, index: Tensor, amid: Tensor, corner: Tensor) -> Tensor:
    """Of each vertex the place with the least squared distances from its planes; within its cell."""
    owner = index.reshape(-1)
    normal, cut = normal.repeat_interleave(4, 0), cut.repeat_interleave(4, 0)
    system = torch.zeros(len(amid), 3, 3).index_add_(0, owner, normal[:, :, None] * normal[:, None])
    off = (normal * (cut - amid[owner])).sum(1, keepdim=True)
    wanted = torch.zeros(len(amid), 3).index_add_(0, owner, normal * off)
    moved = torch.linalg.solve(system + FLATNESS * torch.eye(3), wanted)
    return torch.minimum(torch.maximum(amid + moved, corner.float()), corner + 1.0)


def _sheet(solid: Tensor, cell: Tensor, inner: Tensor) -> Tensor:
    """Which sheet of its cell each cut belongs to: the corners inside that hang together by the cell's edges.

    cell ``(k, 4, 3)``; inner ``(k, 4, 3)``: which corner of the cell the cut's inside end is. Returns ``(k, 4)``.
    """
    weights = torch.tensor([4, 2, 1])
    around = [_pick(solid, (cell + corner).reshape(-1, 3)).reshape(cell.shape[:2]) for corner in CORNERS]
    pattern = sum(inside.long() << i for i, inside in enumerate(around))
    return _SHEETS[pattern, (inner * weights).sum(2)]


def _sheets() -> Tensor:
    """``(256, 8)``: for each pattern of corners inside, of each of them the first that it hangs together with."""
    table = torch.arange(8).repeat(256, 1)
    pattern = torch.arange(256)
    for _ in range(7):
        for one in range(8):
            for bit in (1, 2, 4):
                other = one ^ bit
                both = ((pattern >> one) & (pattern >> other) & 1).bool()
                table[both, one] = torch.minimum(table[both, one], table[both, other])
    return table


_SHEETS: Final = _sheets()


def _sizes(shape: torch.Size) -> list[int]:
    """What the number of a cell, divided by a stride, is the remainder of."""
    return [max(shape[0], 1), shape[1], shape[2]]


def _pick(grid: Tensor, at: Tensor) -> Tensor:
    return grid[at[:, 0], at[:, 1], at[:, 2]]
