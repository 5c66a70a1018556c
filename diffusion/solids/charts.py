"""Bodies cut into pieces that lie flat, side by side in the unit square: uvs.

Faces are merged into charts as edges of a graph of charts collapse, all at once that are the best of both their ends,
as long as no face of a chart turns further from its mean than CONE. Each chart is projected along that mean, turned to
fill its box, and laid on shelves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import normalize

from diffusion.solids.body import Body, pick_vertices
from diffusion.solids.normals import area_normals, face_normals, label, neighbours
from diffusion.solids.texels import covered

CONE: Final = math.radians(44)  # projected along the mean, the steepest face keeps 0.72 of its area
COMPACTNESS: Final = 0.05
TURNS: Final = 16
NOMINAL_SIZE: Final = 1024
SPLITS_MAX: Final = 8
WELD: Final = 1e-6


def unwrap(body: Body, size: int = NOMINAL_SIZE, padding: int = 1, weld: float = 0.0) -> Body:
    """The body with uvs in 0..1 that no two of its faces share. Vertices on seams are doubled, one for each chart.

    size: pixels a side of the pictures to come, which ``padding`` pixels around each chart are counted in; 0 = any.
    weld: vertices nearer than this share of the body's extent count as one when charts are grown; 0 = WELD.
    """
    if body.is_empty:
        return replace(body, uvs=torch.zeros(len(body.vertices), 2))
    charts = grow_charts(body, weld or WELD)
    flat = _lay(body, charts, size or NOMINAL_SIZE, padding)
    for _ in range(SPLITS_MAX):
        crossing = _overlapping(flat, size or NOMINAL_SIZE)
        if not len(crossing):
            break
        charts = _split(body, charts, crossing)
        flat = _lay(body, charts, size or NOMINAL_SIZE, padding)
    return flat


def grow_charts(body: Body, weld: float) -> Tensor:
    """Of each face the number of its chart: ``(m,)``."""
    pairs, length = _borders(body, weld)
    graph = _Charts.of(body)
    chart = torch.arange(len(body.faces))
    while len(pairs):
        merged = graph.best_merges(pairs, length)
        if not bool((merged != torch.arange(len(merged))).any()):
            break
        names, number = torch.unique(merged, return_inverse=True)
        graph = graph.merged(number, len(names), pairs, length)
        chart = number[chart]
        pairs, length = _gather_borders(number[pairs], length)
    return chart


@dataclass(frozen=True)
class _Charts:
    """normal: ``(c, 3)`` sums of area normals. cone: ``(c,)`` no face turns further from it. area, border: ``(c,)``."""

    normal: Tensor
    cone: Tensor
    area: Tensor
    border: Tensor

    @classmethod
    def of(cls, body: Body) -> _Charts:
        normal = area_normals(body)
        around = (body.corners - body.corners.roll(1, 1)).norm(dim=2).sum(1)
        return cls(normal, torch.zeros(len(normal)), normal.norm(dim=1) / 2, around)

    def best_merges(self, pairs: Tensor, length: Tensor) -> Tensor:
        """Of each chart the one that it is merged into (itself if none): mutual best neighbours only."""
        one, two = pairs.unbind(1)
        mean = normalize(self.normal[one] + self.normal[two], dim=1, eps=1e-30)
        cone = torch.maximum(self._reach(mean, one), self._reach(mean, two))
        area = self.area[one] + self.area[two]
        border = self.border[one] + self.border[two] - 2 * length
        cost = cone + COMPACTNESS * border / (2 * (math.pi * area.clamp_min(1e-30)).sqrt())
        cost[cone > CONE] = math.inf
        order = (cost * (1 + 1e-4 * torch.rand(len(cost), generator=torch.Generator().manual_seed(0)))).argsort()
        rank = torch.empty_like(order)
        rank[order] = torch.arange(len(order))
        best = torch.full((len(self.area),), len(order))
        best.scatter_reduce_(0, pairs.reshape(-1), rank.repeat_interleave(2), "amin")
        chosen = (best[one] == rank) & (best[two] == rank) & cost.isfinite()
        into = torch.arange(len(self.area))
        into[two[chosen]] = one[chosen]
        return into

    def merged(self, number: Tensor, count: int, pairs: Tensor, length: Tensor) -> _Charts:
        """``number``: of each chart that of its new one."""
        normal = torch.zeros(count, 3).index_add_(0, number, self.normal)
        reach = self._reach(normalize(normal, dim=1, eps=1e-30)[number], torch.arange(len(number)))
        cone = torch.zeros(count).scatter_reduce_(0, number, reach, "amax")
        inner = number[pairs[:, 0]] == number[pairs[:, 1]]
        border = torch.zeros(count).index_add_(0, number, self.border)
        border.index_add_(0, number[pairs[inner, 0]], -2 * length[inner])
        return _Charts(normal, cone, torch.zeros(count).index_add_(0, number, self.area), border)

    def _reach(self, mean: Tensor, chart: Tensor) -> Tensor:
        """How far the faces of charts may turn from the means ``(k, 3)``. Charts without area turn nowhere."""
        own = normalize(self.normal[chart], dim=1, eps=1e-30)
        turn = torch.arccos((own * mean).sum(1).clamp(-1, 1))
        return torch.where(self.area[chart] > 0, turn + self.cone[chart], 0.0)


def _borders(body: Body, weld: float) -> tuple[Tensor, Tensor]:
    """Pairs of faces that meet, and the length of their border. Three at one edge are not merged across it."""
    extent = float((body.vertices.amax(0) - body.vertices.amin(0)).max()) if len(body.vertices) else 1.0
    cells = ((body.vertices - body.vertices.amin(0)) / max(weld * extent, 1e-30)).round()
    _, welded = torch.unique(cells, dim=0, return_inverse=True)
    faces = welded[body.faces]
    pairs, edge = neighbours(faces)
    single = torch.bincount(edge, minlength=int(edge.max()) + 1 if len(edge) else 0)[edge] == 1
    pairs = pairs[single]
    one, two = faces[pairs[:, 0]], faces[pairs[:, 1]]
    shared = (one[:, :, None] == two[:, None, :]).any(2)
    ends = body.vertices[body.faces[pairs[:, 0]]] * shared[..., None]
    middle = ends.sum(1) / shared.sum(1).clamp_min(1)[:, None]
    apart = ((body.vertices[body.faces[pairs[:, 0]]] - middle[:, None]) * shared[..., None]).norm(dim=2).sum(1)
    return _gather_borders(pairs, apart)


def _gather_borders(pairs: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
    """Borders between the same two charts as one; those inside of one are gone."""
    outer = pairs[:, 0] != pairs[:, 1]
    pairs, length = pairs[outer].sort(1).values, length[outer]
    if not len(pairs):
        return pairs, length
    count = int(pairs.max()) + 1
    keys, number = torch.unique(pairs[:, 0] * count + pairs[:, 1], return_inverse=True)
    return torch.stack([keys // count, keys % count], 1), torch.zeros(len(keys)).index_add_(0, number, length)


def _lay(body: Body, charts: Tensor, size: int, padding: int) -> Body:
    """The body with each chart flat, and all of them in the unit square."""
    corner = charts[:, None] * len(body.vertices) + body.faces
    keys, faces = torch.unique(corner, return_inverse=True)
    chart, rows = keys // len(body.vertices), keys % len(body.vertices)
    flat = _turned(_projected(body, charts, chart, rows), chart)
    count = int(chart.max()) + 1 if len(chart) else 0
    extent = torch.zeros(count, 2).scatter_reduce_(0, chart[:, None].expand(-1, 2), flat, "amax")
    places, scale = pack(extent, size, padding)
    uvs = (flat * scale + places[chart]) / size
    return replace(pick_vertices(body, rows, faces.reshape(-1, 3)), uvs=uvs)


def _projected(body: Body, charts: Tensor, chart: Tensor, rows: Tensor) -> Tensor:
    """Places of vertices on the plane that their chart faces, ``(n, 2)``; x, y and what it faces are right-handed."""
    count = int(charts.max()) + 1 if len(charts) else 0
    facing = normalize(torch.zeros(count, 3).index_add_(0, charts, area_normals(body)), dim=1, eps=1e-30)
    lost = facing.norm(dim=1) < 0.5
    facing[lost] = torch.tensor([0.0, 0.0, 1.0])
    axis = torch.eye(3)[facing.abs().argmin(1)]
    right = normalize(torch.linalg.cross(axis, facing), dim=1)
    down = torch.linalg.cross(right, facing)  # v runs down the picture
    places = body.vertices[rows]
    return torch.stack([(places * right[chart]).sum(1), (places * down[chart]).sum(1)], 1)


def _turned(flat: Tensor, chart: Tensor) -> Tensor:
    """Each chart turned so that its box is smallest and lies on its long side, its upper left corner at 0, 0."""
    count = int(chart.max()) + 1 if len(chart) else 0
    index = chart[:, None].expand(-1, 2)
    smallest = torch.full((count,), math.inf)
    best = torch.zeros_like(flat)
    for turn in range(2 * TURNS):
        angle = math.pi * turn / (2 * TURNS)
        cos, sin = math.cos(angle), math.sin(angle)
        turned = flat @ torch.tensor([[cos, sin], [-sin, cos]])
        low = torch.full((count, 2), math.inf).scatter_reduce_(0, index, turned, "amin")
        turned = turned - low[chart]
        extent = torch.zeros(count, 2).scatter_reduce_(0, index, turned, "amax")
        box = extent.prod(1) * torch.where(extent[:, 0] >= extent[:, 1], 1.0, 1.0001)
        better = box < smallest * 0.99999
        smallest = torch.where(better, box, smallest)
        best = torch.where(better[chart][:, None], turned, best)
    return best


def pack(extent: Tensor, size: int, padding: int) -> tuple[Tensor, float]:
    """Boxes ``(c, 2)`` on shelves in a square: their corners ``(c, 2)`` in pixels, and the pixels for each unit.

    The largest scale at which they fit is found by halving; boxes are ``padding`` pixels from each other and the rim.
    """
    total = float((extent[:, 0] * extent[:, 1]).sum())
    low, high = 0.0, size / math.sqrt(total) if total > 0 else 1.0
    order = extent[:, 1].argsort(descending=True)
    sizes = extent[order].tolist()
    places = _shelves(sizes, 0.0, size, padding) or [(0.0, 0.0)] * len(sizes)
    for _ in range(18):
        scale = (low + high) / 2
        if (found := _shelves(sizes, scale, size, padding)) is not None:
            low, places = scale, found
        else:
            high = scale
    at = torch.empty(len(extent), 2)
    at[order] = torch.tensor(places).reshape(-1, 2)
    return at, low


def _shelves(sizes: list[list[float]], scale: float, size: int, padding: int) -> list[tuple[float, float]] | None:
    """Corners of boxes, sorted by height, or None if they do not fit."""
    places = []
    gap = max(padding, 0)
    x, y, shelf = float(gap), float(gap), 0.0
    for width, height in sizes:
        wide, high = width * scale, height * scale
        if x + wide + gap > size and x > gap:
            x, y, shelf = float(gap), y + shelf + gap, 0.0
        if x + wide + gap > size or y + high + gap > size:
            return None
        places.append((x, y))
        x, shelf = x + wide + gap, max(shelf, high)
    return places


def _overlapping(body: Body, size: int) -> Tensor:
    """Faces that lie over others of their chart in a picture of ``size``: a chart that winds over itself."""
    at, face, weights = covered(body, size)
    inner = weights.amin(1) > 1e-3  # on the line between two faces both may claim a pixel
    at, face = at[inner], face[inner]
    crossing: Tensor = torch.unique(face[torch.bincount(at, minlength=size * size)[at] > 1])
    return crossing


def _split(body: Body, charts: Tensor, crossing: Tensor) -> Tensor:
    """Charts with faces over each other are cut at half their height, and what is apart then is a chart of its own."""
    wound = torch.unique(charts[crossing])
    charts = charts.clone()
    normals, middles = face_normals(body), body.corners.mean(1)
    for name in wound.tolist():
        faces = (charts == name).nonzero()[:, 0]
        height = middles[faces] @ normalize(normals[faces].mean(0), dim=0)
        charts[faces[height > height.median()]] = int(charts.max()) + 1
    pairs, _ = neighbours(body.faces)
    return label(len(charts), pairs[charts[pairs[:, 0]] == charts[pairs[:, 1]]])
