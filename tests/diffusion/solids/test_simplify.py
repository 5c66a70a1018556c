"""Fewer faces: the number asked for, the same shape, nothing torn or folded."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from diffusion.solids.body import Body, Voxel, bodies_of
from diffusion.solids.normals import face_normals
from diffusion.solids.simplify import Placement, simplify
from diffusion.solids.voxels import skin
from tests.diffusion.solids.shapes import area, ball, cube, euler, is_closed, quad, volume

PLACEMENTS = (Placement(), Placement(midpoint=False), Placement(midpoint=False, on_edge=False))


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_simpler_ball_is_still_a_closed_ball(placement: Placement) -> None:
    body = ball()
    simple = simplify(body, 400, placement)
    assert (len(simple.faces), is_closed(simple), euler(simple)) == (400, True, 2)
    assert volume(simple) == pytest.approx(volume(body), rel=0.05)
    radii = simple.vertices.norm(dim=1)
    assert 0.78 < float(radii.min()) <= float(radii.max()) < 0.83
    outwards = (face_normals(simple) * simple.corners.mean(1)).sum(1)
    assert float(outwards.min()) > 0


def test_places_of_least_error_are_nearer_to_the_ball_than_midpoints() -> None:
    body = ball()
    middle, exact = (volume(simplify(body, 300, p)) for p in (PLACEMENTS[0], PLACEMENTS[2]))
    assert abs(exact - volume(body)) < abs(middle - volume(body)) / 2


def test_a_plane_is_simplified_to_two_faces_that_keep_its_border() -> None:
    simple = simplify(quad(8), 2, Placement(midpoint=False))
    assert [len(simple.faces), euler(simple), area(simple)] == pytest.approx([2, 1, 1.0], abs=1e-4)


def test_a_finely_cut_cube_keeps_its_edges_when_error_decides() -> None:
    solid = simplify(_fine_cube(), 12, Placement(midpoint=False, on_edge=False, crease_weight=1.0))
    assert is_closed(solid)
    assert [len(solid.faces), volume(solid)] == pytest.approx([12, 1.0], rel=0.02)


def test_the_line_weight_keeps_what_is_thin() -> None:
    bare, kept = (simplify(_fine_cube(), 60, Placement(midpoint=False, line_weight=w)) for w in (0.0, 1.0))
    assert len(kept.faces) <= 60
    assert not torch.equal(kept.vertices, bare.vertices)


def test_colours_and_uvs_are_carried_along() -> None:
    body = quad(8)
    simple = simplify(replace(body, vertex_colors=body.vertices.clone()), 20, Placement())
    assert simple.vertex_colors is not None
    assert simple.uvs is not None
    assert float((simple.vertex_colors - simple.vertices).abs().max()) < 0.13
    assert float((simple.uvs[:, 0] - simple.vertices[:, 0]).abs().max()) < 0.13


def test_what_is_simple_enough_stays_as_it_is_and_a_tetrahedron_is_never_folded_flat() -> None:
    assert simplify(cube(), 12, Placement()).faces.shape == (12, 3)
    corners = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    tetrahedron = Body(corners, torch.tensor([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]))
    assert len(simplify(tetrahedron, 1, Placement()).faces) == 4


def test_progress_is_told_and_may_stop_it() -> None:
    told: list[tuple[int, int]] = []
    body = ball()
    simplify(body, 1000, Placement(), lambda done, total: told.append((done, total)))
    assert told[-1] == (len(body.faces) - 1000, len(body.faces) - 1000)
    with pytest.raises(InterruptedError):
        simplify(body, 1000, Placement(), _stop)


def _stop(done: int, total: int) -> None:
    raise InterruptedError(done, total)


def _fine_cube() -> Body:
    """A unit cube whose sides are 4 by 4 cells."""
    solid = torch.zeros(1, 6, 6, 6)
    solid[0, 1:5, 1:5, 1:5] = 1.0
    body = bodies_of(skin(Voxel(solid), 0.5, "basic"))[0]
    return Body(body.vertices * 0.75, body.faces)
