"""Pictures to look at and to draw on in the editor: compared, measured, painted, marked."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from diffusion.pixels.batch import resize_image
from diffusion.pixels.colour import from_hex
from diffusion.pixels.measure import histogram
from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver
from graph.node import Done, Slot, node
from graph.spec import Int, Port, Text
from nodes.boxes_drawn import mark_boxes
from nodes.compositing import Colour
from nodes.image import preview_image
from nodes.ports import IMAGE, MASK
from nodes.workflow_tags import PngInfo, Prompt

HISTOGRAM = Annotated[list[int], Port("HISTOGRAM")]
Canvas = Annotated[int, Int(64, 4096, step=64), "Pixels of an empty canvas.", Slot(extra={"hidden": True})]


class Painting(NamedTuple):
    image: IMAGE
    mask: MASK


class Histograms(NamedTuple):
    rgb: HISTOGRAM
    luminance: HISTOGRAM
    red: HISTOGRAM
    green: HISTOGRAM
    blue: HISTOGRAM


@node("ImageCompare", display_name="Compare Images", category="image", output=True, needs_device=False,
      not_idempotent=True, synonyms=("before after", "slider"))  # fmt: skip
def compare_images(
    *,
    image_a: IMAGE | None = None,
    image_b: IMAGE | None = None,
    compare_view: Annotated[Any, Port("IMAGECOMPARE", widget=True), Slot(optional=True)] = None,  # noqa: ARG001  the editor's slider
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Two pictures on the node, one behind a slider; they are kept in the temp folder only."""
    shown: dict[str, list[Any]] = {}
    for name, images in (("a_images", image_a), ("b_images", image_b)):
        if images is not None:
            saved = preview_image(images=images, prompt=prompt, extra_pnginfo=extra_pnginfo, saver=saver)
            shown[name] = list((saved.ui or {})["images"])
    return Done((), shown)


@node("ImageHistogram", display_name="Image Histogram", category="image", needs_device=False)
def count_levels(*, image: IMAGE) -> Histograms:
    """How many pixels of the first picture have each of 256 levels: of each colour, their mean, and brightness."""
    return Histograms(*histogram(image[0]))


@node("CurveEditor", display_name="Curve Editor", category="image", needs_device=False, synonyms=("tone curve",))
def edit_curve(
    *,
    curve: Annotated[Any, Port("CURVE", widget=True), "Points from (0, 0) to (1, 1), and how to go between them."],
    histogram: Annotated[Any, Port("HISTOGRAM"), "Shown behind the curve."] = None,
) -> Done[Annotated[Any, Port("CURVE"), Slot(name="curve")]]:
    """A curve drawn in the editor."""
    return Done((curve,), {"histogram": list(histogram)} if histogram is not None else None)


@node("DrawBBoxes", display_name="Draw BBoxes", category="detection", needs_device=False, synonyms=("bounding box",))
def draw_boxes(
    *,
    image: IMAGE | None = None,
    bboxes: Annotated[Any, Port("BOUNDING_BOX"), "One box, a list for all pictures, or a list for each."],
) -> Annotated[Tensor, Port("IMAGE"), Slot(name="out_image")]:
    """Boxes with their labels and scores on the pictures; on a black one that holds them if there is none."""
    return mark_boxes(image, bboxes)


@node("Painter", display_name="Painter", category="image", needs_device=False, synonyms=("draw", "brush"))
def paint(
    *,
    image: IMAGE | None = None,
    mask: Annotated[
        str,
        Text(),
        "The strokes: a picture with transparency that the editor uploads.",
        Slot(extra={"socketless": True, "widgetType": "PAINTER", "image_upload": True}),
    ] = "",
    width: Canvas = 512,
    height: Canvas = 512,
    bg_color: Colour = "#000000",
    folders: Folders,
    saver: Saver,
) -> Done[Painting]:
    """Strokes painted in the editor over a picture or a plain canvas, and a mask of where they are."""
    plain = torch.tensor(from_hex(bg_color)).expand(1, height, width, 3)
    canvas = plain if image is None else image[:1, ..., :3]
    colours, alpha = _read_strokes(mask, canvas.shape[2], canvas.shape[1], folders)
    painted = torch.lerp(canvas.float(), colours, alpha)
    return Done(Painting(painted, alpha[..., 0]), preview_image(images=painted, saver=saver).ui)


def _read_strokes(name: str, width: int, height: int, folders: Folders) -> tuple[Tensor, Tensor]:
    """Colours ``(1, height, width, 3)`` and opacity ``(1, height, width, 1)``; nothing painted yet: all clear."""
    if not name.strip():
        return torch.zeros(1, height, width, 3), torch.zeros(1, height, width, 1)
    path = folders.find("input", name)
    try:
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGBA"), dtype=np.float32) / 255
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FileProblem(f"{path.name} holds no strokes that can be read ({error}). Paint them again.") from error
    strokes = torch.from_numpy(pixels).unsqueeze(0)
    strokes = resize_image(strokes, width, height, "lanczos")
    return strokes[..., :3], strokes[..., 3:]
