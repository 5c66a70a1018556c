"""Edges of pictures: Canny's detector (IEEE PAMI 8, 1986), with Sobel gradients."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d, pad

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def canny(image: Tensor, low: float, high: float) -> Tensor:
    """1 on edges, else 0: ``(batch, height, width)`` of pictures ``(batch, height, width, channels)`` in 0..1.

    Gradients above ``high`` are edges, those above ``low`` only if they touch an edge. A step from black to white has
    a gradient of about 2.8.
    """
    strength, direction = _gradient(_smooth(_grey(image)))
    strength = torch.where(_is_ridge(strength, direction), strength, 0.0)
    strong, candidates = strength > high, strength > low
    while True:
        grown = (max_pool2d(strong.float(), 3, stride=1, padding=1) > 0) & candidates | strong
        if torch.equal(grown, strong):
            return strong.squeeze(1).float()
        strong = grown


def _grey(image: Tensor) -> Tensor:
    if image.shape[-1] < 3:
        return image[..., :1].movedim(-1, 1)
    return (image[..., :3] @ image.new_tensor(LUMA)).unsqueeze(1)


def _smooth(grey: Tensor) -> Tensor:
    """A Gaussian of 5 pixels with a sigma of 1, mirrored at the border."""
    weights = torch.exp(-(torch.arange(-2.0, 3.0) ** 2) / 2).to(grey)
    line = (weights / weights.sum()).reshape(1, 1, 1, 5)
    padded = pad(grey, (2, 2, 2, 2), mode="reflect" if min(grey.shape[-2:]) > 2 else "replicate")
    return conv2d(conv2d(padded, line), line.transpose(-1, -2))


def _gradient(grey: Tensor) -> tuple[Tensor, Tensor]:
    """Length, and direction in eighths of a turn (0 = right, 2 = down)."""
    sobel = grey.new_tensor([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    both = conv2d(pad(grey, (1, 1, 1, 1), mode="replicate"), torch.stack([sobel, sobel.T]).unsqueeze(1))
    x, y = both[:, :1], both[:, 1:]
    return torch.sqrt(x**2 + y**2 + 1e-6), torch.round(torch.atan2(y, x) / (torch.pi / 4)).long() % 8


_STEPS = ((0, 1), (1, 1), (1, 0), (1, -1))  # (y, x) of the directions 0 to 3; 4 to 7 are their opposites


def _is_ridge(strength: Tensor, direction: Tensor) -> Tensor:
    """Where no neighbour along the gradient is steeper: edges become one pixel thin.

    Of two that are equally steep, as on either side of a perfect step, one stays.
    """
    height, width = strength.shape[-2:]
    padded = pad(strength, (1, 1, 1, 1))

    def beside(dy: int, dx: int) -> Tensor:
        return padded[..., 1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]

    ridge = torch.zeros_like(strength, dtype=torch.bool)
    for number, (dy, dx) in enumerate(_STEPS):
        highest = (strength > beside(dy, dx)) & (strength >= beside(-dy, -dx))
        ridge |= (direction % 4 == number) & highest
    return ridge
