from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
import torch

from diffusion.vae.tiling import map_tiles, starts


@pytest.mark.parametrize("extent", [8, 64, 65, 100, 128, 250, 1000])
def test_tiles_cover_a_side_and_overlap(extent: int) -> None:
    begins = starts(extent, size=64, overlap=16)
    covered = {pixel for begin in begins for pixel in range(begin, min(begin + 64, extent))}

    assert covered == set(range(extent))
    assert all(after - before <= 64 - 8 for before, after in pairwise(begins))


def test_tiles_of_a_map_that_looks_at_no_neighbour_give_the_whole() -> None:
    picture = torch.randn(1, 3, 50, 70)

    assert torch.allclose(map_tiles(picture, lambda tile: tile * 2, 32, 8, Fraction(1)), picture * 2, atol=1e-5)


@pytest.mark.parametrize(("scale", "shape"), [(Fraction(8), (400, 560)), (Fraction(1, 2), (25, 35))])
def test_what_comes_out_has_the_scaled_size(scale: Fraction, shape: tuple[int, int]) -> None:
    def resize(tile: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.interpolate(tile, scale_factor=float(scale))

    assert map_tiles(torch.randn(1, 3, 50, 70), resize, 32, 8, scale).shape == (1, 3, *shape)
