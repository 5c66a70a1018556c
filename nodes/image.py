"""Pictures in and out: load, scale, invert, save, preview."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from torch import Tensor

from diffusion.pixels.batch import change_each
from diffusion.resize import METHODS
from diffusion.resize import resize as resize_samples
from files.folders import Folders
from files.save import Saver
from graph.node import Done, Slot, node
from graph.run import Run
from graph.spec import Choice, Float, Int, Port, Text
from nodes.pictures import read_picture, to_pictures
from nodes.ports import IMAGE, MASK

SIZE_MAX = 16384

PictureFile = Annotated[str, Choice(folder="input", upload="image"), "A picture of the input folder."]
Prompt = Annotated[Any, Slot(hidden="PROMPT")]
PngInfo = Annotated[Any, Slot(hidden="EXTRA_PNGINFO")]
Same = Annotated[Tensor, Port("IMAGE"), Slot(name="images")]
Method = Annotated[str, Choice(METHODS), "How new pixels are made from old ones."]
Crop = Annotated[str, Choice(("disabled", "center")), "Cut the middle to the new proportions instead of stretching."]
Side = Annotated[int, Int(0, SIZE_MAX, step=1), "Pixels; 0 keeps the proportions."]


class Picture(NamedTuple):
    image: IMAGE
    mask: MASK


@node(
    "LoadImage", display_name="Load Image", category="image", synonyms=("open", "picture", "photo"), needs_device=False
)
def load_image(*, image: PictureFile, folders: Folders) -> Picture:
    """A picture from the input folder, and its transparency as a mask (1 = transparent)."""
    return Picture(*read_picture(folders.find("input", image)))


@node("LoadImageMask", display_name="Load Image (as Mask)", category="mask", needs_device=False)
def load_image_mask(
    *,
    image: PictureFile,
    channel: Annotated[str, Choice(("alpha", "red", "green", "blue"))] = "alpha",
    folders: Folders,
) -> MASK:
    """One channel of a picture as a mask. Alpha is turned round: 1 = transparent."""
    picture, transparency = read_picture(folders.find("input", image))
    if channel == "alpha":
        return transparency
    return picture[..., ("red", "green", "blue").index(channel)]


@node("ImageScale", display_name="Upscale Image", category="image/upscaling", synonyms=("resize",))
def scale_image(
    *,
    image: IMAGE,
    upscale_method: Method = "nearest-exact",
    width: Side = 512,
    height: Side = 512,
    crop: Crop = "disabled",
    run: Run,
) -> IMAGE:
    """The picture at another size."""
    width, height = fill_size(width, height, image.shape[2], image.shape[1])

    def scale(one: Tensor) -> Tensor:
        return resize_samples(one, width, height, upscale_method, crop)

    return change_each(image.movedim(-1, 1), scale, run.progress).movedim(1, -1)


@node("ImageScaleBy", display_name="Upscale Image By", category="image/upscaling", synonyms=("resize",))
def scale_image_by(
    *,
    image: IMAGE,
    upscale_method: Method = "nearest-exact",
    scale_by: Annotated[float, Float(0.01, 8.0, 0.01)] = 1.0,
    run: Run,
) -> IMAGE:
    """The picture made larger or smaller by a factor."""
    width, height = max(round(image.shape[2] * scale_by), 1), max(round(image.shape[1] * scale_by), 1)

    def scale(one: Tensor) -> Tensor:
        return resize_samples(one, width, height, upscale_method)

    return change_each(image.movedim(-1, 1), scale, run.progress).movedim(1, -1)


@node("ImageInvert", display_name="Invert Image", category="image", synonyms=("negative",))
def invert_image(*, image: IMAGE) -> IMAGE:
    """Each colour turned into its opposite."""
    return 1.0 - image


@node("SaveImage", display_name="Save Image", category="image", output=True, needs_device=False, not_idempotent=True)
def save_image(
    *,
    images: IMAGE,
    filename_prefix: Annotated[
        str, Text(), "Start of the file names; may hold a folder and %date:yyyy-MM-dd%."
    ] = "Easel",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[Same]:
    """Write the pictures into the output folder as PNG files that carry their workflow, and pass them on."""
    return save_pictures(images, filename_prefix, "output", prompt, extra_pnginfo, saver)


@node(
    "PreviewImage", display_name="Preview Image", category="image", output=True, needs_device=False, not_idempotent=True
)
def preview_image(*, images: IMAGE, prompt: Prompt = None, extra_pnginfo: PngInfo = None, saver: Saver) -> Done[Same]:
    """Show the pictures on the node, and pass them on; the files are kept in the temp folder only."""
    return save_pictures(images, "preview", "temp", prompt, extra_pnginfo, saver)


def save_pictures(
    images: IMAGE, prefix: str, place: str, prompt: Any, extra: Mapping[str, Any] | None, saver: Saver
) -> Done[Same]:
    """Write pictures below a place (output, temp) with their workflow; they are passed on."""
    metadata = {**({"prompt": prompt} if prompt else {}), **(extra or {})}
    pictures = to_pictures(images)
    saved = [
        saver.save_png(picture, prefix.replace("%batch_num%", str(number)), place=place, metadata=metadata)
        for number, picture in enumerate(pictures)
    ]
    return Done((images,), {"images": saved})


def fill_size(width: int, height: int, old_width: int, old_height: int) -> tuple[int, int]:
    """The size asked for, where 0 means: whatever keeps the proportions (both 0: no change)."""
    if width == 0 and height == 0:
        return old_width, old_height
    if width == 0:
        width = max(1, round(old_width * height / old_height))
    elif height == 0:
        height = max(1, round(old_height * width / old_width))
    return width, height
