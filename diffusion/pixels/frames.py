"""Changing what a picture shows by its frame: cut, padded, put side by side. ``(batch, height, width, channels)``."""

from __future__ import annotations

import torch
from torch import Tensor

from diffusion.pixels.batch import add_alpha, resize_image

KONTEXT_SIZES = (
    *((672, 1568), (688, 1504), (720, 1456), (752, 1392), (800, 1328), (832, 1248), (880, 1184), (944, 1104)),
    *((1024, 1024), (1104, 944), (1184, 880), (1248, 832), (1328, 800), (1392, 752), (1456, 720), (1504, 688)),
    (1568, 672),
)


def crop(image: Tensor, x: int, y: int, width: int, height: int) -> Tensor:
    """The part at (x, y); at least one pixel, and no more than there is. Works on masks too."""
    left, top = min(x, image.shape[2] - 1), min(y, image.shape[1] - 1)
    return image[:, top : top + height, left : left + width]


def closest_size(width: int, height: int, sizes: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    """The size whose proportions are nearest."""
    return min(sizes, key=lambda size: abs(width / height - size[0] / size[1]))


def letterbox(image: Tensor, width: int, height: int, value: float, method: str) -> Tensor:
    """The whole picture as large as fits, in the middle of a plain one of that size."""
    old_height, old_width = image.shape[1:3]
    scale = min(width / old_width, height / old_height)
    new_width, new_height = max(1, int(old_width * scale)), max(1, int(old_height * scale))
    x, y = (width - new_width) // 2, (height - new_height) // 2
    result = image.new_full((len(image), height, width, image.shape[-1]), value)
    result[:, y : y + new_height, x : x + new_width] = resize_image(image, new_width, new_height, method)
    return result


def outpaint(image: Tensor, left: int, top: int, right: int, bottom: int, feather: int) -> tuple[Tensor, Tensor]:
    """The picture with grey around it, and a mask ``(1, height, width)``, 1 where there is something to paint.

    Inside of the picture the mask falls from 1 to 0 over ``feather`` pixels, as a square, on the sides that grow; not
    at all when the picture is not more than twice as wide and high as that.
    """
    count, height, width, channels = image.shape
    padded = image.new_full((count, top + height + bottom, left + width + right, channels), 0.5)
    padded[:, top : top + height, left : left + width] = image
    mask = torch.ones(1, *padded.shape[1:3])
    inside = torch.zeros(height, width)
    if feather > 0 and 2 * feather < height and 2 * feather < width:
        rows = _distance(height, top > 0, bottom > 0)
        columns = _distance(width, left > 0, right > 0)
        distance = torch.minimum(rows.unsqueeze(1), columns.unsqueeze(0))
        inside = ((feather - distance) / feather).clamp(min=0) ** 2
    mask[:, top : top + height, left : left + width] = inside
    return padded, mask


def stitch(first: Tensor, second: Tensor, direction: str, fit: bool, gap: int, colour: tuple[float, ...]) -> Tensor:
    """Two pictures side by side, the second to the right of the first, below it ...

    fit: the second takes the first's height (or width); else the smaller one gets a black border. gap: pixels of
    ``colour`` between them, made even. The shorter batch repeats its last picture.
    """
    beside = direction in ("left", "right")
    if fit:
        second = _fit_side(first, second, beside)
    length, channels = max(len(first), len(second)), max(first.shape[-1], second.shape[-1])
    pair = [add_alpha(_repeat_last(image, length), channels) for image in (first, second)]
    across, along = (1, 2) if beside else (2, 1)
    size = max(image.shape[across] for image in pair)
    pair = [_centre(image, size, across) for image in pair]
    if direction in ("left", "up"):
        pair.reverse()
    if gap > 0:
        shape = list(pair[0].shape)
        shape[along] = gap + gap % 2
        pair.insert(1, first.new_tensor((*colour, 1.0)[:channels]).expand(shape))
    return torch.cat(pair, dim=along)


def grid(pictures: Tensor, columns: int, gap: int) -> Tensor:
    """Pictures ``(count, height, width, channels)`` as one, ``(1, ...)``, row by row, with black between them."""
    count, height, width, channels = pictures.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = pictures.new_zeros(1, rows * (height + gap) - gap, columns * (width + gap) - gap, channels)
    for number, picture in enumerate(pictures):
        y, x = number // columns * (height + gap), number % columns * (width + gap)
        sheet[0, y : y + height, x : x + width] = picture
    return sheet


def _distance(size: int, from_start: bool, from_end: bool) -> Tensor:
    """How far each place is from the ends that count, ``(size,)``."""
    place = torch.arange(size, dtype=torch.float32)
    far = torch.full((size,), float(size))
    return torch.minimum(place if from_start else far, size - place if from_end else far)


def _fit_side(first: Tensor, second: Tensor, beside: bool) -> Tensor:
    height, width = second.shape[1:3]
    if beside:
        return resize_image(second, max(1, int(first.shape[1] * width / height)), first.shape[1], "lanczos")
    return resize_image(second, first.shape[2], max(1, int(first.shape[2] * height / width)), "lanczos")


def _repeat_last(image: Tensor, length: int) -> Tensor:
    return torch.cat([image, image[-1:].expand(length - len(image), *image.shape[1:])])


def _centre(image: Tensor, size: int, axis: int) -> Tensor:
    """The picture in the middle of a black one that is ``size`` long along the axis."""
    missing = size - image.shape[axis]
    if missing == 0:
        return image
    shape = list(image.shape)
    shape[axis] = size
    result = image.new_zeros(shape)
    result.narrow(axis, missing // 2, image.shape[axis]).copy_(image)
    return result
