"""Pictures changed pixel by pixel: blended, blurred, sharpened, reduced, with noise, edges, other colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import torch

from diffusion.pixels.batch import change_each, fit_batch, resize_image
from diffusion.pixels.blend import BLENDS
from diffusion.pixels.colour import from_yuv, to_yuv
from diffusion.pixels.colour_transfer import METHODS as TRANSFERS
from diffusion.pixels.colour_transfer import transfer
from diffusion.pixels.compression import compress_stills
from diffusion.pixels.edges import canny
from diffusion.pixels.filters import blur, sharpen
from diffusion.pixels.morphology import OPERATIONS
from diffusion.pixels.palette import DITHERS, quantize
from graph.errors import UserError
from graph.groups import DYNAMIC_COMBO
from graph.node import Slot, node
from graph.run import Run
from graph.spec import SEED_MAX, Choice, Float, Group, Int, Port
from nodes.ports import IMAGE

POST = "image/postprocessing"
Radius = Annotated[int, Int(1, 31, step=1), "Pixels."]
Threshold = Annotated[float, Float(0.01, 0.99, 0.01)]

_INDEX = ["INT", {"default": 0, "min": 0, "max": 10_000}]
STATS = Group(
    DYNAMIC_COMBO,
    {
        "options": [
            {"key": "per_frame", "inputs": {"required": {}}},
            {"key": "uniform", "inputs": {"required": {}}},
            {"key": "target_frame", "inputs": {"required": {"target_index": _INDEX}}},
        ]
    },
)


class Yuv(NamedTuple):
    Y: IMAGE
    U: IMAGE
    V: IMAGE


@node("ImageBlend", category=POST, needs_device=False, synonyms=("mix", "multiply", "screen"))
def blend_images(
    *,
    image1: IMAGE,
    image2: IMAGE,
    blend_factor: Annotated[float, Float(0.0, 1.0, 0.01), "How much of the blend; the rest is image1."] = 0.5,
    blend_mode: Annotated[str, Choice(tuple(BLENDS), modern=True)],
) -> IMAGE:
    """image2 laid over image1, at its size (cut to its proportions)."""
    channels = min(image1.shape[-1], image2.shape[-1])
    image1, image2 = image1[..., :channels].float(), image2[..., :channels].float()
    image2 = fit_batch(resize_image(image2, image1.shape[2], image1.shape[1], "bicubic", "center"), len(image1))
    return torch.lerp(image1, BLENDS[blend_mode](image1, image2), blend_factor).clamp(0, 1)


@node("ImageBlur", category=POST, needs_device=False, synonyms=("gaussian", "soften"))
def blur_image(
    *,
    image: IMAGE,
    blur_radius: Radius = 1,
    sigma: Annotated[float, Float(0.1, 10.0, 0.1), "Shape of the blur, in radii: small is a peak, large a box."] = 1.0,
    run: Run,
) -> IMAGE:
    """The picture blurred."""
    return change_each(image.movedim(-1, 1), lambda one: blur(one, blur_radius, sigma), run.progress).movedim(1, -1)


@node("ImageSharpen", category=POST, needs_device=False, synonyms=("unsharp mask",))
def sharpen_image(
    *,
    image: IMAGE,
    sharpen_radius: Radius = 1,
    sigma: Annotated[float, Float(0.1, 10.0, 0.01), "Shape of the blur that is taken away, in radii."] = 1.0,
    alpha: Annotated[float, Float(0.0, 5.0, 0.01), "How strongly, in tenths."] = 1.0,
    run: Run,
) -> IMAGE:
    """The picture with stronger contours."""
    sharpened = change_each(
        image.movedim(-1, 1), lambda one: sharpen(one, sharpen_radius, sigma, alpha).clamp(0, 1), run.progress
    )
    return sharpened.movedim(1, -1)


@node("ImageQuantize", category=POST, needs_device=False, synonyms=("palette", "dither", "pixel art"))
def quantize_image(
    *,
    image: IMAGE,
    colors: Annotated[int, Int(1, 256, step=1), "How many at most."] = 256,
    dither: Annotated[str, Choice(DITHERS, modern=True), "Pattern that stands for the colours between."],
    run: Run,
) -> IMAGE:
    """The picture in few colours."""
    return change_each(image, lambda one: quantize(one, colors, dither), run.progress)


@node("Morphology", display_name="ImageMorphology", category=POST, needs_device=False, synonyms=("erode", "dilate"))
def change_shapes(
    *,
    image: IMAGE,
    operation: Annotated[str, Choice(tuple(OPERATIONS), modern=True)],
    kernel_size: Annotated[int, Int(3, 999, step=1), "Side of the square that is looked at, in pixels."] = 3,
    run: Run,
) -> IMAGE:
    """Bright regions grown, shrunk, cleaned or outlined."""
    change = OPERATIONS[operation]
    return change_each(image.movedim(-1, 1), lambda one: change(one, kernel_size), run.progress).movedim(1, -1)


@node("Canny", category="image/preprocessors", needs_device=False, synonyms=("edges", "outline", "lines"))
def detect_edges(*, image: IMAGE, low_threshold: Threshold = 0.4, high_threshold: Threshold = 0.8, run: Run) -> IMAGE:
    """White lines where the picture's brightness changes, for ControlNets."""
    lines = change_each(image, lambda one: canny(one, low_threshold, high_threshold), run.progress)
    return lines.unsqueeze(-1).repeat(1, 1, 1, 3)


