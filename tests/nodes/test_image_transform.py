"""Pictures cut, turned, padded and put side by side."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from graph.errors import UserError
from nodes import image_transform as nodes


def picture(rows: list[list[float]]) -> Tensor:
    """One grey picture of these rows."""
    return torch.tensor(rows).reshape(1, len(rows), len(rows[0]), 1).repeat(1, 1, 1, 3)


def rows(image: Tensor) -> list[list[float]]:
    return [[round(v, 3) for v in row] for row in image[0, :, :, 0].tolist()]


LETTERS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def test_a_crop_keeps_what_there_is_from_its_corner_on() -> None:
    assert rows(nodes.crop_image(image=picture(LETTERS), width=2, height=9, x=1, y=1)) == [[5.0, 6.0]]


def test_a_crop_beyond_the_picture_keeps_its_last_pixel() -> None:
    assert rows(nodes.crop_image(image=picture(LETTERS), width=4, height=4, x=99, y=99)) == [[6.0]]


def test_a_box_crops_and_a_list_of_boxes_gives_its_first() -> None:
    box = {"x": 1, "y": 0, "width": 2, "height": 1}
    assert rows(nodes.crop_image_to_box(image=picture(LETTERS), crop_region=box)) == [[2.0, 3.0]]
    boxes: list[list[dict[str, int]]] = [[box, {"x": 0, "y": 0, "width": 1, "height": 1}]]
    assert nodes.read_box(boxes) == (1, 0, 2, 1)


def test_what_is_no_box_is_told() -> None:
    with pytest.raises(UserError, match="is no box"):
        nodes.crop_image_to_box(image=picture(LETTERS), crop_region={"x": 1})


def test_flips_go_upside_down_or_mirror() -> None:
    assert rows(nodes.flip_image(image=picture(LETTERS), flip_method=nodes.FLIPS[0])) == LETTERS[::-1]
    mirrored = nodes.flip_image(image=picture(LETTERS), flip_method=nodes.FLIPS[1])
    assert rows(mirrored) == [[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        ("none", LETTERS),
        ("90 degrees", [[4.0, 1.0], [5.0, 2.0], [6.0, 3.0]]),
        ("180 degrees", [[6.0, 5.0, 4.0], [3.0, 2.0, 1.0]]),
        ("270 degrees", [[3.0, 6.0], [2.0, 5.0], [1.0, 4.0]]),
    ],
)
def test_pictures_turn_clockwise(rotation: str, expected: list[list[float]]) -> None:
    assert rows(nodes.rotate_image(image=picture(LETTERS), rotation=rotation)) == expected


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("right", [[0.1, 0.9, 0.9, 0.2]]),
        ("left", [[0.2, 0.9, 0.9, 0.1]]),
        ("down", [[0.1], [0.9], [0.9], [0.2]]),
        ("up", [[0.2], [0.9], [0.9], [0.1]]),
    ],
)
def test_the_second_picture_goes_where_the_direction_says_with_an_even_gap(
    direction: str, expected: list[list[float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(nodes.COLOURS, "white", (0.9, 0.9, 0.9))
    stitched = nodes.stitch_images(
        image1=picture([[0.1]]), image2=picture([[0.2]]), direction=direction, spacing_width=1
    )
    assert rows(stitched) == expected


def test_a_stitched_picture_takes_the_other_ones_height_or_gets_a_black_border() -> None:
    tall, low = picture([[0.5]] * 4), picture([[0.25, 0.25]] * 2)
    assert tuple(nodes.stitch_images(image1=tall, image2=low).shape) == (1, 4, 5, 3)
    apart = nodes.stitch_images(image1=tall, image2=low, match_image_size=False)
    assert rows(apart) == [[0.5, 0.0, 0.0], [0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.5, 0.0, 0.0]]


def test_the_shorter_batch_repeats_its_last_picture() -> None:
    first = torch.cat([picture([[0.1]]), picture([[0.2]])])
    stitched = nodes.stitch_images(image1=torch.cat([first, picture([[0.3]])]), image2=first)
    assert [[round(v, 3) for v in row] for row in stitched[:, 0, :, 0].tolist()] == [[0.1, 0.1], [0.2, 0.2], [0.3, 0.2]]


def test_outpainting_surrounds_with_grey_and_masks_what_is_new() -> None:
    padded = nodes.pad_for_outpaint(image=picture([[1.0]]), left=1, bottom=1, feathering=0)
    assert rows(padded.image) == [[0.5, 1.0], [0.5, 0.5]]
    assert padded.mask[0].tolist() == [[1.0, 0.0], [1.0, 1.0]]


def test_the_mask_fades_as_a_square_on_growing_sides_only() -> None:
    padded = nodes.pad_for_outpaint(image=picture([[1.0] * 9] * 9), left=1, feathering=4)
    assert padded.mask[0, 4].tolist() == [1.0, 1.0, 0.5625, 0.25, 0.0625, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert torch.equal(padded.mask[0], padded.mask[0, :1].expand(9, 10))


def test_a_picture_too_small_for_the_feather_does_not_fade() -> None:
    assert nodes.pad_for_outpaint(image=picture([[1.0] * 8] * 8), left=8, feathering=4).mask.sum() == 64
