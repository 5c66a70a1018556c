"""One picture on another: pasted through masks, with alpha, with the mask cut out."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import torch

from diffusion.pixels.batch import add_alpha, as_masks, fit_batch, one_by_one, resize_image, resize_mask
from diffusion.pixels.blend import MODES, compose
from diffusion.pixels.colour import from_hex
from diffusion.pixels.cutout import crop_to_mask
from diffusion.pixels.paste import paste
from graph.errors import UserError
from graph.node import Slot, node
from graph.spec import Choice, Float, Int, Port, Toggle
from nodes.image import SIZE_MAX
from nodes.ports import IMAGE, MASK

ALPHA = "mask/compositing"
Place = Annotated[int, Int(0, SIZE_MAX, step=1), "Pixels from the left or top of the destination."]
Colour = Annotated[str, Port("COLOR", widget=True), "#rrggbb"]


class Cut(NamedTuple):
    image: IMAGE
    mask: MASK


@node("ImageCompositeMasked", category="image", needs_device=False, synonyms=("paste", "overlay"))
def paste_image(
    *,
    destination: IMAGE,
    source: IMAGE,
    x: Place = 0,
    y: Place = 0,
    resize_source: Annotated[bool, Toggle(), "Stretch the source over the whole destination."] = False,
    mask: MASK | None = None,
) -> IMAGE:
    """The source put on the destination, where the mask is 1 or everywhere; what sticks out is cut off."""
    source = add_alpha(source, destination.shape[-1])[..., : destination.shape[-1]]
    result = paste(destination.movedim(-1, 1), source.movedim(-1, 1), x, y, mask, fit=resize_source)
    return result.movedim(1, -1)


@node("SplitImageWithAlpha", display_name="Split Image with Alpha", category=ALPHA, needs_device=False)
def split_alpha(*, image: IMAGE) -> Cut:
    """Colours and transparency (1 = clear) of a picture; zeros if it has none."""
    transparency = 1.0 - image[..., 3] if image.shape[-1] > 3 else torch.zeros(image.shape[:-1])
    return Cut(image[..., :3], transparency)


@node("ImageRemoveAlpha+", display_name="Remove Alpha", category="image", needs_device=False)
def remove_alpha(*, image: IMAGE) -> IMAGE:
    """The picture's colours alone, as they are under its transparency."""
    return image[..., :3]


@node("JoinImageWithAlpha", display_name="Join Image with Alpha", category=ALPHA, needs_device=False,
      synonyms=("transparent", "cut out"))  # fmt: skip
def join_alpha(*, image: IMAGE, alpha: MASK) -> IMAGE:
    """The picture, clear where the mask is 1."""
    count = max(len(image), len(as_masks(alpha)))
    opacity = 1.0 - resize_mask(alpha, image.shape[2], image.shape[1])
    parts = [fit_batch(image[..., :3], count), fit_batch(opacity, count).unsqueeze(-1).to(image)]
    return torch.cat(parts, dim=-1)


@node("PorterDuffImageComposite", display_name="Porter-Duff Image Composite", category=ALPHA, needs_device=False)
def compose_images(
    *,
    source: IMAGE,
    source_alpha: Annotated[torch.Tensor, Port("MASK"), "1 = clear."],
    destination: IMAGE,
    destination_alpha: Annotated[torch.Tensor, Port("MASK"), "1 = clear."],
    mode: Annotated[str, Choice(tuple(MODES), modern=True)] = "DST",
) -> Cut:
    """Two pictures with transparency combined in one of the ways of Porter and Duff, at the destination's size."""
    height, width = destination.shape[1:3]
    count = min(len(source), len(as_masks(source_alpha)), len(destination), len(as_masks(destination_alpha)))
    above, below = (
        resize_image(source[:count, ..., :3], width, height, "bicubic", "center"),
        destination[:count, ..., :3],
    )
    alphas = [
        1.0 - resize_mask(as_masks(mask)[:count], width, height, "bicubic", "center")
        for mask in (source_alpha, destination_alpha)
    ]
    colour, alpha = compose(above, alphas[0], below, alphas[1], mode)
    return Cut(colour, 1.0 - alpha)


@node("ImageCropToMask", category="image/transform", needs_device=False, synonyms=("cut out", "subject"))
def crop_image_to_mask(
    *,
    images: IMAGE,
    masks: MASK,
    width: Annotated[int, Int(64, 4096, step=8), "Pixels of the result."] = 1024,
    height: Annotated[int, Int(64, 4096, step=8), "Pixels of the result."] = 1024,
    pad_factor: Annotated[float, Float(1.0, 2.0, 0.01), "How much larger than what is masked."] = 1.0,
    grow_mask: Annotated[int, Int(-32, 32, step=1), "Pixels that the mask grows first; negative shrinks."] = 0,
    background: Colour = "#000000",
) -> Annotated[torch.Tensor, Port("IMAGE"), Slot(name="images")]:
    """What is masked, in the middle of a plain background, as large as it fits."""
    planes = as_masks(masks)
    if len(planes) not in (1, len(images)):
        raise UserError(f"There are {len(planes)} masks for {len(images)} pictures. Give one mask, or one for each.")
    planes = fit_batch(resize_mask(planes, images.shape[2], images.shape[1]), len(images))
    colour = images.new_tensor(from_hex(background))
    pairs = zip(one_by_one([images[..., :3]]), one_by_one([planes]), strict=True)
    return torch.cat([crop_to_mask(i, m, width, height, pad_factor, grow_mask, colour) for i, m in pairs])
