"""Surfaces of voxels: closed, the right way round, and of the size that geometry says."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch
from torch import Tensor

from diffusion.solids.body import Mesh, Voxel
from diffusion.solids.voxels import SKINS, skin


def ball(radius: float, size: int) -> Tensor:
    """Distances inside a ball, ``(1, size, size, size)``, on a grid from -1 to 1."""
    middles = torch.linspace(-1 + 1 / size, 1 - 1 / size, size)
    z, y, x = torch.meshgrid(middles, middles, middles, indexing="ij")
    return (radius - (x * x + y * y + z * z).sqrt())[None]


def corners(mesh: Mesh) -> tuple[Tensor, Tensor, Tensor]:
    a, b, c = (mesh.vertices[0][mesh.faces[0][:, corner]] for corner in range(3))
    return a, b, c


def volume(mesh: Mesh) -> float:
    """By the divergence theorem: negative if the faces look inside."""
    a, b, c = corners(mesh)
    return float((a * torch.linalg.cross(b, c)).sum() / 6)


def area(mesh: Mesh) -> float:
    a, b, c = corners(mesh)
    return float(torch.linalg.cross(b - a, c - a).norm(dim=1).sum() / 2)


def is_closed(mesh: Mesh) -> bool:
    """Each edge is walked as often one way as the other."""
    edges = Counter((row[i], row[(i + 1) % 3]) for row in mesh.faces[0].tolist() for i in range(3))
    return all(edges[(there, here)] == count for (here, there), count in edges.items())


def test_one_voxel_is_a_cube_with_eight_corners_at_its_place() -> None:
    grid = torch.zeros(1, 4, 4, 4)
    grid[0, 1, 2, 3] = 1.0  # z, y, x
    mesh = skin(Voxel(grid), 0.6, "basic")
    assert (mesh.vertices.shape, mesh.faces.shape) == ((1, 8, 3), (1, 12, 3))
    assert mesh.vertices[0].amin(0).tolist() == [0.5, 0.0, -0.5]
    assert mesh.vertices[0].amax(0).tolist() == [1.0, 0.5, 0.0]
    assert (volume(mesh), area(mesh)) == (0.125, 1.5)


def test_a_full_grid_that_is_no_cube_reaches_from_minus_one_to_one_on_its_longest_side() -> None:
    mesh = skin(Voxel(torch.ones(1, 2, 3, 4)), 0.6, "basic")
    assert mesh.vertices[0].amin(0).tolist() == [-1.0, -1.0, -1.0]
    assert mesh.vertices[0].amax(0).tolist() == [1.0, 0.5, 0.0]
    assert (volume(mesh), area(mesh)) == (3.0, 13.0)


def test_a_surface_net_around_a_ball_has_the_balls_volume_and_area() -> None:
    mesh = skin(Voxel(ball(0.8, 40)), 0.0, "surface net")
    assert volume(mesh) == pytest.approx(4 / 3 * math.pi * 0.8**3, rel=0.01)
    assert area(mesh) == pytest.approx(4 * math.pi * 0.8**2, rel=0.01)
    distances = mesh.vertices[0].norm(dim=1)
    assert float((distances - 0.8).abs().max()) < 0.01


@pytest.mark.parametrize("algorithm", SKINS)
def test_every_surface_is_closed_and_faces_outwards(algorithm: str) -> None:
    noise = torch.rand(1, 6, 7, 8, generator=torch.Generator().manual_seed(1))
    for grid in (noise, torch.ones(1, 3, 3, 3), ball(0.7, 12) + 0.5):
        mesh = skin(Voxel(grid), 0.5, algorithm)
        assert is_closed(mesh)
        assert volume(mesh) > 0
        assert float(mesh.vertices.abs().max()) <= 1.0


@pytest.mark.parametrize("algorithm", SKINS)
def test_bodies_of_a_batch_are_filled_up_with_faces_of_no_area_and_nothing_is_an_empty_mesh(algorithm: str) -> None:
    pair = torch.cat([torch.zeros(1, 4, 4, 4), ball(0.8, 4) + 1.0])
    mesh = skin(Voxel(pair), 0.5, algorithm)
    assert mesh.vertices.shape[0] == mesh.faces.shape[0] == 2
    assert torch.equal(mesh.faces[0], torch.zeros_like(mesh.faces[0]))
    empty = skin(Voxel(torch.zeros(1, 3, 3, 3)), 0.5, algorithm)
    assert (empty.vertices.shape, empty.faces.shape) == ((1, 0, 3), (1, 0, 3))
