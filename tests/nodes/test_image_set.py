"""Sets of pictures for training."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from nodes import image_set as nodes


def noise(width: int = 12, height: int = 8, seed: int = 0, batch: int = 1) -> Tensor:
    return torch.rand(batch, height, width, 3, generator=torch.Generator().manual_seed(seed))


def test_pictures_are_scaled_by_either_edge() -> None:
    assert nodes.resize_by_shorter(images=noise(), shorter_edge=4).shape == (1, 4, 6, 3)
    assert nodes.resize_by_longer(images=noise(), longer_edge=6).shape == (1, 4, 6, 3)


def test_the_middle_is_cut_out_and_no_more_than_there_is() -> None:
    image = noise()
    assert torch.equal(nodes.crop_middle(images=image, width=4, height=4), image[:, 2:6, 4:8])
    assert torch.equal(nodes.crop_middle(images=image, width=99, height=99), image)


def test_a_random_crop_is_the_seeds_and_lies_inside() -> None:
    image = noise()
    places = set()
    for seed in range(30):
        cut = nodes.crop_anywhere(images=image, width=4, height=4, seed=seed)
        assert torch.equal(cut, nodes.crop_anywhere(images=image, width=4, height=4, seed=seed))
        (found,) = [(x, y) for x in range(9) for y in range(5) if torch.equal(cut, image[:, y : y + 4, x : x + 4])]
        places.add(found)
    assert len(places) > 10


def test_values_are_moved_and_stretched() -> None:
    image = torch.tensor([0.2, 0.5, 0.8]).reshape(1, 1, 1, 3)
    cases = {
        "normal": (nodes.normalize(images=image, mean=0.5, std=0.25), [-1.2, 0.0, 1.2]),
        "bright": (nodes.adjust_brightness(images=image, factor=1.5), [0.3, 0.75, 1.0]),
        "contrast": (nodes.adjust_contrast(images=image, factor=2.0), [0.0, 0.5, 1.0]),
    }
    for name, (changed, expected) in cases.items():
        assert changed.flatten().tolist() == pytest.approx(expected, abs=1e-6), name


def test_a_shuffle_keeps_all_and_follows_numpys_permutation() -> None:
    pictures = [noise(seed=seed) for seed in range(6)]
    shuffled = nodes.shuffle(images=pictures, seed=[5])
    expected = np.random.RandomState(5).permutation(6)
    assert [next(i for i, p in enumerate(pictures) if p is s) for s in shuffled] == expected.tolist()


def test_pictures_that_look_alike_are_kept_once_whatever_their_size() -> None:
    one, other = noise(32, 32), noise(32, 32, seed=1)
    larger = nodes.resize_by_longer(images=one, longer_edge=64)
    kept = nodes.drop_doubles(images=[one, larger, other, (one * 0.97).clamp(0, 1)], similarity_threshold=[0.95])
    assert [picture.shape[1] for picture in kept] == [32, 32]
    assert torch.equal(kept[1], other)


def test_a_grid_lays_pictures_out_row_by_row() -> None:
    pictures = [torch.full((1, 5, 5, 3), value) for value in (0.2, 0.4, 0.6)]
    sheet = nodes.lay_out(images=pictures, columns=[2], cell_width=[2], cell_height=[2], padding=[1])
    assert sheet.shape == (1, 5, 5, 3)
    assert [round(v, 3) for v in sheet[0, 0, :, 0].tolist()] == [0.2, 0.2, 0.0, 0.4, 0.4]
    assert [round(v, 3) for v in sheet[0, 4, :, 0].tolist()] == [0.6, 0.6, 0.0, 0.0, 0.0]


def test_a_grid_is_no_wider_than_its_pictures() -> None:
    sheet = nodes.lay_out(images=[noise(batch=2)], columns=[9], cell_width=[4], cell_height=[3], padding=[0])
    assert sheet.shape == (1, 3, 8, 3)
