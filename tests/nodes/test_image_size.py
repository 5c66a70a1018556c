"""Pictures at other sizes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from graph.errors import UserError
from nodes import image_size as nodes


def plain(width: int, height: int, value: float = 0.5) -> Tensor:
    return torch.full((1, height, width, 3), value)


def size(image: Tensor) -> tuple[int, int]:
    return image.shape[2], image.shape[1]


@pytest.mark.parametrize(("old", "new"), [((80, 40), (32, 16)), ((40, 80), (16, 32)), ((50, 50), (32, 32))])
def test_the_longer_side_gets_the_size_asked_for(old: tuple[int, int], new: tuple[int, int]) -> None:
    assert size(nodes.scale_to_largest(image=plain(*old), upscale_method="area", largest_size=32)) == new


def test_a_megapixel_is_1024_times_1024_and_steps_round_both_sides() -> None:
    scaled = nodes.scale_to_area(image=plain(64, 64), upscale_method="area", megapixels=0.01, resolution_steps=1)
    assert size(scaled) == (102, 102)  # 102.4 squared is 0.01 of 1024 squared
    scaled = nodes.scale_to_area(image=plain(64, 32), upscale_method="area", megapixels=0.01, resolution_steps=16)
    assert size(scaled) == (144, 80)  # 144.8 x 72.4


def test_kontext_takes_the_trained_size_of_nearest_proportions() -> None:
    assert size(nodes.scale_for_kontext(image=plain(16, 9))) == (1392, 752)
    assert size(nodes.scale_for_kontext(image=plain(10, 10))) == (1024, 1024)
    assert size(nodes.scale_for_kontext(image=plain(10, 100))) == (672, 1568)


def test_bars_fill_what_the_proportions_leave() -> None:
    padded = nodes.resize_and_pad(
        image=plain(4, 2), target_width=8, target_height=8, padding_color="white", interpolation="area"
    )
    assert padded[0, :, 0, 0].tolist() == [1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"resize_type": "scale by multiplier", "multiplier": 0.5}, (20, 10)),
        ({"resize_type": "scale dimensions", "width": 30, "height": 30, "crop": "center"}, (30, 30)),
        ({"resize_type": "scale dimensions", "width": 0, "height": 30, "crop": "center"}, (60, 30)),
        ({"resize_type": "scale longer dimension", "longer_size": 10}, (10, 5)),
        ({"resize_type": "scale shorter dimension", "shorter_size": 10}, (20, 10)),
        ({"resize_type": "scale width", "width": 80}, (80, 40)),
        ({"resize_type": "scale height", "height": 80}, (160, 80)),
        ({"resize_type": "scale height", "height": 0}, (40, 20)),
        ({"resize_type": "scale total pixels", "megapixels": 0.01}, (145, 72)),
        ({"resize_type": "match size", "match": torch.zeros(1, 6, 7), "crop": "disabled"}, (7, 6)),
    ],
)
def test_every_way_to_ask_for_a_size_works_on_pictures_and_masks(
    asked: dict[str, Any], expected: tuple[int, int]
) -> None:
    image = nodes.resize_either(input=plain(40, 20), resize_type=asked, scale_method="area")
    mask = nodes.resize_either(input=torch.ones(2, 20, 40), resize_type=asked, scale_method="area")
    assert size(image.outputs[0]) == expected
    assert tuple(mask.outputs[0].shape) == (2, expected[1], expected[0])


def test_an_unknown_way_to_ask_is_told_with_those_there_are() -> None:
    with pytest.raises(UserError, match=r"'twice'.*scale by multiplier"):
        nodes.resize_either(input=plain(4, 4), resize_type={"resize_type": "twice"})


@pytest.mark.parametrize(
    ("ratio", "megapixels", "multiple", "expected"),
    [
        ("1:1 (Square)", 1.0, 8, (1024, 1024)),
        ("16:9 (Widescreen)", 1.0, 8, (1368, 768)),
        ("9:16 (Portrait Widescreen)", 0.4, 32, (480, 864)),
        ("3:2 (Photo)", 1.0, 64, (1280, 832)),
    ],
)
def test_a_resolution_has_the_proportions_and_area_asked_for(
    ratio: str, megapixels: float, multiple: int, expected: tuple[int, int]
) -> None:
    assert nodes.select_resolution(aspect_ratio=ratio, megapixels=megapixels, multiple=multiple) == expected
