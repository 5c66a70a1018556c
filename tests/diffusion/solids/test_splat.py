"""Clouds of Gaussians: their harmonics, their pictures and their surface, against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from diffusion.errors import DiffusionError
from diffusion.solids.camera import look_at
from diffusion.solids.splat import SH0, Cloud, Splat, clouds_of, harmonics
from diffusion.solids.splat_surface import Extraction, extract, otsu
from diffusion.solids.splat_view import Look, View, frame, render
from diffusion.solids.topology import parts_of
from tests.diffusion.solids.shapes import euler, is_closed, volume

FRONT = View(look_at((0.0, 0.0, 10.0), (0.0, 0.0, 0.0)), fov=2 * math.degrees(math.atan(0.1)))  # 2 units high at 0


def cloud(
    *places: tuple[float, float, float], scale: Tensor | float = 0.1, opacity: float = 1.0, colour: Tensor | None = None
) -> Cloud:
    at = torch.tensor(places)
    shade = torch.ones(len(at), 3) if colour is None else colour
    turn = torch.tensor([1.0, 0, 0, 0]).repeat(len(at), 1)
    scales = torch.as_tensor(scale).expand(len(at), 3).float()
    return Cloud(at, scales, turn, torch.full((len(at),), opacity), ((shade - 0.5) / SH0)[:, None])


def shell(count: int = 3000, radius: float = 0.5) -> Cloud:
    """Small Gaussians on a ball (a golden spiral), red at +x."""
    i = torch.arange(count) + 0.5
    z, turn = 1 - 2 * i / count, i * math.pi * (3 - math.sqrt(5))
    across = (1 - z * z).sqrt()
    at = radius * torch.stack([across * turn.cos(), across * turn.sin(), z], 1)
    red = torch.stack([(at[:, 0] > 0).float(), torch.zeros(count), torch.zeros(count)], 1)
    turns = torch.tensor([1.0, 0, 0, 0]).repeat(count, 1)
    return Cloud(at, torch.full((count, 3), 0.025), turns, torch.ones(count), ((red - 0.5) / SH0)[:, None])


def test_harmonics_are_orthonormal_over_the_sphere() -> None:
    basis = harmonics(shell(50_000, 1.0).positions, 16).double()
    products = basis.T @ basis * 4 * math.pi / len(basis)
    assert torch.allclose(products, torch.eye(16, dtype=torch.float64), atol=2e-3)


def test_one_gaussian_is_seen_as_a_bump_of_its_size_and_opacity() -> None:
    picture, mask = render(cloud((0.0, 0.0, 0.0), opacity=0.8), FRONT, 101, 101, Look())
    sigma = 0.1 * 101 / 2  # pixels
    y, x = torch.meshgrid(torch.arange(101.0) - 50, torch.arange(101.0) - 50, indexing="ij")
    wanted = 0.8 * torch.exp(-(x * x + y * y) / 2 / (sigma**2 + 0.3))
    wanted = torch.where(wanted > 1 / 255, wanted, 0.0) * (sigma**2 / (sigma**2 + 0.3))
    assert float((mask - wanted).abs().max()) < 0.02
    assert torch.allclose(picture, mask[..., None].expand(-1, -1, 3), atol=1e-5)


def test_right_is_right_and_up_is_up() -> None:
    _, mask = render(cloud((0.5, 0.25, 0.0), scale=0.02), FRONT, 100, 100, Look())
    row, column = divmod(int(mask.argmax()), 100)
    assert (column, row) in {(74, 37), (75, 37), (74, 38), (75, 38), (74, 36), (75, 36)}


def test_a_rotated_ellipsoid_leans() -> None:
    half = math.radians(45) / 2
    long = cloud((0.0, 0.0, 0.0), scale=torch.tensor([0.3, 0.02, 0.02]))
    long = replace(long, rotations=torch.tensor([[math.cos(half), 0, 0, math.sin(half)]]))
    _, mask = render(long, FRONT, 101, 101, Look())
    assert mask[30, 70].item() > 0.1  # up and to the right
    assert mask[70, 70].item() == 0.0


def test_the_nearer_of_two_covers_the_other_as_light_is_held_back() -> None:
    colours = torch.tensor([[1.0, 0, 0], [0, 0, 1.0]])
    pair = cloud((0.0, 0.0, 1.0), (0.0, 0.0, -1.0), scale=0.5, opacity=0.6, colour=colours)
    picture, mask = render(pair, FRONT, 33, 33, Look())
    assert picture[16, 16].tolist() == pytest.approx([0.6, 0.0, 0.24], abs=0.01)
    assert mask[16, 16].item() == pytest.approx(0.84, abs=0.01)
    sharp, _ = render(pair, FRONT, 33, 33, Look(sharpen=4.0))
    assert sharp[16, 16, 0].item() > 0.8  # the strongest stands out
    turned = FRONT.turned(180.0)
    assert render(pair, turned, 33, 33, Look())[0][16, 16].tolist() == pytest.approx([0.24, 0.0, 0.6], abs=0.01)


def test_what_is_farther_is_smaller_unless_the_view_is_flat() -> None:
    near, far = cloud((0.0, 0.0, 5.0), scale=0.2), cloud((0.0, 0.0, -10.0), scale=0.2)
    sizes = [float(render(c, FRONT, 64, 64, Look())[1].sum()) for c in (near, far)]
    assert sizes[0] / sizes[1] == pytest.approx(16, rel=0.05)  # 5 and 20 away
    flat = View(FRONT.camera, FRONT.fov, flat=True)
    alike = [float(render(c, flat, 64, 64, Look())[1].sum()) for c in (near, far)]
    assert alike[0] == pytest.approx(alike[1], rel=1e-3)


def test_bands_give_the_same_picture_as_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    ball = shell(2000)
    whole = render(ball, frame(ball), 64, 48, Look())
    monkeypatch.setattr("diffusion.solids.splat_view.PAIRS_MAX", 3000)
    parts = render(ball, frame(ball), 64, 48, Look())
    assert torch.allclose(whole[0], parts[0], atol=1e-5)


def test_a_framed_ball_fills_the_picture_and_its_styles_say_where_it_is() -> None:
    ball = shell()
    view = frame(ball)
    _, mask = render(ball, view, 128, 128, Look())
    seen = (mask > 0.5).nonzero()
    assert 90 < int(seen[:, 0].max() - seen[:, 0].min()) < 127
    assert mask[0, 0].item() == 0.0
    depth, _ = render(ball, view, 128, 128, Look(style="depth"))
    assert depth[64, 64, 0].item() > 0.8 > depth[64, 16, 0].item()
    flat = replace(ball, scales=ball.scales * torch.tensor([1, 1, 0.1]), rotations=_facing_out(ball.positions))
    normal, _ = render(flat, view, 128, 128, Look(style="normal"))
    assert normal[64, 64].tolist() == pytest.approx([0.5, 0.5, 1.0], abs=0.06)
    assert normal[64, 110, 0].item() > 0.8
    clay, _ = render(flat, view, 128, 128, Look(style="clay"))
    assert clay[64, 64].tolist() == pytest.approx([0.8] * 3, abs=0.03)
    assert clay[64, 112, 0].item() < 0.6


def test_a_shell_of_gaussians_becomes_a_closed_ball_with_its_colours() -> None:
    body = extract(shell(), Extraction(resolution=48, smooth=2, level=1.0))
    assert (is_closed(body), euler(body), body.unlit) == (True, 2, True)
    assert volume(body) == pytest.approx(4 / 3 * math.pi * 0.5**3, rel=0.25)
    assert body.vertex_colors is not None
    right = body.vertices[:, 0] > 0.1
    assert float(body.vertex_colors[right, 0].min()) > 0.9
    assert float(body.vertex_colors[body.vertices[:, 0] < -0.1, 0].max()) < 0.1


def test_a_higher_level_is_thinner_and_floaters_are_dropped() -> None:
    ball = shell()
    fat, thin = (volume(extract(ball, Extraction(resolution=48, level=level))) for level in (0.2, 1.2))
    assert fat > thin
    stray = cloud((2.0, 0.0, 0.0), scale=0.02, opacity=1.0)
    both = Cloud(*(torch.cat(pair) for pair in zip(_parts(ball), _parts(stray), strict=True)))
    for least, parts in ((1, 2), (100, 1)):
        body = extract(both, Extraction(resolution=96, level=0.2, min_component=least))
        assert len(torch.unique(parts_of(body))) == parts


def test_otsu_parts_two_groups_between_them() -> None:
    values = torch.cat([torch.full((100,), 1.0), torch.full((100,), 5.0), torch.zeros(1000)])
    assert 1.0 < otsu(values) < 5.0
    assert otsu(torch.zeros(3)) == 0.0


def test_shapes_that_do_not_fit_and_clouds_too_faint_are_told() -> None:
    with pytest.raises(DiffusionError, match=r"scales are \(1, 3, 3\)"):
        clouds_of(
            Splat(
                torch.zeros(1, 2, 3),
                torch.zeros(1, 3, 3),
                torch.ones(1, 2, 4),
                torch.ones(1, 2, 1),
                torch.zeros(1, 2, 1, 3),
            )
        )
    with pytest.raises(DiffusionError, match="min_opacity"):
        extract(cloud((0.0, 0.0, 0.0), opacity=0.1), Extraction(min_opacity=0.5))


@pytest.mark.parametrize("places", [((0.5, 0.5, 0.4),), ((300.0, 0.0, 0.0),), ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))])
def test_gaussians_at_one_place_have_a_surface_too(places: tuple[tuple[float, float, float], ...]) -> None:
    body = extract(cloud(*places), Extraction(resolution=64, min_component=0))
    assert is_closed(body)
    assert (body.vertices.mean(0) - torch.tensor(places[0])).norm() < 0.01


def _parts(one: Cloud) -> tuple[Tensor, ...]:
    return one.positions, one.scales, one.rotations, one.opacities, one.sh


def _facing_out(places: Tensor) -> Tensor:
    """Quaternions that turn z to each place."""
    out = torch.nn.functional.normalize(places, dim=1)
    turn = torch.stack([1 + out[:, 2], -out[:, 1], out[:, 0], torch.zeros(len(out))], 1)
    return torch.nn.functional.normalize(turn, dim=1)
