"""The nearest place on a body's surface, for many points at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from scipy.spatial import cKDTree  # type: ignore[import-untyped]  # scipy has no types
from torch import Tensor

from diffusion.solids.body import Body
from diffusion.solids.normals import area_normals, face_normals, vertex_normals

Report = Callable[[int, int], None]
CANDIDATES: Final = 8
POINTS_AT_ONCE: Final = 500_000
SAMPLES_MIN: Final = 20_000
SUBDIVISIONS_MAX: Final = 64


@dataclass(frozen=True)
class Found:
    """Of each point the nearest place: its face ``(k,)``, the weights of the face's corners ``(k, 3)``, the place
    ``(k, 3)``, and how far it is ``(k,)``: infinite where nothing was near enough, or nothing faced the right way.
    """

    face: Tensor
    weights: Tensor
    place: Tensor
    distance: Tensor


class Surface:
    """A body's surface. A point is measured against the faces of the samples nearest to it: these lie on every face,
    and on large ones as dense as on the others, so that what is missed is hardly nearer than what is found.
    """

    def __init__(self, body: Body, spacing: float | None = None) -> None:
        self.body = body
        self.normals = face_normals(body)
        self.smooth = vertex_normals(body) if body.normals is None else body.normals
        samples, self._face = sample(body, spacing)
        self._tree = cKDTree(samples.numpy())

    def nearest(
        self, points: Tensor, limit: float = math.inf, facing: Tensor | None = None, report: Report | None = None
    ) -> Found:
        """The nearest place of each point ``(k, 3)`` within ``limit``. facing: ``(k, 3)`` only on faces that look that
        way. ``report`` hears points done and points in all.
        """
        parts = []
        for start in range(0, max(len(points), 1), POINTS_AT_ONCE):
            some = slice(start, start + POINTS_AT_ONCE)
            parts.append(self._nearest(points[some], limit, facing[some] if facing is not None else None))
            if report is not None:
                report(min(start + POINTS_AT_ONCE, len(points)), len(points))
        return Found(*(torch.cat([getattr(p, n) for p in parts]) for n in ("face", "weights", "place", "distance")))

    def normal_at(self, found: Found) -> Tensor:
        """The smooth normal at each place, ``(k, 3)``."""
        normals = (self.smooth[self.body.faces[found.face]] * found.weights[..., None]).sum(1)
        return torch.nn.functional.normalize(normals, dim=1)

    def _nearest(self, points: Tensor, limit: float, facing: Tensor | None) -> Found:
        count = min(CANDIDATES, len(self._face))
        _, near = self._tree.query(points.numpy(), k=count, workers=-1)
        face = self._face[torch.from_numpy(near.reshape(len(points), count))]
        place, weights = closest(points[:, None].expand(-1, count, -1), self.body.corners[face])
        distance = (place - points[:, None]).norm(dim=2)
        if facing is not None:
            distance[(self.normals[face] * facing[:, None]).sum(2) <= 0] = math.inf
        best = distance.argmin(1, keepdim=True)
        apart = distance.gather(1, best)[:, 0]
        row = torch.arange(len(points))
        best = best[:, 0]
        apart[apart > limit] = math.inf
        return Found(face[row, best], weights[row, best], place[row, best], apart)


def sample(body: Body, spacing: float | None = None) -> tuple[Tensor, Tensor]:
    """Points all over the surface ``(s, 3)``, about ``spacing`` apart, and the face of each ``(s,)``."""
    corners = body.corners
    area = area_normals(body).norm(dim=1) / 2
    most = SUBDIVISIONS_MAX if spacing is None else SUBDIVISIONS_MAX**2
    spacing = spacing or math.sqrt(float(area.sum()) / max(len(corners), SAMPLES_MIN)) or 1.0
    longest = (corners - corners.roll(1, 1)).norm(dim=2).amax(1)
    # long thin faces get fewer than their length asks for, but as many as their area
    cuts = torch.minimum((longest / spacing).ceil(), (3 * (area / spacing**2).sqrt()).ceil())
    cuts = cuts.clamp(1, most).long()
    places, faces = [], []
    for cut in torch.unique(cuts).tolist():
        chosen = (cuts == cut).nonzero()[:, 0]
        grid = _middles(cut)
        places.append((grid[None, :, :, None] * corners[chosen][:, None]).sum(2).reshape(-1, 3))
        faces.append(chosen.repeat_interleave(len(grid)))
    return torch.cat(places), torch.cat(faces)


def closest(points: Tensor, corners: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest place in each triangle ``(..., 3, 3)`` to each point ``(..., 3)``, and the weights of its corners."""
    a, b, c = corners.unbind(-2)
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    d20, d21 = (ap * ab).sum(-1), (ap * ac).sum(-1)
    whole = d00 * d11 - d01 * d01
    v, w = (d11 * d20 - d01 * d21) / whole, (d00 * d21 - d01 * d20) / whole
    best = torch.stack([1 - v - w, v, w], -1)
    outside = ~((best >= 0).all(-1) & (whole > 1e-20 * d00 * d11))  # also: no area
    edges = torch.stack([_on_edge(points, corners, i) for i in range(3)], -2)
    places = edges @ corners
    nearest = (places - points[..., None, :]).square().sum(-1).argmin(-1)
    on_edge = edges.gather(-2, nearest[..., None, None].expand(*nearest.shape, 1, 3))[..., 0, :]
    best = torch.where(outside[..., None], on_edge, best)
    return (best[..., None] * corners).sum(-2), best


def _on_edge(points: Tensor, corners: Tensor, start: int) -> Tensor:
    """Weights of the nearest place on the edge from corner ``start`` to the next."""
    end = (start + 1) % 3
    along = corners[..., end, :] - corners[..., start, :]
    share = ((points - corners[..., start, :]) * along).sum(-1) / along.square().sum(-1).clamp_min(1e-30)
    weights = torch.zeros(*points.shape[:-1], 3, dtype=points.dtype)
    weights[..., end] = share.clamp(0, 1)
    weights[..., start] = 1 - weights[..., end]
    return weights


def _middles(cuts: int) -> Tensor:
    """Weights of the middles of the ``cuts ** 2`` small triangles that a triangle is cut into."""
    i, j = torch.meshgrid(torch.arange(cuts), torch.arange(cuts), indexing="ij")
    upright = torch.stack([i, j], -1).reshape(-1, 2)[(i + j < cuts).reshape(-1)] + 1 / 3
    turned = torch.stack([i, j], -1).reshape(-1, 2)[(i + j < cuts - 1).reshape(-1)] + 2 / 3
    two = torch.cat([upright, turned]) / cuts
    return torch.cat([two, 1 - two.sum(1, keepdim=True)], 1)
