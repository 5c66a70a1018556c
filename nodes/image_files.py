"""Pictures in other files than plain PNG: animations, deep colours, drawings; and from other places than the input."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, BinaryIO, Final, Protocol

import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo as TextChunks
from torch import Tensor

from diffusion.pixels.colour import hlg_to_linear, to_linear
from files.errors import FileProblem
from files.folders import Folders
from files.save import Saver, fill_in
from graph.errors import UserError
from graph.groups import DYNAMIC_COMBO
from graph.node import Done, Slot, node
from graph.spec import Choice, Float, Group, Int, Port, Text, Toggle
from nodes.image import SIZE_MAX, Picture
from nodes.picture_formats import exr, png16
from nodes.pictures import read_picture, to_pictures
from nodes.ports import IMAGE
from nodes.workflow_tags import PngInfo, Prompt, workflow_tags

Prefix = Annotated[str, Text(), "Start of the file names; may hold a folder and %date:yyyy-MM-dd%."]
Rate = Annotated[float, Float(0.01, 1000.0, 0.01), "Frames in a second."]
EFFORT = {"default": 4, "fastest": 0, "slowest": 6}

# WebP carries text in EXIF fields, one JSON value each after its name: Model, Make and those below.
EXIF_FIRST = 0x0110


def _depth(depths: Sequence[str], spaces: Sequence[str]) -> dict[str, Any]:
    names = {"bit_depth": depths, "input_color_space": spaces}
    return {"required": {name: ["COMBO", {"default": o[0], "options": list(o)}] for name, o in names.items()}}


FORMAT = Group(
    DYNAMIC_COMBO,
    {
        "options": [
            {"key": "png", "inputs": _depth(("8-bit", "16-bit"), ("sRGB",))},
            {"key": "exr", "inputs": _depth(("32-bit float",), ("sRGB", "HDR", "linear"))},
        ]
    },
)
TO_LIGHT: Final[dict[str, Callable[[Tensor], Tensor]]] = {
    "sRGB": to_linear,
    "HDR": hlg_to_linear,
    "linear": torch.clone,
}


class Drawing(Protocol):
    """What an SVG output gives: documents, each as a file to read."""

    @property
    def data(self) -> Sequence[BinaryIO]: ...


@node("SaveImageAdvanced", display_name="Save Image (Advanced)", category="image", output=True, needs_device=False,
      not_idempotent=True, synonyms=("exr", "16 bit", "hdr"))  # fmt: skip
def save_image_deep(
    *,
    images: IMAGE,
    filename_prefix: Prefix = "Easel",
    format: Annotated[Mapping[str, str], FORMAT],  # the field's own word
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[Annotated[Tensor, Port("IMAGE"), Slot(name="images")]]:
    """Write the pictures as PNG of 8 or 16 bits, or as light in OpenEXR, and pass them on."""
    tags = workflow_tags(saver, prompt, extra_pnginfo)
    form, depth = format.get("format", "png"), format.get("bit_depth", "8-bit")
    space = format.get("input_color_space", "sRGB")
    if form not in ("png", "exr") or space not in TO_LIGHT:
        raise UserError(f"There is no format '{form}' with colours '{space}'. Choose png or exr; sRGB, HDR or linear.")
    saved = []
    for number, image in enumerate(images):
        prefix = fill_in(filename_prefix.replace("%batch_num%", str(number)), image.shape[1], image.shape[0])
        if form == "exr":
            light = torch.cat([TO_LIGHT[space](image[..., :3].float()), image[..., 3:].float()], dim=-1)
            data = exr(light, tags)
        elif depth == "16-bit":
            data = png16(image, tags)
        else:
            metadata = {key: json.loads(text) for key, text in tags.items()}
            saved.append(saver.save_png(to_pictures(image[None])[0], prefix, metadata=metadata))
            continue
        saved.append(saver.save(lambda file, data=data: file.write(data), prefix, f".{form}", place="output"))  # type: ignore[misc]  # mypy infers no lambda with a default
    return Done((images,), {"images": saved})


@node("SaveAnimatedPNG", category="image/animation", output=True, needs_device=False, not_idempotent=True)
def save_animated_png(
    *,
    images: IMAGE,
    filename_prefix: Prefix = "Easel",
    fps: Rate = 6.0,
    compress_level: Annotated[int, Int(0, 9), "0 is large and fast, 9 small and slow."] = 4,
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Write the pictures as the frames of one animated PNG."""
    first, *others = to_pictures(images)
    texts = TextChunks()
    for key, text in workflow_tags(saver, prompt, extra_pnginfo).items():
        texts.add_text(key, text)
    saved = saver.save(
        lambda file: first.save(
            file,
            format="PNG",
            save_all=True,
            append_images=others,
            duration=round(1000 / fps),
            pnginfo=texts,
            compress_level=compress_level,
        ),
        fill_in(filename_prefix, first.width, first.height),
        ".png",
        place="output",
    )
    return Done((), {"images": [saved], "animated": [True]})


