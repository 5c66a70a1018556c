"""Pictures at other sizes: by factor, by side, by area, padded, as a model wants them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from torch import Tensor

from diffusion.pixels.batch import resize_image, resize_mask
from diffusion.pixels.frames import KONTEXT_SIZES, closest_size, letterbox
from diffusion.resize import METHODS
from graph.errors import UserError
from graph.groups import DYNAMIC_COMBO, MATCH_TYPE
from graph.node import Done, Slot, node
from graph.spec import Choice, Float, Group, Int
from nodes.image import SIZE_MAX, fill_size
from nodes.ports import IMAGE

MEGAPIXEL = 1024 * 1024

# The field lists bilinear twice.
LARGEST_METHODS = ("area", "lanczos", "bilinear", "nearest-exact", "bilinear", "bicubic")
PAD_METHODS = ("area", "bicubic", "nearest-exact", "bilinear", "lanczos")
Side = Annotated[int, Int(1, SIZE_MAX, step=1), "Pixels."]

_SIDE = ["INT", {"default": 512, "min": 0, "max": SIZE_MAX, "step": 1}]
_CROP = ["COMBO", {"default": "center", "multiselect": False, "options": ["disabled", "center"]}]
RESIZE_INPUTS: dict[str, dict[str, Any]] = {
    "scale by multiplier": {"multiplier": ["FLOAT", {"default": 1.0, "min": 0.01, "max": 8.0, "step": 0.01}]},
    "scale dimensions": {"width": _SIDE, "height": _SIDE, "crop": _CROP},
    "scale longer dimension": {"longer_size": _SIDE},
    "scale shorter dimension": {"shorter_size": _SIDE},
    "scale width": {"width": _SIDE},
    "scale height": {"height": _SIDE},
    "scale total pixels": {"megapixels": ["FLOAT", {"default": 1.0, "min": 0.01, "max": 16.0, "step": 0.01}]},
    "match size": {"match": ["IMAGE,MASK", {}], "crop": _CROP},
}
RESIZE = Group(
    DYNAMIC_COMBO, {"options": [{"key": key, "inputs": {"required": i}} for key, i in RESIZE_INPUTS.items()]}
)
EITHER = Group(MATCH_TYPE, {"template": {"template_id": "input_type", "allowed_types": "IMAGE,MASK"}})


@node("ImageScaleToMaxDimension", category="image/upscaling", needs_device=False, synonyms=("resize",))
def scale_to_largest(
    *,
    image: IMAGE,
    upscale_method: Annotated[str, Choice(LARGEST_METHODS, modern=True), "How new pixels are made from old ones."],
    largest_size: Annotated[int, Int(0, SIZE_MAX, step=1), "Pixels of the longer side."] = 512,
) -> IMAGE:
    """The picture with its longer side at a size; proportions stay."""
    height, width = image.shape[1:3]
    largest = max(largest_size, 1)
    return _scale(image, width * largest / max(width, height), height * largest / max(width, height), upscale_method)


@node("ImageScaleToTotalPixels", category="image/upscaling", needs_device=False, synonyms=("resize", "megapixels"))
def scale_to_area(
    *,
    image: IMAGE,
    upscale_method: Annotated[str, Choice(METHODS, modern=True), "How new pixels are made from old ones."],
    megapixels: Annotated[float, Float(0.01, 16.0, 0.01), "1 is 1024 x 1024."] = 1.0,
    resolution_steps: Annotated[int, Int(1, 256), "Width and height become multiples of it."] = 1,
) -> IMAGE:
    """The picture with about as many pixels as asked for; proportions stay."""
    height, width = image.shape[1:3]
    factor = math.sqrt(megapixels * MEGAPIXEL / (width * height)) / resolution_steps
    width, height = max(1, round(width * factor)), max(1, round(height * factor))
    return resize_image(image, width * resolution_steps, height * resolution_steps, upscale_method)


@node("FluxKontextImageScale", category="advanced/conditioning/flux", needs_device=False)
def scale_for_kontext(*, image: IMAGE) -> IMAGE:
    """The picture at the size, among those that Flux Kontext was trained on, whose proportions are nearest."""
    width, height = closest_size(image.shape[2], image.shape[1], KONTEXT_SIZES)
    return resize_image(image, width, height, "lanczos", "center")


@node("ResizeAndPadImage", category="image/transform", needs_device=False, synonyms=("letterbox",))
def resize_and_pad(
    *,
    image: IMAGE,
    target_width: Side = 512,
    target_height: Side = 512,
    padding_color: Annotated[str, Choice(("white", "black"), modern=True)],
    interpolation: Annotated[str, Choice(PAD_METHODS, modern=True)],
) -> IMAGE:
    """The whole picture as large as it fits, with white or black bars."""
    value = 1.0 if padding_color == "white" else 0.0
    return letterbox(image, target_width, target_height, value, interpolation)


@node("ResizeImageMaskNode", display_name="Resize Image/Mask", category="transform", needs_device=False)
def resize_either(
    *,
    input: Annotated[Tensor, EITHER],  # the field's own word
    resize_type: Annotated[Mapping[str, Any], RESIZE],
    scale_method: Annotated[str, Choice(METHODS, modern=True), "How new pixels are made from old ones."] = "area",
) -> Done[Annotated[Any, EITHER, Slot(name="resized")]]:
    """A picture or a mask at another size, said in one of many ways."""
    is_mask = input.ndim == 3
    height, width = input.shape[1:3]
    new_width, new_height = _asked_size(width, height, resize_type)
    change = resize_mask if is_mask else resize_image
    return Done((change(input, new_width, new_height, scale_method, resize_type.get("crop", "disabled")),))


class Sides(NamedTuple):
    width: Annotated[int, Int()]
    height: Annotated[int, Int()]


RATIOS = {
    "1:1 (Square)": (1, 1),
    "3:2 (Photo)": (3, 2),
    "4:3 (Standard)": (4, 3),
    "16:9 (Widescreen)": (16, 9),
    "21:9 (Ultrawide)": (21, 9),
    "2:3 (Portrait Photo)": (2, 3),
    "3:4 (Portrait Standard)": (3, 4),
    "9:16 (Portrait Widescreen)": (9, 16),
}


@node("ResolutionSelector", display_name="Resolution Selector", category="utils", needs_device=False,
      synonyms=("aspect ratio", "size"))  # fmt: skip
def select_resolution(
    *,
    aspect_ratio: Annotated[str, Choice(tuple(RATIOS), modern=True), "Width to height."] = "1:1 (Square)",
    megapixels: Annotated[float, Float(0.1, 16.0, 0.1), "1 is 1024 x 1024."] = 1.0,
    multiple: Annotated[int, Int(8, 128, step=4), "Width and height become multiples of it.", Slot(optional=True)] = 8,
) -> Sides:
    """Width and height of given proportions that make about as many pixels as asked for."""
    across, down = RATIOS[aspect_ratio]
    unit = math.sqrt(megapixels * MEGAPIXEL / (across * down))
    return Sides(*(max(1, round(unit * part / multiple)) * multiple for part in (across, down)))


def _scale(image: Tensor, width: float, height: float, method: str) -> Tensor:
    return resize_image(image, max(1, round(width)), max(1, round(height)), method)


def _asked_size(width: int, height: int, asked: Mapping[str, Any]) -> tuple[int, int]:
    """The new width and height; a size of 0 keeps the proportions, or the whole size where it stands alone."""
    match asked.get("resize_type"):
        case "scale by multiplier":
            factor = asked["multiplier"]
        case "scale dimensions":
            return fill_size(asked["width"], asked["height"], width, height)
        case "scale longer dimension":
            factor = asked["longer_size"] / max(width, height)
        case "scale shorter dimension":
            factor = asked["shorter_size"] / min(width, height)
        case "scale width":
            factor = asked["width"] / width
        case "scale height":
            factor = asked["height"] / height
        case "scale total pixels":
            factor = math.sqrt(asked["megapixels"] * MEGAPIXEL / (width * height))
        case "match size":
            return asked["match"].shape[2], asked["match"].shape[1]
        case other:
            raise UserError(f"There is no way to resize called '{other}'. Choose one of {', '.join(RESIZE_INPUTS)}.")
    factor = factor or 1
    return max(1, round(width * factor)), max(1, round(height * factor))
