"""Pictures cut, turned, padded and put side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import torch

from diffusion.pixels.frames import crop, outpaint, stitch
from graph.errors import UserError
from graph.node import Slot, node
from graph.spec import Choice, Int, Port, Toggle
from nodes.image import SIZE_MAX
from nodes.ports import IMAGE, MASK

FLIPS = ("x-axis: vertically", "y-axis: horizontally")
TURNS = ("none", "90 degrees", "180 degrees", "270 degrees")
COLOURS = {
    "white": (1.0, 1.0, 1.0),
    "black": (0.0, 0.0, 0.0),
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
}
Side = Annotated[int, Int(1, SIZE_MAX, step=1), "Pixels."]
Place = Annotated[int, Int(0, SIZE_MAX, step=1), "Pixels from the left or top."]
Border = Annotated[int, Int(0, SIZE_MAX, step=8), "Pixels added on this side."]


class Padded(NamedTuple):
    image: IMAGE
    mask: MASK


@node("ImageCrop", display_name="Image Crop", category="image/transform", needs_device=False, synonyms=("cut",))
def crop_image(*, image: IMAGE, width: Side = 512, height: Side = 512, x: Place = 0, y: Place = 0) -> IMAGE:
    """A part of the picture; no more than there is."""
    return crop(image, x, y, width, height)


@node("ImageCropV2", display_name="Image Crop", category="image/transform", needs_device=False, synonyms=("cut",))
def crop_image_to_box(
    *,
    image: IMAGE,
    crop_region: Annotated[
        Mapping[str, Any], Port("BOUNDING_BOX", widget=True), Slot(extra={"socketless": True, "component": "ImageCrop"})
    ] = {"x": 0, "y": 0, "width": 512, "height": 512},
) -> IMAGE:
    """The part of the picture that a box marks; no more than there is."""
    x, y, width, height = read_box(crop_region)
    return crop(image, max(x, 0), max(y, 0), max(width, 1), max(height, 1))


@node("ImageFlip", category="image/transform", needs_device=False, synonyms=("mirror",))
def flip_image(*, image: IMAGE, flip_method: Annotated[str, Choice(FLIPS, modern=True)]) -> IMAGE:
    """The picture upside down (x-axis) or mirrored (y-axis)."""
    return torch.flip(image, dims=[1 if flip_method == FLIPS[0] else 2])


@node("ImageRotate", category="image/transform", needs_device=False, synonyms=("turn",))
def rotate_image(*, image: IMAGE, rotation: Annotated[str, Choice(TURNS, modern=True)]) -> IMAGE:
    """The picture turned clockwise."""
    return torch.rot90(image, k=TURNS.index(rotation), dims=[2, 1])


@node("ImageStitch", display_name="Image Stitch", category="image/transform", needs_device=False, synonyms=("concat",))
def stitch_images(
    *,
    image1: IMAGE,
    direction: Annotated[str, Choice(("right", "down", "left", "up"), modern=True), "Where image2 goes."] = "right",
    match_image_size: Annotated[bool, Toggle(), "Scale image2 to the side that it touches."] = True,
    spacing_width: Annotated[int, Int(0, 1024, step=2), "Pixels between them."] = 0,
    spacing_color: Annotated[str, Choice(tuple(COLOURS), modern=True)] = "white",
    image2: IMAGE | None = None,
) -> IMAGE:
    """Two pictures side by side."""
    if image2 is None:
        return image1
    return stitch(image1, image2, direction, match_image_size, spacing_width, COLOURS[spacing_color])


@node("ImagePadForOutpaint", display_name="Pad Image for Outpainting", category="image", needs_device=False,
      synonyms=("extend", "border"))  # fmt: skip
def pad_for_outpaint(
    *,
    image: IMAGE,
    left: Border = 0,
    top: Border = 0,
    right: Border = 0,
    bottom: Border = 0,
    feathering: Annotated[int, Int(0, SIZE_MAX, step=1), "Pixels inside of the picture that may change too."] = 40,
) -> Padded:
    """The picture with grey around it, and a mask of what is to be painted."""
    return Padded(*outpaint(image, left, top, right, bottom, feathering))


def read_box(box: Any) -> tuple[int, int, int, int]:
    """x, y, width, height of a box ``{x, y, width, height}``; the first one of a list. Raises UserError."""
    while isinstance(box, list | tuple) and box:
        box = box[0]
    try:
        return int(box["x"]), int(box["y"]), int(box["width"]), int(box["height"])
    except (TypeError, KeyError, ValueError) as error:
        raise UserError(f"{box!r} is no box. A box has x, y, width and height, in pixels.") from error
