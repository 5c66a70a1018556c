"""Bodies whose numbers are known, and what can be measured of them."""

from __future__ import annotations

from collections import Counter

import torch
from torch import Tensor

from diffusion.solids.body import Body, Voxel, bodies_of
from diffusion.solids.voxels import skin


def cube(half: float = 0.5) -> Body:
    """Eight corners, twelve faces."""
    solid = torch.zeros(1, 3, 3, 3)
    solid[0, 1, 1, 1] = 1.0
    body = bodies_of(skin(Voxel(solid), 0.5, "basic"))[0]
    return Body(body.vertices * 3 * half, body.faces)


def ball(radius: float = 0.8, size: int = 24) -> Body:
    """A surface net around a ball: about 4 * pi * (radius * size / 2)^2 quads."""
    middles = torch.linspace(-1 + 1 / size, 1 - 1 / size, size)
    z, y, x = torch.meshgrid(middles, middles, middles, indexing="ij")
    return bodies_of(skin(Voxel((radius - (x * x + y * y + z * z).sqrt())[None]), 0.0, "surface net"))[0]


def quad(size: int = 1, *, with_uvs: bool = True) -> Body:
    """The unit square at z = 0 that faces +z, in ``size`` by ``size`` cells; uvs from the upper left corner."""
    steps = torch.linspace(0, 1, size + 1)
    y, x = torch.meshgrid(steps, steps, indexing="ij")
    vertices = torch.stack([x, y, torch.zeros_like(x)], -1).reshape(-1, 3)
    corner = (torch.arange(size)[:, None] * (size + 1) + torch.arange(size)).reshape(-1)
    squares = torch.stack([corner, corner + 1, corner + size + 2, corner + size + 1], 1)
    faces = torch.stack([squares[:, [0, 1, 2]], squares[:, [0, 2, 3]]], 1).reshape(-1, 3)
    uvs = torch.stack([vertices[:, 0], 1 - vertices[:, 1]], 1) if with_uvs else None
    return Body(vertices, faces, uvs=uvs)


def volume(body: Body) -> float:
    """By the divergence theorem: negative if the faces look inside."""
    a, b, c = body.corners.unbind(1)
    return float((a * torch.linalg.cross(b, c)).sum() / 6)


def area(body: Body) -> float:
    a, b, c = body.corners.unbind(1)
    return float(torch.linalg.cross(b - a, c - a).norm(dim=1).sum() / 2)


def is_closed(body: Body) -> bool:
    """Each edge is walked as often one way as the other."""
    edges = Counter((row[i], row[(i + 1) % 3]) for row in body.faces.tolist() for i in range(3))
    return all(edges[(there, here)] == count for (here, there), count in edges.items())


def euler(body: Body) -> int:
    """Vertices - edges + faces: 2 for what is like a ball, 1 for what is like a disc."""
    edges = {tuple(sorted((row[i], row[(i + 1) % 3]))) for row in body.faces.tolist() for i in range(3)}
    return len(set(body.faces.reshape(-1).tolist())) - len(edges) + len(body.faces)


def rows(values: Tensor) -> list[tuple[float, ...]]:
    """Rows, rounded and sorted, to be compared whatever their order."""
    return sorted(tuple(round(float(v), 5) + 0.0 for v in row) for row in values)
