"""Batches of pictures: joined, taken apart, repeated, measured."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes import image_batch as nodes


def numbered(*values: float, height: int = 2, width: int = 3, channels: int = 3) -> Tensor:
    """A batch whose pictures are each filled with one value."""
    return torch.tensor(values).reshape(-1, 1, 1, 1).expand(-1, height, width, channels).contiguous()


def values(images: Tensor) -> list[float]:
    return [round(v, 3) for v in images[:, 0, 0, 0].tolist()]


def test_a_batch_takes_the_size_of_its_first_picture() -> None:
    joined = nodes.batch_images(images={"image0": numbered(0.1), "image1": numbered(0.2, 0.3, height=8, width=8)})
    assert (tuple(joined.shape), values(joined)) == ((3, 2, 3, 3), [0.1, 0.2, 0.3])


def test_the_second_picture_is_cut_to_the_first_ones_proportions_not_stretched() -> None:
    wide = torch.zeros(1, 2, 6, 3)
    wide[:, :, 2:4] = 1.0
    assert nodes.batch_two_images(image1=numbered(0.0, width=2), image2=wide)[1].min() == 1.0


def test_a_picture_without_transparency_becomes_opaque_beside_one_that_has_some() -> None:
    joined = nodes.batch_two_images(image1=numbered(0.5), image2=numbered(0.0, channels=4))
    assert joined[:, 0, 0].tolist() == [[0.5, 0.5, 0.5, 1.0], [0.0, 0.0, 0.0, 0.0]]


def test_a_batch_is_repeated_as_a_whole() -> None:
    assert values(nodes.repeat_images(image=numbered(0.1, 0.2), amount=2)) == [0.1, 0.2, 0.1, 0.2]


def test_pictures_are_taken_from_an_index_and_the_last_one_beyond_the_end() -> None:
    batch = numbered(0.0, 0.1, 0.2, 0.3)
    assert values(nodes.take_images(image=batch, batch_index=1, length=2)) == [0.1, 0.2]
    assert values(nodes.take_images(image=batch, batch_index=3, length=9)) == [0.3]
    assert values(nodes.take_images(image=batch, batch_index=40, length=1)) == [0.3]


def test_rebatching_keeps_the_order_and_starts_anew_where_sizes_change() -> None:
    small = numbered(0.0, 0.1, 0.2)
    batches = nodes.rebatch_images(images=[small, numbered(0.3), numbered(0.4, height=5)], batch_size=[2])
    assert [values(batch) for batch in batches] == [[0.0, 0.1], [0.2, 0.3], [0.4]]


def test_the_size_is_width_then_height_then_how_many() -> None:
    assert nodes.measure_image(image=numbered(0.0, 0.0, height=4, width=7)) == (7, 4, 2)


def test_a_plain_picture_has_the_colour_of_its_number() -> None:
    image = nodes.make_plain_image(width=3, height=2, batch_size=2, color=0xFF8000)
    assert tuple(image.shape) == (2, 2, 3, 3)
    assert image[1, 1, 2].tolist() == [1.0, torch.tensor(128 / 255).item(), 0.0]
