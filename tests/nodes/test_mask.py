"""Masks: made, changed, joined, turned into pictures and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from files.folders import Folders
from files.save import Saver
from graph.errors import UserError
from graph.run import Run
from nodes import mask as nodes

RUN = Run("run", emit=lambda _: None)


def plane(rows: list[list[float]]) -> Tensor:
    return torch.tensor(rows).unsqueeze(0)


def rows(mask: Tensor) -> list[list[float]]:
    return [[round(v, 3) for v in row] for row in mask[0].tolist()]


def test_a_plain_mask_has_one_value_and_inverts() -> None:
    mask = nodes.make_plain_mask(value=0.25, width=3, height=2)
    assert rows(nodes.invert_mask(mask=mask)) == [[0.75] * 3] * 2


def test_a_crop_keeps_what_there_is() -> None:
    mask = plane([[0.1, 0.2], [0.3, 0.4]])
    assert rows(nodes.crop_mask(mask=mask, x=1, y=0, width=9, height=1)) == [[0.2]]
    assert rows(nodes.crop_mask(mask=mask, x=50, y=50)) == [[0.4]]


def test_a_threshold_keeps_what_lies_above_it() -> None:
    assert rows(nodes.threshold_mask(mask=plane([[0.4, 0.5, 0.6]]), value=0.5)) == [[0.0, 0.0, 1.0]]


@pytest.mark.parametrize("tapered", [True, False])
@pytest.mark.parametrize("expand", [-3, -1, 0, 2, 5])
def test_growing_is_repeated_grey_dilation(expand: int, tapered: bool) -> None:
    from scipy import ndimage  # type: ignore[import-untyped]  # it ships no types

    mask = torch.rand(2, 12, 15, generator=torch.Generator().manual_seed(3))
    footprint = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]]) if tapered else np.ones((3, 3))
    change = ndimage.grey_erosion if expand < 0 else ndimage.grey_dilation
    expected = []
    for one in mask.numpy():
        for _ in range(abs(expand)):
            one = change(one, footprint=footprint)
        expected.append(one)
    grown = nodes.grow_mask(mask=mask, expand=expand, tapered_corners=tapered, run=RUN)
    assert np.array_equal(grown.numpy(), np.stack(expected))


def test_growing_far_beyond_the_picture_ends_when_it_is_full() -> None:
    mask = torch.zeros(1, 40, 40)
    mask[0, 3, 3] = 0.5
    assert torch.equal(nodes.grow_mask(mask=mask, expand=16384, run=RUN), torch.full((1, 40, 40), 0.5))
    assert torch.equal(
        nodes.grow_mask(mask=mask, expand=16384, tapered_corners=False, run=RUN), torch.full((1, 40, 40), 0.5)
    )


def test_feathered_borders_rise_evenly_from_every_side() -> None:
    mask = nodes.feather_mask(mask=torch.ones(1, 1, 6), left=2, right=4)
    assert rows(mask) == [[0.5, 1.0, 1.0, 0.75, 0.5, 0.25]]
    assert rows(nodes.feather_mask(mask=torch.ones(1, 2, 1), top=99)) == [[0.5], [1.0]]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("multiply", [0.2, 0.45, 0.0]),
        ("add", [0.2, 1.0, 0.8]),
        ("subtract", [0.2, 0.0, 0.0]),
        ("and", [0.2, 1.0, 0.0]),
        ("or", [0.2, 1.0, 1.0]),
        ("xor", [0.2, 0.0, 1.0]),
    ],
)
def test_masks_are_combined_where_they_overlap(operation: str, expected: list[float]) -> None:
    target, source = plane([[0.2, 0.6, 0.0]]), plane([[0.75, 0.8, 0.9], [1.0, 1.0, 1.0]])
    mixed = nodes.combine_masks(destination=target, source=source, x=1, operation=operation)
    assert rows(mixed) == [pytest.approx(expected)]


def test_a_source_outside_of_the_destination_changes_nothing() -> None:
    target = plane([[0.2, 0.6]])
    assert torch.equal(nodes.combine_masks(destination=target, source=target, x=9, y=9, operation="add"), target)


def test_masks_join_at_the_first_ones_size() -> None:
    joined = nodes.batch_masks(masks={"mask0": torch.zeros(1, 2, 2), "mask1": torch.ones(2, 6, 6)})
    assert joined.mean((1, 2)).tolist() == [0.0, 1.0, 1.0]
    assert joined.shape == (3, 2, 2)


def test_each_channel_of_a_picture_can_be_a_mask() -> None:
    image = torch.tensor([0.1, 0.2, 0.3, 0.4]).reshape(1, 1, 1, 4)
    masks = [nodes.image_to_mask(image=image, channel=channel) for channel in nodes.CHANNELS]
    assert [round(mask.item(), 3) for mask in masks] == [0.1, 0.2, 0.3, 0.4]
    with pytest.raises(UserError, match="has no alpha: it has 3 channels"):
        nodes.image_to_mask(image=image[..., :3], channel="alpha")


def test_a_colour_is_masked_where_it_is_exactly_that_in_8_bits() -> None:
    image = torch.tensor([[255, 128, 0], [255, 128, 1]]).reshape(1, 1, 2, 3) / 255
    assert rows(nodes.colour_to_mask(image=image, color=0xFF8000)) == [[1.0, 0.0]]


def test_a_mask_becomes_a_grey_picture_and_is_shown_as_one(tmp_path: Path) -> None:
    mask = plane([[0.0, 1.0]])
    assert nodes.mask_to_image(mask=mask[0])[0].tolist() == [[[0.0] * 3, [1.0] * 3]]
    done = nodes.preview_mask(mask=mask, saver=Saver(Folders(tmp_path)))
    assert done.ui is not None
    (shown,) = done.ui["images"]
    assert shown["type"] == "temp"
    with Image.open(tmp_path / "temp" / shown["filename"]) as picture:
        assert [picture.getpixel((x, 0)) for x in (0, 1)] == [(0, 0, 0), (255, 255, 255)]
