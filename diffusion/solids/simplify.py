"""Fewer faces for the same shape: edges are collapsed, the cheapest first (quadric error metrics).

Garland and Heckbert 1997, in rounds: in each, all edges collapse at once that are the cheapest of all around them, so
that no two touch. Works on whole tensors, on whatever device the body is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor

from diffusion.solids.body import Body, drop_unused, has_area
from diffusion.solids.normals import area_normals, edges_of, face_normals, neighbours

Report = Callable[[int, int], None]
ROUNDS_MAX: Final = 2000
BORDER_WEIGHT: Final = 10.0  # how much more a border resists than the surface beside it
SLIVER_WEIGHT: Final = 1e-3
CHOICES_MAX: Final = 30
FLIP_COSINE: Final = 0.1  # a face may not turn further than this in one collapse


@dataclass(frozen=True)
class Placement:
    """Where the vertex of a collapsed edge goes. midpoint: amid its ends, or at the end that lies on a border.

    Otherwise where the error is least, on the edge itself with ``on_edge``. line_weight: how much edges resist being
    left sideways. crease_weight: the same, for edges that bend by more than ``crease_degrees``.
    """

    midpoint: bool = True
    line_weight: float = 0.0
    crease_weight: float = 0.0
    crease_degrees: float = 30.0
    on_edge: bool = True


def simplify(body: Body, target: int, placement: Placement, report: Report | None = None) -> Body:
    """The body with at most ``target`` faces, or with as few as can be had without faces turning over.

    Vertices carry their uvs and colours along, amid those of the ends; normals and tangents are dropped. ``report``
    hears faces gone and faces to go, and may raise.
    """
    start = len(body.faces)
    body = drop_unused(replace(body, normals=None, tangents=None))
    quadrics = _quadrics(body, placement)
    strict = True
    for _ in range(ROUNDS_MAX):
        if len(body.faces) <= target:
            break
        collapsed = _round(body, quadrics, placement, target, strict=strict)
        if collapsed is None:
            if not strict:
                break
            strict = False  # then slivers may be made, but still nothing turned over
            continue
        body, quadrics = collapsed
        if report is not None:
            report(start - len(body.faces), max(start - target, 1))
    return body


def _quadrics(body: Body, placement: Placement) -> Tensor:
    """``(n, 4, 4)``: what leaving the planes around each vertex costs, per squared distance and area."""
    normals, double = face_normals(body), area_normals(body).norm(dim=1)
    quadrics = torch.zeros(len(body.vertices), 4, 4, dtype=torch.float64, device=body.vertices.device)
    _add(quadrics, body.faces, _plane(normals, body.corners[:, 0]) * (double / 6)[:, None, None])
    edges, of_face = edges_of(body.faces)
    ends = body.vertices[edges]
    along = ends[:, 1] - ends[:, 0]
    uses = torch.bincount(of_face.reshape(-1), minlength=len(edges))
    open_face, open_side = (uses[of_face] == 1).nonzero().unbind(1)
    border = of_face[open_face, open_side]
    walls = torch.nn.functional.normalize(torch.linalg.cross(along[border], normals[open_face]), dim=1)
    square = along.square().sum(1)
    _add(quadrics, edges[border], _plane(walls, ends[border, 0]) * (BORDER_WEIGHT * square[border])[:, None, None])
    weight = torch.full((len(edges),), placement.line_weight, device=edges.device)
    if placement.crease_weight:
        pairs, shared = neighbours(body.faces)
        bend = (normals[pairs[:, 0]] * normals[pairs[:, 1]]).sum(1)
        weight[shared[bend < math.cos(math.radians(placement.crease_degrees))]] += placement.crease_weight
    if bool((weight > 0).any()):
        _add(quadrics, edges, _line(along, ends[:, 0]) * (weight * square)[:, None, None])
    return quadrics


def _round(
    body: Body, quadrics: Tensor, placement: Placement, target: int, *, strict: bool
) -> tuple[Body, Tensor] | None:
    """One round of collapses; None when none is possible any more."""
    edges, of_face = edges_of(body.faces)
    on_border = _on_border(body, edges, of_face)
    places = _places(body, edges, quadrics, on_border, placement)
    both = quadrics[edges[:, 0]] + quadrics[edges[:, 1]]
    cost = _error(both, places)
    length = (body.vertices[edges[:, 0]] - body.vertices[edges[:, 1]]).square().sum(1)
    cost = cost.clamp_min(0) + SLIVER_WEIGHT * length * length.mean()
    # a border may shrink along itself, but two borders may not grow together across the surface
    uses = torch.bincount(of_face.reshape(-1), minlength=len(edges))
    cost[(on_border[edges].all(1)) & (uses > 1)] = math.inf
    cost[uses > 2] = math.inf
    chosen = _foldless(body, edges, uses, places, cost, strict=strict)
    if not len(chosen):
        return None
    surplus = len(body.faces) - target
    dearest = torch.maximum(cost.kthvalue(min(surplus, len(cost))).values, cost[chosen].median())
    chosen = chosen[cost[chosen] <= dearest]  # what is dear here may be spared by what is cheap elsewhere
    chosen = chosen[: max(int((uses[chosen].cumsum(0) <= surplus).sum()), 1)]
    return _collapse(body, quadrics, edges[chosen], places[chosen])


def _foldless(body: Body, edges: Tensor, uses: Tensor, places: Tensor, cost: Tensor, *, strict: bool) -> Tensor:
    """Independent edges that fold nothing. Those that do are ruled out in ``cost``, and others take their place."""
    around = _faces_around(body)
    chosen = edges.new_empty(0)
    for _ in range(CHOICES_MAX):
        chosen = _independent(body, edges, cost)
        folds = _pinches(body, edges, uses, chosen) | _turns(body, edges[chosen], places[chosen], around, strict=strict)
        cost[chosen[folds]] = math.inf
        if not bool(folds.any()):
            return chosen
        chosen = chosen[~folds]
        if len(chosen) > len(folds) // 2:
            return chosen
    return chosen


def _independent(body: Body, edges: Tensor, cost: Tensor) -> Tensor:
    """Edges that are the cheapest of all that touch a face around either end, the cheapest first.

    Costs are shuffled a little, always the same: the order of vertices would collapse a regular grid from one side.
    """
    order = (cost * (1 + 0.01 * torch.rand(len(cost), generator=torch.Generator().manual_seed(0)).to(cost))).argsort()
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(edges), device=edges.device)
    lowest = torch.full((len(body.vertices),), len(edges), device=edges.device)
    lowest.scatter_reduce_(0, edges.reshape(-1), rank.repeat_interleave(2), "amin")
    around = lowest[body.faces].amin(1)  # of each face: the cheapest edge that touches it at all
    wide = lowest.scatter_reduce(0, body.faces.reshape(-1), around.repeat_interleave(3), "amin")
    fits = (wide[edges] == rank[:, None]).all(1) & cost.isfinite()
    found = fits.nonzero()[:, 0]
    return found[rank[found].argsort()]


def _collapse(body: Body, quadrics: Tensor, edges: Tensor, places: Tensor) -> tuple[Body, Tensor]:
    keep, lose = edges.unbind(1)
    vertices, quadrics = body.vertices.clone(), quadrics.clone()
    carried = {}
    for name in ("uvs", "vertex_colors"):
        if (value := getattr(body, name)) is not None:
            carried[name] = value.clone()
            carried[name][keep] = (value[keep] + value[lose]) / 2
    vertices[keep] = places.to(vertices.dtype)
    quadrics[keep] += quadrics[lose]
    new = torch.arange(len(vertices), device=edges.device)
    new[lose] = keep
    faces = new[body.faces]
    body = replace(body, vertices=vertices, faces=faces[has_area(faces)], **carried)
    used = torch.unique(body.faces)
    return drop_unused(body), quadrics[used]


def _places(body: Body, edges: Tensor, quadrics: Tensor, on_border: Tensor, placement: Placement) -> Tensor:
    """Where each edge would collapse to, ``(e, 3)`` float64."""
    ends = body.vertices[edges].double()
    border = on_border[edges].double()
    one_sided = border[:, 0] != border[:, 1]
    middle = torch.where(one_sided[:, None], (ends * border[..., None]).sum(1), ends.mean(1))
    if placement.midpoint:
        return middle
    both = quadrics[edges[:, 0]] + quadrics[edges[:, 1]]
    system, wanted = both[:, :3, :3], -both[:, :3, 3]
    small = torch.diagonal(system, dim1=1, dim2=2).sum(1)[:, None, None] * 1e-6 + 1e-18
    system = system + small * torch.eye(3, dtype=torch.float64, device=edges.device)
    best = middle + torch.linalg.solve(system, wanted - (both[:, :3, :3] @ middle[..., None])[..., 0])
    along = ends[:, 1] - ends[:, 0]
    length = along.square().sum(1, keepdim=True).clamp_min(1e-30)
    if placement.on_edge:
        share = (((best - ends[:, 0]) * along).sum(1, keepdim=True) / length).clamp(0, 1)
        best = ends[:, 0] + share * along
    far = (best - ends.mean(1)).square().sum(1, keepdim=True) > 4 * length
    return torch.where(one_sided[:, None] | far, middle, best)


def _turns(body: Body, edges: Tensor, places: Tensor, around: tuple[Tensor, Tensor], *, strict: bool) -> Tensor:
    """Which edges' collapse would turn a face over, or with ``strict`` make a sliver: ``(e,)``.

    Looked at for each face that keeps its area: all faces around each end, less the edge's own.
    """
    bad = torch.zeros(len(edges), dtype=torch.bool, device=edges.device)
    face_of, start = around
    count = start[1:] - start[:-1]
    before = area_normals(body).double()
    for side in (0, 1):
        vertex, other = edges[:, side], edges[:, 1 - side]
        edge = torch.arange(len(edges), device=edges.device).repeat_interleave(count[vertex])
        offset = torch.arange(len(edge), device=edges.device) - (count[vertex].cumsum(0) - count[vertex])[edge]
        face = face_of[start[vertex][edge] + offset]
        rows = body.faces[face]
        stays = (rows != other[edge][:, None]).all(1)
        edge, face, rows = edge[stays], face[stays], rows[stays]
        moved = torch.where(
            (rows == vertex[edge][:, None])[..., None], places[edge][:, None], body.vertices[rows].double()
        )
        one, two = moved[:, 1] - moved[:, 0], moved[:, 2] - moved[:, 0]
        after = torch.linalg.cross(one, two)
        size, old = after.norm(dim=1), before[face].norm(dim=1)
        turned = (after * before[face]).sum(1) < FLIP_COSINE * size * old
        if strict:
            longest = torch.stack([one, two, two - one]).square().sum(2).amax(0)
            turned |= size < 0.05 * longest
        bad[edge[turned & (old > 0)]] = True
    return bad


def _pinches(body: Body, edges: Tensor, uses: Tensor, chosen: Tensor) -> Tensor:
    """Which of the chosen edges' ends have more neighbours in common than faces between them: ``(c,)``.

    Their collapse would fold the surface, as would one of a tetrahedron's.
    """
    count = len(body.vertices)
    both = torch.cat([edges, edges.flip(1)])
    near = both[both[:, 0].argsort(stable=True), 1]
    degree = torch.bincount(both[:, 0], minlength=count)
    start = degree.cumsum(0) - degree
    ends = edges[chosen]
    wide = degree[ends[:, 0]]
    row = torch.arange(len(ends), device=edges.device).repeat_interleave(wide)
    third = near[start[ends[:, 0]][row] + torch.arange(len(row), device=edges.device) - (wide.cumsum(0) - wide)[row]]
    pair = torch.stack([third, ends[:, 1][row]], 1).sort(1).values
    known, wanted = edges[:, 0] * count + edges[:, 1], pair[:, 0] * count + pair[:, 1]
    at = torch.searchsorted(known, wanted).clamp_max(len(known) - 1)
    common = torch.zeros(len(ends), dtype=torch.long, device=edges.device)
    common.index_add_(0, row, (known[at] == wanted).long())
    tetrahedron = (degree[ends] == 3).all(1) & (uses[chosen] == 2)
    return (common > uses[chosen]) | tetrahedron


def _faces_around(body: Body) -> tuple[Tensor, Tensor]:
    """The faces around each vertex, one after another, and where each vertex's begin ``(n + 1,)``."""
    corner = body.faces.reshape(-1)
    order = corner.argsort(stable=True)
    counts = torch.bincount(corner, minlength=len(body.vertices))
    start = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    return order // 3, start


