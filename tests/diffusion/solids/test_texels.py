"""Pixels on bodies: each middle on its face, and pictures without holes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from diffusion.errors import DiffusionError
from diffusion.solids.body import Body
from diffusion.solids.texels import fit_uvs, texels_of
from tests.diffusion.solids.shapes import quad


def test_every_pixel_of_a_unit_square_lies_where_its_middle_is() -> None:
    body = quad(3)
    texels = texels_of(body, 8)
    places = texels.of(body, body.vertices)
    picture = texels.picture(places)
    middles = (torch.arange(8) + 0.5) / 8
    assert len(texels.at) == 64
    assert torch.allclose(picture[..., 0], middles.expand(8, 8), atol=1e-6)
    assert torch.allclose(picture[..., 1], (1 - middles)[:, None].expand(8, 8), atol=1e-6)  # v runs down


def test_pixels_beside_all_faces_take_the_nearest_ones_colour() -> None:
    left = Body(torch.zeros(3, 3), torch.tensor([[0, 1, 2]]), uvs=torch.tensor([[0.0, 0], [0.5, 0], [0, 1]]))
    texels = texels_of(left, 4)
    picture = texels.picture(torch.arange(1.0, len(texels.at) + 1)[:, None])
    assert sorted(set(picture.reshape(-1).tolist())) == [float(i) for i in range(1, len(texels.at) + 1)]
    assert picture[0, 3].item() == picture[0, 1].item() == 2.0


def test_large_faces_are_looked_at_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = texels_of(quad(4), 32)
    monkeypatch.setattr("diffusion.solids.texels.PAIRS_MAX", 50)
    parts = texels_of(quad(4), 32)
    assert torch.equal(whole.at, parts.at)
    assert torch.allclose(whole.weights, parts.weights)


def test_uvs_that_spill_out_are_shrunk_in_proportion_and_none_are_told() -> None:
    body = quad(1)
    assert body.uvs is not None
    assert fit_uvs(body) is body
    wide = fit_uvs(replace(body, uvs=body.uvs * torch.tensor([4.0, 2.0]) - 1))
    assert wide.uvs is not None
    assert wide.uvs.amax(0).tolist() == [1.0, 0.5]
    with pytest.raises(DiffusionError, match="Put UnwrapMesh before it"):
        texels_of(quad(1, with_uvs=False), 8)
