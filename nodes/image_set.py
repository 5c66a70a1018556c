"""Sets of pictures for training: every picture of a list cut, scaled, evened out; lists shuffled, joined, thinned."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from diffusion.pixels.batch import one_by_one, resize_image
from diffusion.pixels.frames import crop, grid
from diffusion.pixels.likeness import without_doubles
from graph.node import Slot, node
from graph.spec import SEED_MAX, Float, Int, Port
from nodes.ports import IMAGE

CATEGORY = "dataset/image"
Side = Annotated[int, Int(1, 8192), "Pixels."]
Seed = Annotated[int, Int(0, SEED_MAX)]
Factor = Annotated[float, Float(0.0, 2.0), "1 changes nothing."]
Images = Annotated[Tensor, Port("IMAGE"), Slot(name="images")]
ImageList = Annotated[list[Tensor], Port("IMAGE")]
ImageListOut = Annotated[list[Tensor], Port("IMAGE"), Slot(name="images", is_list=True)]


@node("ResizeImagesByShorterEdge", display_name="Resize Images by Shorter Edge", category=CATEGORY, experimental=True,
      needs_device=False)  # fmt: skip
def resize_by_shorter(*, images: IMAGE, shorter_edge: Side = 512) -> Images:
    """The pictures with their shorter side at a size; proportions stay."""
    return _scale(images, shorter_edge / min(images.shape[1:3]))


@node("ResizeImagesByLongerEdge", display_name="Resize Images by Longer Edge", category=CATEGORY, experimental=True,
      needs_device=False)  # fmt: skip
def resize_by_longer(*, images: IMAGE, longer_edge: Side = 1024) -> Images:
    """The pictures with their longer side at a size; proportions stay."""
    return _scale(images, longer_edge / max(images.shape[1:3]))


@node("CenterCropImages", display_name="Center Crop Images", category=CATEGORY, experimental=True, needs_device=False)
def crop_middle(*, images: IMAGE, width: Side = 512, height: Side = 512) -> Images:
    """The middle of the pictures; no more than there is."""
    x, y = max(0, images.shape[2] - width) // 2, max(0, images.shape[1] - height) // 2
    return crop(images, x, y, width, height)


@node("RandomCropImages", display_name="Random Crop Images", category=CATEGORY, experimental=True, needs_device=False)
def crop_anywhere(*, images: IMAGE, width: Side = 512, height: Side = 512, seed: Seed = 0) -> Images:
    """A part of the pictures at a place that the seed picks; no more than there is."""
    chance = _chance(seed)
    y = int(chance.randint(0, max(0, images.shape[1] - height) + 1))
    x = int(chance.randint(0, max(0, images.shape[2] - width) + 1))
    return crop(images, x, y, width, height)


@node("NormalizeImages", display_name="Normalize Images", category=CATEGORY, experimental=True, needs_device=False)
def normalize(
    *,
    images: IMAGE,
    mean: Annotated[float, Float(0.0, 1.0), "This value becomes 0."] = 0.5,
    std: Annotated[float, Float(0.001, 1.0), "This distance becomes 1."] = 0.5,
) -> Images:
    """The pictures' values moved and stretched, as networks want them; they leave 0..1."""
    return (images - mean) / std


@node("AdjustBrightness", display_name="Adjust Brightness", category=CATEGORY, experimental=True, needs_device=False)
def adjust_brightness(*, images: IMAGE, factor: Factor = 1.0) -> Images:
    """The pictures brighter or darker."""
    return (images * factor).clamp(0, 1)


@node("AdjustContrast", display_name="Adjust Contrast", category=CATEGORY, experimental=True, needs_device=False)
def adjust_contrast(*, images: IMAGE, factor: Factor = 1.0) -> Images:
    """The pictures with values further from, or nearer to, middle grey."""
    return ((images - 0.5) * factor + 0.5).clamp(0, 1)


@node("ShuffleDataset", display_name="Shuffle Image Dataset", category=CATEGORY, experimental=True, needs_device=False,
      takes_lists=True)  # fmt: skip
def shuffle(
    *,
    images: ImageList,
    seed: Annotated[list[int], Int(0, SEED_MAX)] = 0,  # type: ignore[assignment]  # the widget's default
) -> ImageListOut:
    """The list in an order that the seed picks."""
    return [images[place] for place in _chance(seed[0]).permutation(len(images))]


@node("ImageDeduplication", display_name="Image Deduplication", category=CATEGORY, experimental=True,
      needs_device=False, takes_lists=True)  # fmt: skip
def drop_doubles(
    *,
    images: ImageList,
    similarity_threshold: Annotated[
        list[float], Float(0.0, 1.0), "Pictures at least as alike as this are dropped."
    ] = 0.95,  # type: ignore[assignment]  # the widget's default
) -> ImageListOut:
    """The list without pictures that look like an earlier one, whatever their size."""
    return without_doubles(one_by_one(images), similarity_threshold[0])


@node("MergeImageLists", display_name="Merge Image Lists", category=CATEGORY, experimental=True, needs_device=False,
      takes_lists=True)  # fmt: skip
def merge_lists(*, images: ImageList) -> ImageListOut:
    """All pictures as one list."""
    return images


@node("ImageGrid", display_name="Image Grid", category=CATEGORY, experimental=True, needs_device=False,
      takes_lists=True, synonyms=("contact sheet",))  # fmt: skip
def lay_out(
    *,
    images: ImageList,
    columns: Annotated[list[int], Int(1, 20)] = 4,  # type: ignore[assignment]  # the widget's default
    cell_width: Annotated[list[int], Int(32, 2048), "Pixels."] = 256,  # type: ignore[assignment]  # the widget's default
    cell_height: Annotated[list[int], Int(32, 2048), "Pixels."] = 256,  # type: ignore[assignment]  # the widget's default
    padding: Annotated[list[int], Int(0, 50), "Black pixels between pictures."] = 4,  # type: ignore[assignment]  # the widget's default
) -> Images:
    """All pictures on one, row by row, each stretched to its cell."""
    cells = [resize_image(p[..., :3], cell_width[0], cell_height[0], "lanczos") for p in one_by_one(images)]
    return grid(torch.cat(cells), columns[0], padding[0])


def _scale(images: Tensor, factor: float) -> Tensor:
    height, width = (max(1, round(side * factor)) for side in images.shape[1:3])
    return resize_image(images, width, height, "lanczos")


def _chance(seed: int) -> np.random.RandomState:
    """The old generator of numpy, which takes 32 bits: the order that a seed picks is the field's."""
    return np.random.RandomState(seed % (2**32 - 1))
