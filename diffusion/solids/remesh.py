"""Bodies rebuilt out of even cells: distances to the surface on a grid, of which only a band around it is measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt  # type: ignore[import-untyped]  # scipy has no types
from scipy.ndimage import label as label_grid
from torch import Tensor
from torch.nn.functional import interpolate, max_pool3d, normalize, pad

from diffusion.errors import DiffusionError
from diffusion.solids.body import Body, drop_unused, has_area
from diffusion.solids.contour import Quads, collapse_poles, contour
from diffusion.solids.surface import Found, Surface, sample
from diffusion.solids.topology import drop_inverted, drop_small, parts_of, taubin

Report = Callable[[int, int], None]
CELLS_MAX: Final = 1_200_000_000  # about 20 GB of memory
USUAL_FILL: Final = 20.0
SOLID_LIFT: Final = 0.5  # cells
BALL_CELLS: Final = 12
LEAK: Final = 0.5  # through points farther from the surface than this, no step of one cell can cross it


@dataclass(frozen=True)
class Remeshing:
    """resolution: cells along the longest side. band: cells (what it does depends on the mode).

    mode udf: the surface is where the distance to the old one is ``band``, on both of its sides; whatever the input.
    sdf: where the old one is, as its faces say which side is outside. solid: one closed body around the old surface,
    half a cell out; openings up to 2 * band * (20 / fill) cells wide are closed (with 0, up to half of the body).

    exact (the field's qef): vertices where planes meet, so that edges stay sharp. manifold: no edge has more than two
    faces. project_back: how far vertices go to the old surface, 0..1. fix_poles, smooth (passes), drop_small (share of
    the largest part's faces), drop_inverted, drop_enclosed: what is done to the result. most_vertices: larger input is
    first thinned to about so many; 0 = never.
    """

    resolution: int = 512
    mode: str = "udf"
    band: float = 1.0
    fill: float = USUAL_FILL
    exact: bool = False
    manifold: bool = False
    project_back: float = 0.0
    fix_poles: bool = False
    smooth: int = 0
    drop_small: float = 0.01
    drop_inverted: bool = False
    drop_enclosed: bool = False
    most_vertices: int = 20_000_000


def remesh(body: Body, how: Remeshing, report: Report | None = None) -> Body:
    """The body, rebuilt; vertices take the colours of the nearest place of the old one, and carry nothing else."""
    source = drop_unused(replace(body, uvs=None, tangents=None, normals=None))
    if how.most_vertices and len(source.vertices) > how.most_vertices:
        source = cluster(source, how.most_vertices)
        if source.is_empty:
            raise DiffusionError(
                f"Thinned to {how.most_vertices} vertices, nothing is left of the mesh. Raise precluster_max_verts."
            )
    grid = _Grid.around(source, how)
    surface = Surface(source, grid.cell)
    band = grid.band(source, how.band)
    found = surface.nearest(grid.places(band), report=report)
    values, level = _field(surface, grid, band, found, how)

    def normals(places: Tensor) -> Tensor:
        return _towards(surface, grid.corner + places * grid.cell)

    quads = contour(values, level, normals if how.exact else None, manifold=how.manifold)
    if how.fix_poles and len(quads.corners):
        quads = collapse_poles(quads)
    made = _clean(Quads(grid.corner + quads.vertices * grid.cell, quads.corners), surface, how)
    if made.is_empty:
        raise DiffusionError("Nothing is left of the mesh. Raise resolution, or lower drop_small_components.")
    return made


def cluster(body: Body, count: int) -> Body:
    """The body with about ``count`` vertices at most: those of a cell become one, amid them."""
    extent = body.vertices.amax(0) - body.vertices.amin(0)
    cell = float(extent.max()) / max(math.sqrt(count / 6), 1)  # a closed surface goes through about 6 n^2 cells
    cells = ((body.vertices - body.vertices.amin(0)) / cell).long()
    _, index = torch.unique(cells, dim=0, return_inverse=True)
    total = torch.bincount(index)[:, None]
    vertices = torch.zeros(len(total), 3).index_add_(0, index, body.vertices) / total
    colours = body.vertex_colors
    if colours is not None:
        colours = torch.zeros(len(total), colours.shape[1]).index_add_(0, index, colours) / total
    faces = index[body.faces]
    faces = faces[has_area(faces)]
    return drop_unused(Body(vertices, torch.unique(faces, dim=0), vertex_colors=colours))


@dataclass(frozen=True)
class _Grid:
    """corner: the place of the first point. cell: how far apart points are. shape: how many there are."""

    corner: Tensor
    cell: float
    shape: tuple[int, int, int]

    @classmethod
    def around(cls, body: Body, how: Remeshing) -> _Grid:
        low, extent = body.vertices.amin(0), body.vertices.amax(0) - body.vertices.amin(0)
        cell = max(float(extent.max()), 1e-9) / how.resolution
        margin = math.ceil(how.band) + 3
        x, y, z = ((extent / cell).ceil().long() + 2 * margin + 1).tolist()
        if x * y * z > CELLS_MAX:
            gigabytes = 16 * x * y * z / 1e9
            raise DiffusionError(
                f"Remeshing at resolution {how.resolution} makes {x} x {y} x {z} cells, which take about "
                f"{gigabytes:.0f} GB. Lower resolution."
            )
        return cls(low - margin * cell, cell, (x, y, z))

    def band(self, body: Body, width: float) -> Tensor:
        """The points within ``width`` + 1 cells of the surface: ``(k, 3)``."""
        places, _ = sample(body, self.cell)
        near = np.zeros(self.shape, dtype=bool)
        at = ((places - self.corner) / self.cell).round().long().numpy()
        near[at[:, 0], at[:, 1], at[:, 2]] = True
        for axis in range(3):
            for _ in range(math.ceil(width) + 2):
                wider = near.copy()
                low, high = [slice(None)] * 3, [slice(None)] * 3
                low[axis], high[axis] = slice(None, -1), slice(1, None)
                wider[tuple(low)] |= near[tuple(high)]
                wider[tuple(high)] |= near[tuple(low)]
                near = wider
        return torch.from_numpy(near).nonzero()

    def places(self, at: Tensor) -> Tensor:
        return self.corner + at * self.cell


def _field(surface: Surface, grid: _Grid, band: Tensor, found: Found, how: Remeshing) -> tuple[Tensor, float]:
    """Numbers at the points, larger inside, in cells; NaN where nobody needs to know. And the level of the surface."""
    distance = found.distance / grid.cell
    values = torch.full(grid.shape, math.nan)
    at = tuple(band.unbind(1))
    if how.mode == "udf":
        values[at] = -distance
        return values, -how.band
    if how.mode == "sdf":
        outwards = ((grid.places(band) - found.place) * surface.normal_at(found)).sum(1) > 0
        values[at] = torch.where(outwards, -distance, distance)
        values[at] = torch.where(distance <= how.band + 1, values[at], math.nan)
        return values, 0.0
    apart = torch.full(grid.shape, math.inf)
    apart[at] = distance
    outside = _outside(apart, how)
    lifted = SOLID_LIFT - apart
    # inside, and under a lid, all that matters is that it is inside
    return torch.where(outside, lifted, torch.where(lifted > 0, lifted, SOLID_LIFT)).clamp(-1e3, 1e3), 0.0


def _outside(apart: Tensor, how: Remeshing) -> Tensor:
    """The points that belong to the outside: a ball as large as openings that are to be closed is rolled around, and
    what it covers on its side of the surface is outside.
    """
    largest = max(apart.shape) / 2
    radius = min(max(how.band * USUAL_FILL / how.fill, LEAK), largest) if how.fill > 0 else largest
    free = apart > LEAK
    coarse = max(round(radius / BALL_CELLS), 1)  # a large ball needs no fine grid to roll on
    covered = _rolled(
        free if radius > how.band + 1 else apart > radius, radius / coarse, coarse, is_measured=radius <= how.band + 1
    )
    apart_from_ball = pad(covered[None, None], (1,) * 6, value=0.0)[0, 0] * coarse
    reached = (pad(free[None, None].float(), (1,) * 6, value=1.0)[0, 0] > 0) & (apart_from_ball <= radius)
    sides, _ = label_grid(reached.numpy())
    mine = np.unique(sides[(reached & (apart_from_ball < coarse)).numpy()])
    return torch.from_numpy(np.isin(sides, mine[mine > 0])[1:-1, 1:-1, 1:-1])


def _rolled(free: Tensor, radius: float, coarse: int, *, is_measured: bool) -> Tensor:
    """How far each point is from where the middle of the ball can be, rolling in from outside, in coarse cells.

    is_measured: ``free`` is already all that is farther than the radius from the surface.
    """
    rim = math.ceil(radius) + 2
    shape = free.shape
    if coarse > 1:  # a coarse cell is free if all of it is
        short = [-size % coarse for size in reversed(shape)]
        whole = pad(free[None, None].float(), [side for extra in short for side in (0, extra)], value=1.0)
        free = -max_pool3d(-whole, coarse)[0, 0] > 0
    ring = pad(free[None, None].float(), (rim,) * 6, value=1.0)[0, 0].numpy() > 0
    parts, _ = label_grid(ring if is_measured else distance_transform_edt(ring) > radius)
    apart = torch.from_numpy(distance_transform_edt(parts != parts[0, 0, 0]).astype(np.float32))
    apart = apart[rim:-rim, rim:-rim, rim:-rim]
    if coarse > 1:
        size = [side * coarse for side in apart.shape]
        apart = interpolate(apart[None, None], size, mode="trilinear", align_corners=False)[0, 0]
    return apart[: shape[0], : shape[1], : shape[2]]


def _towards(surface: Surface, places: Tensor) -> Tensor:
    """The way from the nearest place of the surface; on it, where there is no way, its normal."""
    found = surface.nearest(places)
    away = places - found.place
    near = found.distance < 1e-6 * surface.body.diagonal()
    return torch.where(near[:, None], surface.normals[found.face], normalize(away, dim=1, eps=1e-30))


def _clean(quads: Quads, surface: Surface, how: Remeshing) -> Body:
    faces = quads.triangles()
    body = Body(quads.vertices, faces[has_area(faces)])
    if body.is_empty:
        return body
    if how.drop_inverted:
        body = drop_inverted(body)
    if how.drop_enclosed:
        body = drop_enclosed(body)
    body = drop_small(body, share=how.drop_small)
    if how.smooth:
        body = taubin(body, how.smooth)
    colours = surface.body.vertex_colors
    if not how.project_back and colours is None:
        return body
    found = surface.nearest(body.vertices)
    if colours is not None:
        colours = (colours[surface.body.faces[found.face]] * found.weights[..., None]).sum(1)
    vertices = torch.lerp(body.vertices, found.place, how.project_back)
    return replace(body, vertices=vertices, vertex_colors=colours)


def drop_enclosed(body: Body) -> Body:
    """The body without parts that lie inside of its largest part."""
    parts = parts_of(body)
    sizes = torch.bincount(parts)
    names = torch.unique(parts)
    largest = int(sizes.argmax())
    if len(names) < 2:
        return body
    outer = Surface(drop_unused(replace(body, faces=body.faces[parts == largest])))
    first = torch.tensor([int((parts == name).nonzero()[0]) for name in names.tolist()])
    places = body.vertices[body.faces[first, 0]]
    found = outer.nearest(places)
    inside = ((places - found.place) * outer.normal_at(found)).sum(1) < 0
    kept = names[~inside | (names == largest)]
    return drop_unused(replace(body, faces=body.faces[torch.isin(parts, kept)]))
