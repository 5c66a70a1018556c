"""What is on or around one body, as pictures for the uvs of another."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt  # type: ignore[import-untyped]  # scipy has no types
from torch import Tensor
from torch.nn.functional import normalize

from diffusion.solids.body import Body
from diffusion.solids.normals import face_normals, seamless_normals, tangents
from diffusion.solids.surface import Surface, sample
from diffusion.solids.texels import texels_of

Report = Callable[[int, int], None]
RAYS_AT_ONCE: Final = 2_000_000
CELLS_MIN, CELLS_MAX = 64, 320  # cells along the diagonal of a body
GOLDEN_ANGLE: Final = math.pi * (3 - math.sqrt(5))


def bake_normals(
    low: Body, high: Body, size: int, reach: float, *, facing: bool, report: Report | None = None
) -> Tensor:
    """How ``high`` faces, seen from ``low``: a normal map ``(size, size, 3)`` in 0..1, y up as in glTF and OpenGL.

    reach: how far ``high`` may be, as a share of its diagonal; where it is farther, the map is flat (0.5, 0.5, 1).
    facing: only what faces the way that ``low`` does is seen.
    """
    texels = texels_of(low, size)
    normals = seamless_normals(low)
    normal = normalize(texels.of(low, normals), dim=1)
    basis = texels.of(low, tangents(low, normals))
    tangent = normalize(basis[:, :3] - normal * (basis[:, :3] * normal).sum(1, keepdim=True), dim=1)
    bitangent = torch.linalg.cross(normal, tangent) * torch.where(basis[:, 3:] < 0, -1.0, 1.0)
    surface = Surface(high)
    found = surface.nearest(texels.of(low, low.vertices), reach * high.diagonal(), normal if facing else None, report)
    seen = torch.where(found.distance.isfinite()[:, None], surface.normal_at(found), normal)
    local = torch.stack([(seen * axis).sum(1) for axis in (tangent, bitangent, normal)], 1)
    return texels.picture(local / 2 + 0.5, 0.5)


@dataclass(frozen=True)
class Rays:
    """count: of each pixel. reach, lift: how long they are and how far above the surface they start, as shares of the
    body's diagonal. strength: what the share of rays that hit something is multiplied with.
    """

    count: int = 64
    reach: float = 0.5
    lift: float = 0.01
    strength: float = 1.0


def bake_occlusion(low: Body, high: Body, size: int, rays: Rays, device: torch.device, report: Report) -> Tensor:
    """How open ``high`` is around each place of ``low``: ``(size, size, 1)``, 1 = nothing near, 0 = closed in.

    Rays are denser towards the normal (as light counts that comes from there), and are followed through a grid of
    distances to the surface, whose cells are half as wide as ``lift``.
    """
    texels = texels_of(low, size)
    points, normal = texels.of(low, low.vertices), face_normals(low)[texels.face]
    surface = Surface(high)
    near = surface.nearest(points, 0.05 * high.diagonal(), normal)
    found = near.distance.isfinite()[:, None]
    # from the finer surface, not from below it; smooth normals would send rays into flat faces
    points, normal = torch.where(found, near.place, points), torch.where(found, surface.normals[near.face], normal)
    field = _Distances.of(high, rays.lift).to(device)
    share = torch.empty(len(points))
    step = max(RAYS_AT_ONCE // rays.count, 1)
    for start in range(0, len(points), step):
        some = slice(start, start + step)
        origin = (points[some] + normal[some] * rays.lift * high.diagonal()).to(device)
        directions = _directions(normal[some].to(device), rays.count, start)
        hits = field.hits(origin.repeat_interleave(rays.count, 0), directions, rays.reach * high.diagonal())
        share[some] = hits.float().reshape(-1, rays.count).mean(1).cpu()
        report(min(start + step, len(points)), len(points))
    return texels.picture((1 - rays.strength * share).clamp(0, 1)[:, None], 1.0)


@dataclass(frozen=True)
class _Distances:
    """distance: ``(x, y, z)`` from each cell to the nearest that the surface goes through, in cells. corner: where the
    grid begins. cell: how wide one is.
    """

    distance: Tensor
    corner: Tensor
    cell: float

    @classmethod
    def of(cls, body: Body, lift: float) -> _Distances:
        cell = body.diagonal() / min(max(2 / lift, CELLS_MIN), CELLS_MAX)
        corner = body.vertices.amin(0) - 2 * cell
        shape = ((body.vertices.amax(0) - corner) / cell).long() + 3
        places, _ = sample(body, cell / 1.5)
        free = np.ones(shape.tolist(), dtype=bool)
        at = ((places - corner) / cell).long()
        free[at[:, 0].numpy(), at[:, 1].numpy(), at[:, 2].numpy()] = False
        return cls(torch.from_numpy(distance_transform_edt(free).astype(np.float32)), corner, cell)

    def to(self, device: torch.device) -> _Distances:
        return _Distances(self.distance.to(device), self.corner.to(device), self.cell)

    def hits(self, origin: Tensor, direction: Tensor, reach: float) -> Tensor:
        """Which rays ``(k, 3)`` meet the surface before they are ``reach`` long or leave the grid: ``(k,)``."""
        hit = torch.zeros(len(origin), dtype=torch.bool, device=origin.device)
        place, step = (origin - self.corner) / self.cell, direction
        left = torch.full((len(origin),), reach / self.cell, device=origin.device)
        row = torch.arange(len(origin), device=origin.device)
        shape = torch.tensor(self.distance.shape, device=origin.device)
        while len(row):
            at = place.long()
            inside = ((place >= 0) & (at < shape)).all(1) & (left > 0)
            place, left, row, step, at = (v[inside] for v in (place, left, row, step, at))
            apart = self.distance[at[:, 0], at[:, 1], at[:, 2]]
            hit[row[apart == 0]] = True
            going = apart > 0
            far = (apart[going] - 1.75).clamp_min(0.5)  # two half diagonals of a cell, in which both ends may lie
            place = place[going] + step[going] * far[:, None]
            left, row, step = left[going] - far, row[going], step[going]
        return hit


def _directions(normal: Tensor, count: int, seed: int) -> Tensor:
    """``(k * count, 3)`` around each normal, as dense as the cosine to it; each pixel's are turned by another angle."""
    i = torch.arange(count, device=normal.device)
    height = (1 - (i + 0.5) / count).sqrt()
    turn = torch.rand(len(normal), generator=torch.Generator().manual_seed(seed)).to(normal) * 2 * math.pi
    angle = (i * GOLDEN_ANGLE + turn[:, None]).reshape(-1, 1)
    axis = torch.eye(3, device=normal.device)[normal.abs().argmin(1)]
    right = normalize(torch.linalg.cross(axis, normal), dim=1)
    ahead = torch.linalg.cross(normal, right)
    right, ahead, up = (v.repeat_interleave(count, 0) for v in (right, ahead, normal))
    across = (1 - height.square()).clamp_min(0).sqrt().repeat(len(normal))[:, None]
    return across * (angle.cos() * right + angle.sin() * ahead) + height.repeat(len(normal))[:, None] * up
