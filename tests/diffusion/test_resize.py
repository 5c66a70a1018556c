from __future__ import annotations

import pytest
import torch

from diffusion.resize import LATENT_METHODS, METHODS, bislerp, crop_to_ratio, resize


@pytest.mark.parametrize("method", sorted({*METHODS, *LATENT_METHODS}))
def test_every_method_keeps_a_flat_picture_flat(method: str) -> None:
    flat = torch.full((2, 3, 8, 6), 0.25)
    assert torch.allclose(resize(flat, 15, 10, method), torch.full((2, 3, 10, 15), 0.25), atol=1e-6)


def test_a_centre_crop_keeps_proportions_before_it_scales() -> None:
    wide = torch.arange(8.0).expand(1, 1, 4, 8)
    assert crop_to_ratio(wide, 1.0)[0, 0, 0].tolist() == [2.0, 3.0, 4.0, 5.0]
    assert resize(wide, 4, 4, "nearest-exact", "center")[0, 0, 0].tolist() == [2.0, 3.0, 4.0, 5.0]


def test_bislerp_keeps_the_length_of_vectors_that_bilinear_would_shorten() -> None:
    quarter_turn = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).reshape(1, 2, 1, 2)
    turned = bislerp(quarter_turn, 4, 1)
    assert torch.allclose(turned.norm(dim=1), torch.ones(1, 1, 4), atol=1e-6)
    assert torch.allclose(turned[0, :, 0, 1], torch.tensor([0.9239, 0.3827]), atol=1e-4)


def test_same_size_is_returned_as_it_is() -> None:
    samples = torch.rand(1, 4, 3, 3)
    assert resize(samples, 3, 3, "bislerp") is samples
