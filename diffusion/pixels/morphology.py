"""Growing and shrinking of bright regions. What lies outside of a picture has no say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d, pad


def dilate(samples: Tensor, size: int) -> Tensor:
    """The brightest value of the ``size`` x ``size`` square around each pixel; even sizes reach further up and left."""
    before = size // 2
    after = size - before - 1
    rows = max_pool2d(pad(samples, (before, after, 0, 0), value=-torch.inf), (1, size), stride=1)
    return max_pool2d(pad(rows, (0, 0, before, after), value=-torch.inf), (size, 1), stride=1)


def erode(samples: Tensor, size: int) -> Tensor:
    """The darkest value of the square around each pixel."""
    return -dilate(-samples, size)


def open_up(samples: Tensor, size: int) -> Tensor:
    """Without the bright specks that are smaller than the square."""
    return dilate(erode(samples, size), size)


def close(samples: Tensor, size: int) -> Tensor:
    """Without the dark specks that are smaller than the square."""
    return erode(dilate(samples, size), size)


OPERATIONS: Final[dict[str, Callable[[Tensor, int], Tensor]]] = {
    "erode": erode,
    "dilate": dilate,
    "open": open_up,
    "close": close,
    "gradient": lambda samples, size: dilate(samples, size) - erode(samples, size),
    "bottom_hat": lambda samples, size: close(samples, size) - samples,
    "top_hat": lambda samples, size: samples - open_up(samples, size),
}


def grow(mask: Tensor, pixels: int, tapered: bool) -> Tensor:
    """A mask ``(batch, height, width)`` grown by ``pixels``, shrunk if negative.

    ``tapered``: pixels reach their four neighbours only, so that corners become diamonds; else all eight.
    """
    if pixels < 0:
        return -grow(-mask, -pixels, tapered)
    planes = mask.unsqueeze(1)
    if not tapered:
        reach = min(pixels, max(mask.shape[-2:]))
        return dilate(planes, 2 * reach + 1).squeeze(1)
    for _ in range(pixels):
        across = max_pool2d(planes, (1, 3), stride=1, padding=(0, 1))
        grown = torch.maximum(across, max_pool2d(planes, (3, 1), stride=1, padding=(1, 0)))
        if torch.equal(grown, planes):
            break
        planes = grown
    return planes.squeeze(1)