def _on_border(body: Body, edges: Tensor, of_face: Tensor) -> Tensor:
    uses = torch.bincount(of_face.reshape(-1), minlength=len(edges))
    found = torch.zeros(len(body.vertices), dtype=torch.bool, device=edges.device)
    found[edges[uses == 1].reshape(-1)] = True
    return found


def _plane(normals: Tensor, through: Tensor) -> Tensor:
    normals, through = normals.double(), through.double()
    plane = torch.cat([normals, -(normals * through).sum(1, keepdim=True)], 1)
    return plane[:, :, None] * plane[:, None, :]


def _line(along: Tensor, through: Tensor) -> Tensor:
    """The squared distance from a line as a quadric."""
    along = torch.nn.functional.normalize(along.double(), dim=1)
    across = torch.eye(3, dtype=torch.float64, device=along.device) - along[:, :, None] * along[:, None, :]
    moved = -(across @ through.double()[..., None])
    constant = through.double()[:, None] @ across @ through.double()[..., None]
    return torch.cat([torch.cat([across, moved], 2), torch.cat([moved.transpose(1, 2), constant], 2)], 1)


def _add(quadrics: Tensor, rows: Tensor, parts: Tensor) -> None:
    """Each part to the vertices of its row."""
    quadrics.index_add_(0, rows.reshape(-1), parts.repeat_interleave(rows.shape[1], 0))


def _error(quadrics: Tensor, places: Tensor) -> Tensor:
    point = torch.cat([places, torch.ones_like(places[:, :1])], 1)
    return (point[:, None] @ quadrics @ point[..., None])[:, 0, 0]
