"""Latents cut, turned, joined along an axis, put on each other. Sizes and places are in pixels of the picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import torch

from diffusion.latents import change_plane, cut, cut_to_batch, require_one_kind
from diffusion.pixels.batch import fit_batch
from diffusion.pixels.paste import paste, paste_feathered
from diffusion.values import Latent
from graph.errors import UserError
from graph.node import node
from graph.spec import Choice, Int, Toggle
from nodes.image import SIZE_MAX
from nodes.image_transform import FLIPS, TURNS
from nodes.ports import LATENT, MASK

TRANSFORM = "latent/transform"
ADVANCED = "latent/advanced"
UNIT = 8  # pixels of the picture to one of the latent
AXES = {"x": -1, "y": -2, "t": -3}

Place = Annotated[int, Int(0, SIZE_MAX, step=UNIT), "Pixels of the picture, from the left or top."]
Side = Annotated[int, Int(64, SIZE_MAX, step=UNIT), "Pixels of the picture."]


@node("LatentFlip", display_name="Flip Latent", category=TRANSFORM, needs_device=False, synonyms=("mirror",))
def flip_latent(*, samples: LATENT, flip_method: Annotated[str, Choice(FLIPS)]) -> LATENT:
    """The latent upside down (x-axis) or mirrored (y-axis), its mask with it."""
    return change_plane(samples, lambda plane: plane.flip(-2 if flip_method == FLIPS[0] else -1))


@node("LatentRotate", display_name="Rotate Latent", category=TRANSFORM, needs_device=False, synonyms=("turn",))
def rotate_latent(*, samples: LATENT, rotation: Annotated[str, Choice(TURNS)]) -> LATENT:
    """The latent turned clockwise, its mask with it."""
    return change_plane(samples, lambda plane: torch.rot90(plane, TURNS.index(rotation), (-1, -2)))


@node("LatentCrop", display_name="Crop Latent", category=TRANSFORM, needs_device=False, synonyms=("cut",))
def crop_latent(*, samples: LATENT, width: Side = 512, height: Side = 512, x: Place = 0, y: Place = 0) -> LATENT:
    """A part of the latent, with its mask: at least 64 pixels, and no more than there is."""
    full_height, full_width = samples.samples.shape[-2:]
    left, top = min(x // UNIT, max(full_width - 8, 0)), min(y // UNIT, max(full_height - 8, 0))

    def part(plane: torch.Tensor) -> torch.Tensor:
        # A mask may be finer than the latent.
        down, across = plane.shape[-2] / full_height, plane.shape[-1] / full_width
        rows = slice(round(top * down), round((top + height // UNIT) * down))
        return plane[..., rows, round(left * across) : round((left + width // UNIT) * across)]

    return change_plane(samples, part)


@node("LatentComposite", display_name="Latent Composite", category="latent", needs_device=False, synonyms=("paste",))
def paste_latent(
    *,
    samples_to: LATENT,
    samples_from: LATENT,
    x: Place = 0,
    y: Place = 0,
    feather: Annotated[int, Int(0, SIZE_MAX, step=UNIT), "Pixels over which it fades in."] = 0,
) -> LATENT:
    """One latent put on another; what sticks out is cut off."""
    require_one_kind(samples_from.samples, samples_to.samples)
    pasted = paste_feathered(samples_to.samples, samples_from.samples, x // UNIT, y // UNIT, feather // UNIT)
    return replace(samples_to, samples=pasted)


@node("LatentCompositeMasked", category="latent", needs_device=False, synonyms=("paste",))
def paste_latent_masked(
    *,
    destination: LATENT,
    source: LATENT,
    x: Place = 0,
    y: Place = 0,
    resize_source: Annotated[bool, Toggle(), "Stretch the source over the whole destination."] = False,
    mask: MASK | None = None,
) -> LATENT:
    """The source put on the destination, where the mask is 1 or everywhere."""
    require_one_kind(source.samples, destination.samples)
    pasted = paste(destination.samples, source.samples, x // UNIT, y // UNIT, mask, fit=resize_source)
    return replace(destination, samples=pasted)


@node("LatentConcat", category=ADVANCED, needs_device=False, synonyms=("join",))
def join_along(
    *,
    samples1: LATENT,
    samples2: LATENT,
    dim: Annotated[
        str, Choice(("x", "-x", "y", "-y", "t", "-t"), modern=True), "Axis; with a minus the second comes first."
    ],
) -> LATENT:
    """Two latents side by side, one below the other, or one after the other."""
    axis = _axis(samples1, dim.removeprefix("-"))
    pair = [samples1.samples, fit_batch(samples2.samples, len(samples1.samples))]
    shapes = [[n for place, n in enumerate(s.shape) if place != s.ndim + axis] for s in pair]
    if shapes[0] != shapes[1]:
        told = " and ".join(str(tuple(s.shape)) for s in pair)
        raise UserError(f"Latents joined along {dim} have to be alike along the others; their shapes are {told}.")
    if dim.startswith("-"):
        pair.reverse()
    return replace(samples1, samples=torch.cat(pair, dim=axis))


@node("LatentCut", category=ADVANCED, needs_device=False)
def cut_latent(
    *,
    samples: LATENT,
    dim: Annotated[str, Choice(tuple(AXES), modern=True)],
    index: Annotated[int, Int(-16384, 16384, step=1), "Latent pixels or frames; negative counts from the end."] = 0,
    amount: Annotated[int, Int(1, 16384, step=1), "Latent pixels or frames."] = 1,
) -> LATENT:
    """A stretch of the latent along one axis."""
    return replace(samples, samples=cut(samples.samples, _axis(samples, dim), index, amount))


@node("LatentCutToBatch", category=ADVANCED, needs_device=False)
def cut_latent_to_batch(
    *,
    samples: LATENT,
    dim: Annotated[str, Choice(("t", "x", "y"), modern=True)],
    slice_size: Annotated[int, Int(1, 16384, step=1), "Latent pixels or frames."] = 1,
) -> LATENT:
    """The latent cut along an axis into pieces of one size, as a batch; the rest is dropped."""
    return replace(samples, samples=cut_to_batch(samples.samples, _axis(samples, dim), slice_size))


@node("TrimVideoLatent", category="latent/video", needs_device=False)
def trim_film(
    *, samples: LATENT, trim_amount: Annotated[int, Int(0, 99999), "Latent frames dropped from the start."] = 0
) -> LATENT:
    """The film without its first frames."""
    return replace(samples, samples=samples.samples[:, :, trim_amount:])


def _axis(latent: Latent, dim: str) -> int:
    if dim == "t" and latent.samples.ndim < 5:
        raise UserError(f"The latent is no film: it has no axis t, its shape is {tuple(latent.samples.shape)}.")
    return AXES[dim]
