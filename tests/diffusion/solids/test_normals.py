"""Normals and tangents: of length one, the right way round, sharp where they should be."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from diffusion.solids.body import Body
from diffusion.solids.normals import smooth, tangents, vertex_normals
from tests.diffusion.solids.shapes import ball, cube, quad, rows, volume


def test_normals_of_a_ball_point_away_from_its_middle() -> None:
    body = ball()
    assert float((vertex_normals(body) * torch.nn.functional.normalize(body.vertices, dim=1)).sum(1).min()) > 0.99


def test_the_normal_of_a_cubes_corner_is_its_diagonal_however_its_sides_are_cut_into_triangles() -> None:
    body = cube()
    expected = body.vertices.sign() / math.sqrt(3)
    assert float((vertex_normals(body) - expected).abs().max()) < 1e-5


def test_a_smooth_cube_keeps_its_eight_vertices_and_a_creased_one_has_three_for_each_corner() -> None:
    body = replace(cube(), vertex_colors=torch.arange(24).reshape(8, 3) / 24)
    assert len(smooth(body, 180.0).vertices) == 8
    creased = smooth(body, 60.0)
    assert [len(creased.vertices), volume(creased)] == pytest.approx([24, 1.0])
    assert creased.normals is not None
    assert creased.vertex_colors is not None
    assert rows(creased.normals) == rows(torch.cat([torch.eye(3), -torch.eye(3)]).repeat_interleave(4, 0))
    carried = rows(torch.cat([body.vertices, body.vertex_colors], 1)) if body.vertex_colors is not None else []
    assert set(rows(torch.cat([creased.vertices, creased.vertex_colors], 1))) == set(carried)


def test_an_angle_that_no_edge_exceeds_splits_nothing() -> None:
    assert len(smooth(cube(), 91.0).vertices) == 8
    assert len(smooth(quad(4), 0.0).vertices) == 25


def test_tangents_follow_u_and_their_hand_tells_where_v_grows() -> None:
    body = quad(2)
    normals = vertex_normals(body)
    assert rows(tangents(body, normals)) == [(1.0, 0.0, 0.0, 1.0)] * 9
    assert body.uvs is not None
    mirrored = replace(body, uvs=torch.stack([1 - body.uvs[:, 0], body.uvs[:, 1]], 1))
    assert rows(tangents(mirrored, normals)) == [(-1.0, 0.0, 0.0, -1.0)] * 9


def test_a_vertex_without_a_surface_has_a_normal_and_a_tangent_too() -> None:
    lost = Body(torch.zeros(3, 3), torch.tensor([[0, 1, 2]]), uvs=torch.zeros(3, 2))
    normals = vertex_normals(lost)
    assert rows(normals) == [(0.0, 0.0, 1.0)] * 3
    assert tangents(lost, normals)[:, :3].norm(dim=1).tolist() == [1.0] * 3
