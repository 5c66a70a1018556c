"""Masks: made, changed, joined, turned into pictures and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final

import torch
from torch import Tensor

from diffusion.pixels.batch import as_masks, change_each, fit_batch, join_masks
from diffusion.pixels.colour import to_numbers
from diffusion.pixels.frames import crop
from diffusion.pixels.morphology import grow
from diffusion.pixels.paste import fade, overlap
from files.save import Saver
from graph.errors import UserError
from graph.groups import AUTOGROW
from graph.node import Done, Slot, node
from graph.run import Run
from graph.spec import Choice, Float, Group, Int, Port, Toggle
from nodes.image import SIZE_MAX, PngInfo, Prompt, preview_image
from nodes.ports import IMAGE, MASK

CHANNELS = ("red", "green", "blue", "alpha")
MASKS = Group(
    AUTOGROW, {"template": {"input": {"required": {"mask": ["MASK", {}]}}, "prefix": "mask", "min": 2, "max": 50}}
)
MIXES: Final[dict[str, Callable[[Tensor, Tensor], Tensor]]] = {
    "multiply": torch.mul,
    "add": torch.add,
    "subtract": torch.sub,
    "and": lambda a, b: (a.round().bool() & b.round().bool()).to(a),
    "or": lambda a, b: (a.round().bool() | b.round().bool()).to(a),
    "xor": lambda a, b: (a.round().bool() ^ b.round().bool()).to(a),
}
Side = Annotated[int, Int(1, SIZE_MAX, step=1), "Pixels."]
Place = Annotated[int, Int(0, SIZE_MAX, step=1), "Pixels from the left or top."]
Border = Annotated[int, Int(0, SIZE_MAX, step=1), "Pixels over which this side fades in."]
Share = Annotated[float, Float(0.0, 1.0, 0.01)]


@node("SolidMask", category="mask", needs_device=False)
def make_plain_mask(*, value: Share = 1.0, width: Side = 512, height: Side = 512) -> MASK:
    """A mask that is the same everywhere."""
    return torch.full((1, height, width), value)


@node("InvertMask", category="mask", needs_device=False)
def invert_mask(*, mask: MASK) -> MASK:
    """What was masked is not, and the other way round."""
    return 1.0 - mask


@node("CropMask", category="mask", needs_device=False)
def crop_mask(*, mask: MASK, x: Place = 0, y: Place = 0, width: Side = 512, height: Side = 512) -> MASK:
    """A part of the mask; no more than there is."""
    return crop(as_masks(mask), x, y, width, height)


@node("ThresholdMask", category="mask", needs_device=False, synonyms=("binary",))
def threshold_mask(*, mask: MASK, value: Share = 0.5) -> MASK:
    """1 where the mask is above the value, else 0."""
    return (mask > value).float()


@node("GrowMask", display_name="Grow Mask", category="mask", needs_device=False, synonyms=("expand", "shrink"))
def grow_mask(
    *,
    mask: MASK,
    expand: Annotated[int, Int(-SIZE_MAX, SIZE_MAX, step=1), "Pixels; negative shrinks."] = 0,
    tapered_corners: Annotated[bool, Toggle(), "Grow less across corners."] = True,
    run: Run,
) -> MASK:
    """The masked region made larger or smaller."""
    return change_each(as_masks(mask), lambda one: grow(one, expand, tapered_corners), run.progress)


@node("FeatherMask", category="mask", needs_device=False, synonyms=("soft",))
def feather_mask(*, mask: MASK, left: Border = 0, top: Border = 0, right: Border = 0, bottom: Border = 0) -> MASK:
    """The mask fading out towards its borders."""
    height, width = mask.shape[-2:]
    rows, columns = (
        fade(height, min(top, height), min(bottom, height)),
        fade(width, min(left, width), min(right, width)),
    )
    return as_masks(mask) * (rows.unsqueeze(1) * columns.unsqueeze(0)).to(mask)


@node("MaskComposite", category="mask", needs_device=False, synonyms=("combine",))
def combine_masks(
    *,
    destination: MASK,
    source: MASK,
    x: Place = 0,
    y: Place = 0,
    operation: Annotated[str, Choice(tuple(MIXES), modern=True)],
) -> MASK:
    """Two masks combined where the source lies on the destination; what sticks out is cut off."""
    result = as_masks(destination).clone()
    above = fit_batch(as_masks(source), len(result))
    (rows, columns), (source_rows, source_columns) = overlap(result, above, x, y)
    part = result[:, rows, columns]
    result[:, rows, columns] = MIXES[operation](part, above[:, source_rows, source_columns].to(part))
    return result.clamp(0, 1)


@node("BatchMasksNode", display_name="Batch Masks", category="mask", needs_device=False, synonyms=("join",))
def batch_masks(*, masks: Annotated[Mapping[str, Tensor], MASKS]) -> MASK:
    """Masks in one batch, at the size of the first."""
    return join_masks(list(masks.values()))


@node("ImageToMask", display_name="Convert Image to Mask", category="mask", needs_device=False)
def image_to_mask(*, image: IMAGE, channel: Annotated[str, Choice(CHANNELS, modern=True)]) -> MASK:
    """One channel of a picture as a mask."""
    number = CHANNELS.index(channel)
    if number >= image.shape[-1]:
        raise UserError(f"The picture has no {channel}: it has {image.shape[-1]} channels. Choose another channel.")
    return image[..., number]


@node("ImageColorToMask", category="mask", needs_device=False, synonyms=("chroma key",))
def colour_to_mask(
    *, image: IMAGE, color: Annotated[int, Int(0, 0xFFFFFF, step=1, display="number"), "0xrrggbb as a number."] = 0
) -> MASK:
    """1 where the picture has exactly that colour, in 8 bits, else 0."""
    return (to_numbers(image) == color).float()


@node("MaskToImage", display_name="Convert Mask to Image", category="mask", needs_device=False)
def mask_to_image(*, mask: MASK) -> IMAGE:
    """The mask as a grey picture."""
    return as_masks(mask).unsqueeze(-1).expand(-1, -1, -1, 3)


@node("MaskPreview", display_name="Preview Mask", category="mask", output=True, needs_device=False, not_idempotent=True)
def preview_mask(
    *, mask: MASK, prompt: Prompt = None, extra_pnginfo: PngInfo = None, saver: Saver
) -> Done[Annotated[Tensor, Port("MASK"), Slot(name="mask")]]:
    """Show the mask on the node, and pass it on; the file is kept in the temp folder only."""
    shown = preview_image(images=mask_to_image(mask=mask), prompt=prompt, extra_pnginfo=extra_pnginfo, saver=saver)
    return Done((mask,), shown.ui)
