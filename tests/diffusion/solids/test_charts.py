"""Unwrapped bodies: every face has its own part of the picture, of about its share of the surface."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffusion.solids.body import Body
from diffusion.solids.charts import grow_charts, pack, unwrap
from diffusion.solids.texels import covered
from tests.diffusion.solids.shapes import area, ball, cube, quad, rows


def flat_areas(body: Body) -> Tensor:
    """Of each face in uv space; those seen from the front are negative, since v runs down."""
    assert body.uvs is not None
    a, b, c = body.uvs[body.faces].unbind(1)
    return ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2


def most_faces_on_a_pixel(body: Body, size: int) -> int:
    at, _, weights = covered(body, size)
    return int(torch.bincount(at[weights.amin(1) > 1e-3]).max())


def test_a_cube_is_six_squares_of_the_same_size() -> None:
    body = cube()
    flat = unwrap(body, 256)
    assert len(torch.unique(grow_charts(body, 1e-6))) == 6
    assert (len(flat.vertices), len(flat.faces)) == (24, 12)
    areas = flat_areas(flat)
    assert (areas < 0).all()  # nothing is mirrored
    assert float(areas.max() - areas.min()) < 1e-6
    assert -float(areas.sum()) > 0.6
    assert most_faces_on_a_pixel(flat, 256) == 1


def test_a_ball_lies_flat_without_overlaps_and_no_face_shrinks_below_what_the_cone_allows() -> None:
    body = ball()
    flat = unwrap(body, 512, padding=2)
    assert flat.uvs is not None
    assert 0 <= float(flat.uvs.min()) <= float(flat.uvs.max()) <= 1
    assert most_faces_on_a_pixel(flat, 512) == 1
    assert len(torch.unique(grow_charts(body, 1e-6))) < 40
    share = -flat_areas(flat) / -float(flat_areas(flat).sum())
    real = torch.linalg.cross(*(body.corners[:, i] - body.corners[:, 0] for i in (1, 2))).norm(dim=1) / (2 * area(body))
    assert (share / real).min() > math.cos(math.radians(45))


def test_the_shape_stays_and_vertices_carry_their_colours() -> None:
    body = replace(
        ball(), vertex_colors=torch.rand(len(ball().vertices), 3, generator=torch.Generator().manual_seed(0))
    )
    flat = unwrap(body)
    assert body.vertex_colors is not None
    assert flat.vertex_colors is not None
    assert torch.equal(flat.corners, body.corners)
    assert torch.equal(flat.vertex_colors[flat.faces], body.vertex_colors[body.faces])


def test_a_strip_that_winds_over_itself_is_cut_until_it_does_not() -> None:
    turns = torch.linspace(0, 4 * math.pi, 97)  # a ramp of two turns, each above the other
    rail = [torch.stack([r * turns.cos(), r * turns.sin(), 0.05 * turns], 1) for r in (1.0, 2.0)]
    vertices = torch.cat(rail)
    i = torch.arange(96)
    faces = torch.cat([torch.stack([i, i + 97, i + 98], 1), torch.stack([i, i + 98, i + 1], 1)])
    body = Body(vertices, faces)
    assert len(torch.unique(grow_charts(body, 1e-6))) == 1
    assert most_faces_on_a_pixel(unwrap(body, 256), 256) == 1


def test_faces_that_share_no_vertices_grow_into_one_chart_when_they_are_welded() -> None:
    body = quad(4, with_uvs=False)
    loose = Body(body.corners.reshape(-1, 3) + 1e-5 * torch.arange(96)[:, None] / 96, torch.arange(96).reshape(-1, 3))
    assert len(torch.unique(grow_charts(loose, 1e-9))) == 32
    assert len(torch.unique(grow_charts(loose, 1e-3))) == 1


def test_boxes_are_packed_with_room_between_them() -> None:
    extent = torch.tensor([[1.0, 1.0]] * 4)
    places, scale = pack(extent, 100, 2)
    assert scale == pytest.approx(47, abs=0.01)  # 2 + 47 + 2 + 47 + 2
    assert rows(places.round()) == [(2.0, 2.0), (2.0, 51.0), (51.0, 2.0), (51.0, 51.0)]