@node("ImageAddNoise", category="image", needs_device=False, synonyms=("grain",))
def add_noise(
    *,
    image: IMAGE,
    seed: Annotated[int, Int(0, SEED_MAX, reroll=True)] = 0,
    strength: Annotated[float, Float(0.0, 1.0, 0.01), "Deviation of the noise."] = 0.5,
) -> IMAGE:
    """The picture with normal noise on it; the same seed gives the same noise."""
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(seed))
    return (image + strength * noise.to(image)).clamp(0, 1)


@node("ImageRGBToYUV", category="image/batch", needs_device=False)
def split_yuv(*, image: IMAGE) -> Yuv:
    """Brightness and the two colour differences of a picture, each as a grey picture."""
    return Yuv(*(plane.unsqueeze(-1).expand(-1, -1, -1, 3) for plane in to_yuv(image)))


@node("ImageYUVToRGB", category="image/batch", needs_device=False)
def join_yuv(*, Y: IMAGE, U: IMAGE, V: IMAGE) -> IMAGE:
    """A picture of its brightness and colour differences."""
    if not Y.shape[:3] == U.shape[:3] == V.shape[:3]:
        sizes = ", ".join(f"{len(plane)} of {plane.shape[2]} x {plane.shape[1]}" for plane in (Y, U, V))
        raise UserError(f"Y, U and V have to be as many pictures of one size each; they are {sizes}.")
    return from_yuv(Y.mean(-1), U.mean(-1), V.mean(-1))


@node("LTXVPreprocess", category="image", needs_device=False)
def compress_image(
    *, image: IMAGE, img_compression: Annotated[int, Int(0, 100), "H.264's crf; 0 leaves the picture as it is."] = 35
) -> Annotated[torch.Tensor, Port("IMAGE"), Slot(name="output_image")]:
    """The picture with the marks of a video codec, as LTX-Video was trained on."""
    return compress_stills(image, img_compression)


@node("ColorTransfer", display_name="Color Transfer", category=POST, needs_device=False,
      synonyms=("colour match", "grade"))  # fmt: skip
def transfer_colours(
    *,
    image_target: IMAGE,
    image_ref: IMAGE | None = None,
    method: Annotated[str, Choice(TRANSFERS, modern=True), "What of the colours is made equal."] = "reinhard_lab",
    source_stats: Annotated[Mapping[str, Any], STATS, "Which pictures stand for the target's colours."],
    strength: Annotated[float, Float(0.0, 10.0, 0.01), "0 changes nothing."] = 1.0,
    run: Run,
) -> Annotated[torch.Tensor, Port("IMAGE"), Slot(name="image")]:
    """The pictures with the colours of others."""
    if image_ref is None or strength == 0:
        return image_target
    colours, references = image_target[..., :3].float(), image_ref[..., :3].float()
    match source_stats.get("source_stats", "per_frame"):
        case "uniform":
            changed = transfer(colours, references, method)
        case "target_frame":
            index = min(int(source_stats.get("target_index", 0)), len(colours) - 1)
            changed = transfer(colours, references, method, source=colours[index])
        case _:
            found = []
            for one, reference in zip(colours, fit_batch(references, len(colours)), strict=True):
                found.append(transfer(one, reference, method))
                run.progress(len(found), len(colours))
            changed = torch.stack(found)
    changed = torch.lerp(colours, changed, strength).clamp(0, 1)
    return torch.cat([changed, image_target[..., 3:].to(changed)], dim=-1)
