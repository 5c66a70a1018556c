"""Pictures baked from bodies and voxels, against what geometry says they hold."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from diffusion.errors import DiffusionError
from diffusion.solids.atlas import draw_atlas
from diffusion.solids.baking import Rays, bake_normals, bake_occlusion
from diffusion.solids.body import Body, Voxel
from diffusion.solids.charts import unwrap
from diffusion.solids.colours import bake_colours, paint, painted, to_linear
from tests.diffusion.solids.shapes import cube, quad

CPU = torch.device("cpu")


def quiet(done: int, total: int) -> None:
    assert 0 < done <= total


def walls(height: float) -> Body:
    """The unit square as the floor of an open box that is four times as wide as ``height`` for 0.25."""
    floor, box = quad(8), cube()
    sides = box.corners.mean(1)[:, 2].abs() < 0.49  # neither lid nor bottom
    rim = (box.vertices + torch.tensor([0.5, 0.5, 0.5])) * torch.tensor([1.0, 1, height])
    inward = box.faces[sides].flip(1) + len(floor.vertices)
    return Body(torch.cat([floor.vertices, rim]), torch.cat([floor.faces, inward]))


def test_a_slope_above_a_plane_is_the_slopes_normal_in_the_map() -> None:
    fine = quad(8)
    tilt = math.radians(10)
    sloped = replace(
        fine, vertices=fine.vertices + torch.tensor([0.0, 0, math.tan(tilt)]) * (fine.vertices[:, :1] - 0.5)
    )
    picture = bake_normals(quad(), sloped, 16, 0.2, facing=True)
    expected = torch.tensor([-math.sin(tilt), 0.0, math.cos(tilt)]) / 2 + 0.5
    assert torch.allclose(picture, expected.expand(16, 16, 3), atol=1e-4)


def test_y_of_a_normal_map_points_up_the_picture() -> None:
    fine = quad(8)
    sloped = replace(fine, vertices=fine.vertices + torch.tensor([0.0, 0, 0.2]) * (0.5 - fine.vertices[:, 1:2]))
    picture = bake_normals(quad(), sloped, 8, 0.3, facing=True)  # falls towards +y, so it faces +y
    assert picture[4, 4, 1].item() == pytest.approx(0.5 + math.sin(math.atan(0.2)) / 2, abs=1e-3)


def test_what_is_out_of_reach_or_faces_away_leaves_the_map_flat() -> None:
    fine = quad(4)
    far = replace(fine, vertices=fine.vertices + torch.tensor([0.0, 0, 0.5]))
    turned = replace(fine, faces=fine.faces.flip(1))
    flat = torch.tensor([0.5, 0.5, 1.0]).expand(8, 8, 3)
    assert torch.allclose(bake_normals(quad(), far, 8, 0.05, facing=True), flat, atol=1e-6)
    assert torch.allclose(bake_normals(quad(), turned, 8, 0.05, facing=True), flat, atol=1e-6)
    seen = bake_normals(quad(), turned, 8, 0.05, facing=False)
    assert torch.allclose(seen, torch.tensor([0.5, 0.5, 0.0]).expand(8, 8, 3), atol=1e-6)


def test_an_open_plane_and_a_cube_are_white() -> None:
    for body in (quad(), unwrap(cube(), 64)):
        picture = bake_occlusion(body, body, 32, Rays(count=32), CPU, quiet)
        assert float(picture.min()) > 0.98


def test_the_floor_of_a_box_is_as_dark_as_its_walls_hide_of_the_sky() -> None:
    height = 0.5
    picture = bake_occlusion(quad(), walls(height), 16, Rays(count=256, reach=2.0, lift=0.01), CPU, quiet)[..., 0]
    # at the middle: one minus the form factor of the opening, a square of side 1 at 0.5 above (four corner squares)
    a = 0.5 / height
    corner = 2 * a / math.sqrt(1 + a * a) * math.atan(a / math.sqrt(1 + a * a)) / (2 * math.pi)
    assert picture[7:9, 7:9].mean().item() == pytest.approx(4 * corner, abs=0.03)
    assert picture[0, 0].item() < picture[0, 8].item() < picture[8, 8].item()


def test_short_rays_see_only_what_is_near_and_strength_scales_it() -> None:
    box = walls(0.5)
    near = bake_occlusion(quad(), box, 16, Rays(count=64, reach=0.1), CPU, quiet)
    assert near[8, 8].item() == 1.0
    assert near[0, 0].item() < 0.6
    half = bake_occlusion(quad(), box, 16, Rays(count=64, reach=0.1, strength=0.5), CPU, quiet)
    assert torch.allclose(1 - half, (1 - near) / 2, atol=1e-6)


def colours() -> Voxel:
    """Eight voxels in a cube, each of its own colour, metal above."""
    places = torch.cartesian_prod(*[torch.arange(2)] * 3)
    values = torch.cat([places.float(), places[:, 1:2].float(), torch.full((8, 1), 0.25)], 1)
    return Voxel(places, values, 2)


def test_vertices_take_the_nearest_voxels_colour_in_linear_light() -> None:
    body = Body(torch.tensor([[-0.4, -0.4, 0.1], [0.4, 0.1, 0.4]]), torch.zeros(0, 3).long())
    assert paint(body, painted(colours(), 0)).tolist() == [[0, 0, 1], [1, 1, 1]]
    assert to_linear(torch.tensor([0.5, 0.04])).tolist() == pytest.approx([0.214041, 0.04 / 12.92], abs=1e-5)
    assert paint(body, None).tolist() == [[0, 0, 0]] * 2


def test_a_batch_takes_the_voxels_of_its_own_number() -> None:
    both = colours()
    numbered = Voxel(torch.cat([torch.full((8, 1), 1), both.data], 1), both.voxel_colors, 2)
    assert painted(numbered, 0) is None
    assert painted(numbered, 1) is not None


def test_a_baked_colour_is_linear_between_voxels() -> None:
    body = replace(quad(), vertices=quad().vertices / 2 - torch.tensor([0.25, 0.25, 0.25]))  # between voxels' middles
    base, metallic, roughness = bake_colours(body, painted(colours(), 0), 4, None)
    ramp = (torch.arange(4) + 0.5) / 4
    assert torch.allclose(base[..., 0], ramp.expand(4, 4), atol=1e-5)
    assert torch.allclose(base[..., 1], ramp.flip(0)[:, None].expand(4, 4), atol=1e-5)
    assert torch.allclose(metallic[..., 2], base[..., 1], atol=1e-5)
    assert torch.allclose(roughness, torch.full((4, 4, 3), 0.25))


def test_a_finer_body_says_where_colours_are_looked_up() -> None:
    low = replace(quad(), vertices=quad().vertices / 2 - torch.tensor([0.25, 0.25, 0.0]))
    fine = replace(quad(4), vertices=quad(4).vertices / 2 - torch.tensor([0.25, 0.25, -0.25]))
    flat, raised = (bake_colours(low, painted(colours(), 0), 4, r)[0][..., 2] for r in (None, fine))
    assert [float(flat.mean()), float(raised.mean())] == pytest.approx([0.5, 1.0], abs=1e-5)


@pytest.mark.parametrize(
    ("voxel", "sentence"),
    [
        (Voxel(torch.zeros(1, 4, 4, 4)), "have no colours"),
        (Voxel(torch.zeros(2, 3), torch.zeros(1, 3)), "have no colours"),
        (Voxel(torch.zeros(2, 3), torch.zeros(2, 1)), "takes three"),
    ],
)
def test_voxels_without_colours_are_told(voxel: Voxel, sentence: str) -> None:
    with pytest.raises(DiffusionError, match=sentence):
        painted(voxel, 0)


def test_an_atlas_shows_each_chart_in_its_colour_with_a_black_rim() -> None:
    picture = draw_atlas(unwrap(cube(), 128, 4), 128).reshape(-1, 3)
    shown = {tuple(colour) for colour in picture.tolist()}
    assert len(shown) == 8  # six charts, their outlines, the ground
    assert (0.0, 0.0, 0.0) in shown
