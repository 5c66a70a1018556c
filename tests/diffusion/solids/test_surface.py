"""The nearest place on a surface, against closed forms."""

from __future__ import annotations

import torch

from diffusion.solids.surface import Surface, closest, sample
from tests.diffusion.solids.shapes import area, ball, cube, quad


def points(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(seed))


def test_the_nearest_place_on_a_cube_is_the_point_clamped_to_it() -> None:
    outside = points(500) * 2
    outside = outside[outside.abs().amax(1) > 0.5]
    found = Surface(cube()).nearest(outside)
    clamped = outside.clamp(-0.5, 0.5)
    assert torch.allclose(found.place, clamped, atol=1e-5)
    assert torch.allclose(found.distance, (outside - clamped).norm(dim=1), atol=1e-5)


def test_the_nearest_place_in_a_triangle_is_that_of_many_samples_of_it() -> None:
    triangle = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 2, 0]])
    steps = torch.linspace(0, 1, 201)
    u, v = torch.meshgrid(steps, steps, indexing="ij")
    inside = (u + v <= 1).reshape(-1)
    grid = torch.stack([u.reshape(-1)[inside], 2 * v.reshape(-1)[inside], torch.zeros(int(inside.sum()))], 1)
    asked = points(200, 1) * 2
    place, weights = closest(asked, triangle.expand(200, 3, 3))
    best = torch.cdist(asked, grid).amin(1)
    apart = (place - asked).norm(dim=1)
    assert float((apart - best).max()) <= 1e-5
    assert float((apart - best).min()) > -0.02
    assert torch.allclose(weights @ triangle, place, atol=1e-5)


def test_what_is_too_far_or_faces_away_is_not_found() -> None:
    above = torch.tensor([[0.5, 0.5, 0.3], [0.5, 0.5, -0.3]])
    surface = Surface(quad())
    assert surface.nearest(above, 0.2).distance.isinf().all()
    up = torch.tensor([[0.0, 0, 1], [0, 0, -1]])
    assert surface.nearest(above, facing=up).distance.isinf().tolist() == [False, True]


def test_a_normal_between_vertices_is_smooth() -> None:
    body = ball()
    surface = Surface(body)
    directions = torch.nn.functional.normalize(points(300, 2), dim=1)
    found = surface.nearest(directions)
    assert float((surface.normal_at(found) * directions).sum(1).min()) > 0.999


def test_samples_are_as_dense_on_large_faces_as_on_small_ones() -> None:
    places, faces = sample(quad(), 0.02)
    assert 1 / 0.02**2 < len(places) < 8 / 0.02**2
    assert torch.bincount(faces).tolist() == [len(places) // 2] * 2
    assert area(quad()) == 1.0
