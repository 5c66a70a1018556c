"""Batches of pictures: made, joined, taken apart, measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from diffusion.pixels.batch import join_images, rebatch
from diffusion.pixels.colour import from_number
from graph.groups import AUTOGROW
from graph.node import Slot, node
from graph.spec import Group, Int, Port
from nodes.image import SIZE_MAX
from nodes.ports import IMAGE

BATCH_MAX = 4096

IMAGES = Group(
    AUTOGROW, {"template": {"input": {"required": {"image": ["IMAGE", {}]}}, "prefix": "image", "min": 2, "max": 50}}
)
Side = Annotated[int, Int(1, SIZE_MAX, step=1), "Pixels."]
Amount = Annotated[int, Int(1, BATCH_MAX)]


class Size(NamedTuple):
    width: Annotated[int, Int()]
    height: Annotated[int, Int()]
    batch_size: Annotated[int, Int()]


@node("BatchImagesNode", display_name="Batch Images", category="image", needs_device=False, synonyms=("join", "merge"))
def batch_images(*, images: Annotated[Mapping[str, Tensor], IMAGES]) -> IMAGE:
    """Pictures in one batch. All take the size of the first: its proportions are cut from their middle."""
    return join_images(list(images.values()))


@node("ImageBatch", display_name="Batch Images", category="image", deprecated=True, needs_device=False)
def batch_two_images(*, image1: IMAGE, image2: IMAGE) -> IMAGE:
    """Two batches as one; the second takes the size of the first."""
    return join_images([image1, image2])


@node("RepeatImageBatch", category="image/batch", needs_device=False)
def repeat_images(*, image: IMAGE, amount: Amount = 1) -> IMAGE:
    """The batch several times over."""
    return image.repeat(amount, 1, 1, 1)


@node("ImageFromBatch", category="image/batch", needs_device=False, synonyms=("select", "frame"))
def take_images(
    *,
    image: IMAGE,
    batch_index: Annotated[int, Int(0, BATCH_MAX - 1), "The first picture that is taken, from 0."] = 0,
    length: Amount = 1,
) -> IMAGE:
    """Part of a batch; the last picture when ``batch_index`` is beyond the end."""
    start = min(batch_index, len(image) - 1)
    return image[start : start + length]


@node("RebatchImages", display_name="Rebatch Images", category="image/batch", needs_device=False, takes_lists=True)
def rebatch_images(
    *,
    images: Annotated[list[Tensor], Port("IMAGE")],
    batch_size: Annotated[list[int], Int(1, BATCH_MAX)] = 1,  # type: ignore[assignment]  # the widget's default
) -> Annotated[list[Tensor], Port("IMAGE"), Slot(is_list=True)]:
    """The same pictures in batches of another length. What takes them runs once for each batch."""
    return rebatch(images, batch_size[0])


@node("GetImageSize", display_name="Get Image Size", category="image", needs_device=False, synonyms=("dimensions",))
def measure_image(*, image: IMAGE) -> Size:
    """Width and height of a picture in pixels, and how many there are in the batch."""
    return Size(image.shape[2], image.shape[1], image.shape[0])


@node("EmptyImage", display_name="EmptyImage", category="image", needs_device=False, synonyms=("solid", "colour"))
def make_plain_image(
    *,
    width: Side = 512,
    height: Side = 512,
    batch_size: Amount = 1,
    color: Annotated[int, Int(0, 0xFFFFFF, step=1, display="color"), "0xrrggbb as a number."] = 0,
) -> IMAGE:
    """Pictures of one colour."""
    return torch.tensor(from_number(color)).expand(batch_size, height, width, 3).contiguous()