@node("SaveAnimatedWEBP", category="image/animation", output=True, needs_device=False, not_idempotent=True)
def save_animated_webp(
    *,
    images: IMAGE,
    filename_prefix: Prefix = "Easel",
    fps: Rate = 6.0,
    lossless: Annotated[bool, Toggle()] = True,
    quality: Annotated[int, Int(0, 100), "Of colours; of the packing, if lossless."] = 80,
    method: Annotated[str, Choice(tuple(EFFORT), modern=True), "Slower is smaller."],
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Write the pictures as the frames of one animated WebP."""
    first, *others = to_pictures(images)
    exif = Image.Exif()
    for number, (key, text) in enumerate(workflow_tags(saver, prompt, extra_pnginfo).items()):
        exif[EXIF_FIRST - number] = f"{key}:{text}"
    saved = saver.save(
        lambda file: first.save(
            file,
            format="WEBP",
            save_all=True,
            append_images=others,
            duration=round(1000 / fps),
            exif=exif,
            lossless=lossless,
            quality=quality,
            method=EFFORT[method],
        ),
        fill_in(filename_prefix, first.width, first.height),
        ".webp",
        place="output",
    )
    return Done((), {"images": [saved], "animated": [len(images) > 1]})


@node("SaveSVGNode", category="image/save", output=True, needs_device=False, not_idempotent=True)
def save_drawing(
    *,
    svg: Annotated[Drawing, Port("SVG")],
    filename_prefix: Prefix = "svg/Easel",
    prompt: Prompt = None,
    extra_pnginfo: PngInfo = None,
    saver: Saver,
) -> Done[None]:
    """Write SVG drawings into the output folder, with their workflow in them."""
    tags = workflow_tags(saver, prompt, extra_pnginfo)
    saved = []
    for document in svg.data:
        document.seek(0)
        data = _with_metadata(document.read(), tags)
        saved.append(saver.save(lambda file, data=data: file.write(data), filename_prefix, ".svg", place="output"))  # type: ignore[misc]  # mypy infers no lambda with a default
    return Done((), {"images": saved})


@node("LoadImageOutput", display_name="Load Image (from Outputs)", category="image", experimental=True,
      needs_device=False)  # fmt: skip
def load_result(
    *,
    image: Annotated[str, Choice(folder="output", upload="image", modern=True), Slot(extra={"image_folder": "output"})],
    folders: Folders,
) -> Picture:
    """A picture from the output folder, and its transparency as a mask (1 = transparent)."""
    return Picture(*read_picture(folders.find("output", image)))


@node("WebcamCapture", display_name="Webcam Capture", category="image", needs_device=False, synonyms=("camera",))
def load_capture(
    *,
    image: Annotated[str, Port("WEBCAM", widget=True), "The picture that the editor took."],
    width: Annotated[int, Int(0, SIZE_MAX, step=1), "For the camera; 0 leaves it to the camera."] = 0,  # noqa: ARG001  the editor's
    height: Annotated[int, Int(0, SIZE_MAX, step=1), "For the camera; 0 leaves it to the camera."] = 0,  # noqa: ARG001  the editor's
    capture_on_queue: Annotated[bool, Toggle(), "Take a new picture for each run."] = True,  # noqa: ARG001  the editor's
    folders: Folders,
) -> IMAGE:
    """A picture that the editor took with the camera and uploaded."""
    if not isinstance(image, str) or not image.strip():
        raise FileProblem("No picture was taken yet. Press the capture button, or choose to capture when queueing.")
    return read_picture(folders.find("input", image))[0]


def _with_metadata(document: bytes, tags: Mapping[str, str]) -> bytes:
    """The document with the tags as JSON in a metadata element, the first one inside of ``<svg ...>``."""
    start = document.find(b"<svg")
    end = document.find(b">", start) + 1
    if start < 0 or end == 0:
        raise UserError("This is no SVG document: it holds no <svg> element.")
    if not tags or document[end - 2 : end] == b"/>":
        return document
    values = json.dumps({key: json.loads(text) for key, text in tags.items()}).replace("]]>", "]]\\u003e")
    return document[:end] + b"<metadata><![CDATA[" + values.encode() + b"]]></metadata>" + document[end:]
