"""Which pictures look alike: a hash of 64 bits that survives scaling and small changes."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from diffusion.pixels.batch import resize_image


def brightness_hash(picture: Tensor) -> Tensor:
    """64 booleans: which cells of an 8 x 8 grid are brighter than their mean. ``(1, height, width, channels)``."""
    cells = resize_image(picture[..., :3], 8, 8, "lanczos") @ picture.new_tensor((0.299, 0.587, 0.114))
    # A hair above the mean, or rounding would decide the cells of a plain picture.
    return (cells > cells.mean() + 1e-6).flatten()


def without_doubles(pictures: Sequence[Tensor], threshold: float) -> list[Tensor]:
    """The pictures but those that share ``threshold`` (0..1) or more of the bits of their hash with an earlier one."""
    kept: list[Tensor] = []
    hashes: list[Tensor] = []
    for picture in pictures:
        bits = brightness_hash(picture)
        if all((bits == other).float().mean().item() < threshold for other in hashes):
            kept.append(picture)
            hashes.append(bits)
    return kept
