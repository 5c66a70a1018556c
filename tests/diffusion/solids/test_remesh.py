"""Bodies rebuilt: closed, of even cells, as large as they were, and cleaned of what was wrong with them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest
import torch

from diffusion.errors import DiffusionError
from diffusion.solids.body import Body
from diffusion.solids.contour import collapse_poles, contour
from diffusion.solids.remesh import Remeshing, cluster, drop_enclosed, remesh
from diffusion.solids.topology import parts_of
from tests.diffusion.solids.shapes import area, ball, cube, euler, is_closed, quad, volume


def parts(body: Body) -> int:
    return len(torch.unique(parts_of(body)))


def together(*bodies: Body) -> Body:
    starts = torch.tensor([0, *(len(b.vertices) for b in bodies)]).cumsum(0)
    faces = torch.cat([b.faces + start for b, start in zip(bodies, starts[:-1], strict=True)])
    return Body(torch.cat([b.vertices for b in bodies]), faces)


def moved(body: Body, x: float) -> Body:
    return replace(body, vertices=body.vertices + torch.tensor([x, 0.0, 0.0]))


def test_a_signed_ball_is_the_same_ball_of_even_cells() -> None:
    body = remesh(ball(0.8, 16), Remeshing(resolution=40, mode="sdf", drop_small=0))
    assert (is_closed(body), euler(body)) == (True, 2)
    assert volume(body) == pytest.approx(volume(ball(0.8, 16)), rel=0.01)
    sides = (body.corners - body.corners.roll(1, 1)).norm(dim=2)
    assert float(sides.max()) < 2.5 * 1.6 / 40


def test_planes_that_meet_keep_a_cube_sharp() -> None:
    blunt = remesh(cube(), Remeshing(resolution=23, mode="sdf"))
    sharp = remesh(cube(), Remeshing(resolution=23, mode="sdf", exact=True))
    assert [volume(sharp), area(sharp)] == pytest.approx([1.0, 6.0], rel=0.01)
    assert abs(volume(blunt) - 1) > 2 * abs(volume(sharp) - 1)
    assert float(sharp.vertices.abs().amax(1).max()) == pytest.approx(0.5, abs=0.01)
    corner = (sharp.vertices - 0.5).norm(dim=1).min()
    assert float(corner) < 0.01


def test_an_unsigned_plane_becomes_a_slab_as_thick_as_the_band_says() -> None:
    slab = remesh(quad(), Remeshing(resolution=20, band=1.5, drop_small=0))
    assert (is_closed(slab), euler(slab)) == (True, 2)
    assert [float(v) for v in (slab.vertices[:, 2].amin(), slab.vertices[:, 2].amax())] == pytest.approx(
        [-1.5 / 20, 1.5 / 20], abs=0.005
    )
    flat = remesh(quad(), Remeshing(resolution=20, band=1.5, project_back=1.0))
    assert float(flat.vertices[:, 2].abs().max()) < 1e-5


def test_an_unsigned_ball_has_an_inner_side_that_can_be_dropped() -> None:
    both = remesh(ball(0.8, 16), Remeshing(resolution=40))
    assert parts(both) == 2
    outer = remesh(ball(0.8, 16), Remeshing(resolution=40, drop_inverted=True))
    assert parts(outer) == 1
    radius = (volume(ball(0.8, 16)) * 3 / 4 / math.pi) ** (1 / 3)
    assert volume(outer) == pytest.approx(4 / 3 * math.pi * (radius + 1.6 / 40) ** 3, rel=0.01)
    assert parts(drop_enclosed(both)) == 1
    nested = together(cube(1.0), cube(0.3), moved(cube(0.3), 5.0))
    assert parts(drop_enclosed(nested)) == 2


def test_solid_makes_one_body_of_two_that_cross_and_fills_what_is_hollow() -> None:
    crossing = together(cube(), moved(cube(), 0.6), cube(0.2))
    body = remesh(crossing, Remeshing(resolution=48, mode="solid"))
    assert (parts(body), is_closed(body), euler(body)) == (1, True, 2)
    half = 0.5 * 1.6 / 48  # the surface is half a cell out
    assert volume(body) == pytest.approx((1.6 + 2 * half) * (1 + 2 * half) ** 2, rel=0.03)
    inside_out = replace(cube(), faces=cube().faces.flip(1))
    assert volume(remesh(inside_out, Remeshing(resolution=32, mode="solid"))) > 1.0


def test_fill_says_how_large_an_opening_is_closed() -> None:
    cup = cube()
    open_top = replace(cup, faces=cup.faces[~(cup.corners[:, :, 1] > 0.49).all(1)])
    shell = remesh(open_top, Remeshing(resolution=24, mode="solid", fill=20.0))
    filled = remesh(open_top, Remeshing(resolution=24, mode="solid", fill=0.0))
    assert volume(shell) < 0.4
    assert volume(filled) > 0.8
    assert is_closed(filled)


def test_smoothing_keeps_the_volume_and_small_parts_are_dropped() -> None:
    pair = together(ball(0.8, 16), moved(cube(0.05), 1.2))
    kept = remesh(pair, Remeshing(resolution=60, mode="sdf", drop_small=0.0))
    lone = remesh(pair, Remeshing(resolution=60, mode="sdf", drop_small=0.05, smooth=10))
    assert (parts(kept), parts(lone)) == (2, 1)
    assert volume(lone) == pytest.approx(volume(ball(0.8, 16)), rel=0.02)


def test_colours_are_those_of_the_nearest_place() -> None:
    body = cube()
    made = remesh(replace(body, vertex_colors=body.vertices + 0.5), Remeshing(resolution=16, mode="sdf"))
    assert made.vertex_colors is not None
    assert float((made.vertex_colors - (made.vertices + 0.5)).abs().max()) < 0.05


def test_cells_that_two_sheets_go_through_get_a_vertex_for_each() -> None:
    grid = torch.zeros(4, 4, 4)
    grid[1, 1, 1] = grid[2, 2, 1] = 1.0  # two voxels that touch along an edge
    plain, manifold = (contour(grid, 0.5, manifold=m) for m in (False, True))
    most = [max(Counter(_edges(q.triangles())).values()) for q in (plain, manifold)]
    assert most == [4, 2]
    assert len(manifold.vertices) == len(plain.vertices) + 2


def test_corners_of_three_quads_on_either_side_of_one_are_drawn_together() -> None:
    grid = torch.zeros(4, 4, 4)
    grid[1:3, 1:3, 1:3] = 1.0
    grid[1, 1, 1] = 0.0
    quads = contour(grid, 0.5)
    fewer = collapse_poles(quads)
    assert len(fewer.corners) < len(quads.corners)
    body = Body(fewer.vertices, fewer.triangles())
    assert (is_closed(body), euler(body)) == (True, 2)


def test_a_large_mesh_is_thinned_first_and_too_many_cells_are_told() -> None:
    thin = cluster(ball(0.8, 40), 800)
    assert 200 < len(thin.vertices) < 1200
    assert volume(thin) == pytest.approx(volume(ball(0.8, 40)), rel=0.1)
    with pytest.raises(DiffusionError, match=r"resolution 2048 makes .* GB\. Lower resolution"):
        remesh(cube(), Remeshing(resolution=2048))


def _edges(faces: torch.Tensor) -> list[tuple[int, int]]:
    return [(min(a, b), max(a, b)) for row in faces.tolist() for a, b in zip(row, row[1:] + row[:1], strict=True)]
