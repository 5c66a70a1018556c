"""Between picture files and the tensors on the wires: IMAGE ``(batch, height, width, 3)`` and MASK in 0..1."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError
from torch import Tensor

from files.errors import FileProblem

log = logging.getLogger(__name__)


def read_picture(path: Path) -> tuple[Tensor, Tensor]:
    """A picture file as ``(frames, height, width, 3)`` and its transparency ``(frames, height, width)`` (1 = clear).

    A picture without transparency has a mask of zeros ``(frames, 64, 64)``, as the field gives it. Frames of another
    size than the first are left out. Raises FileProblem when the file is no picture.
    """
    try:
        with Image.open(path) as picture:
            frames = [_upright(frame) for frame in ImageSequence.Iterator(picture)]
    except UnidentifiedImageError as error:
        raise FileProblem(f"{path.name} is not a picture: nothing that is known here begins like it.") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FileProblem(f"{path.name} is not a picture that can be read ({error}).") from error
    frames = [frame for frame in frames if frame.size == frames[0].size]
    colours = torch.stack([_to_tensor(frame.convert("RGB")) for frame in frames])
    return colours, torch.stack([_transparency(frame) for frame in frames])


def to_pictures(images: Tensor) -> list[Image.Image]:
    """One PIL picture each; values are clipped and truncated, not rounded, as the field does.

    Packs also send masks ``(batch, height, width)`` as pictures: these are grey. (A last size of 1 to 4 is a picture
    without its batch.)
    """
    if images.ndim == 3 and images.shape[-1] > 4:
        images = images.unsqueeze(-1)
    if images.ndim != 4:
        raise FileProblem(
            f"These are no pictures: their shape is {tuple(images.shape)}, not (batch, height, width, colours)."
        )
    values = images.detach().float().cpu()
    if values.isnan().any():
        log.warning(
            "A picture has points that are no numbers (NaN); they are black. Lower cfg or the prompt's weights."
        )
        values = values.nan_to_num(0.0)
    pixels = np.clip(255.0 * values.numpy(), 0, 255).astype(np.uint8)
    return [Image.fromarray(p.squeeze(-1) if p.shape[-1] == 1 else p) for p in pixels]


def _upright(frame: Image.Image) -> Image.Image:
    turned = ImageOps.exif_transpose(frame)
    if turned.mode == "I" or turned.mode.startswith("I;16"):  # 16-bit grey: Pillow would clip it to 255
        turned = Image.fromarray((np.asarray(turned, dtype=np.float32) / 257).astype(np.uint8))
    return turned.convert("RGBA") if "transparency" in turned.info else turned.copy()


def _to_tensor(frame: Image.Image) -> Tensor:
    return torch.from_numpy(np.asarray(frame, dtype=np.float32) / 255.0)


def _transparency(frame: Image.Image) -> Tensor:
    if "A" not in frame.getbands():
        return torch.zeros(64, 64)
    return 1.0 - _to_tensor(frame.getchannel("A"))
