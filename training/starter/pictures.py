"""Composed pictures, shard after shard, for the stages that look at pixels. They are composed anew, not stored."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
import torch
from torch import Tensor

from training.starter.compose import Composer
from training.starter.pool import PER_CAPTION, compose_shard


def picture_batches(
    composer: Composer, styles: tuple[str, ...], batch: int, shard: int, first: int = 0, shards: int | None = None
) -> Iterator[tuple[list[str], Tensor]]:
    """(captions, pictures ``(batch, 3, side, side)`` in -1..1) without end, PER_CAPTION pictures a caption.

    Shards ``first`` and on, or those again and again when there are only so many of them.
    """
    for number in count():
        seed = first + (number % shards if shards else number)
        captions, pictures = compose_shard(composer, seed, styles, shard)
        order = np.random.default_rng(number).permutation(len(captions))
        rows = min(batch // PER_CAPTION, len(order))
        for start in range(0, len(order) - rows + 1, rows):
            picked = order[start : start + rows]
            paired = pictures.reshape(-1, PER_CAPTION, *pictures.shape[1:])[picked]
            yield [captions[index] for index in picked], to_network(paired.reshape(-1, *pictures.shape[1:]))


def caption_batches(
    composer: Composer, styles: tuple[str, ...], batch: int, shard: int, first: int = 0
) -> Iterator[tuple[list[str], Tensor]]:
    """(captions, pictures ``(batch, 3, side, side)`` in -1..1) without end, one picture a caption."""
    for number in count(first):
        captions, pictures = compose_shard(composer, number, styles, shard, per_caption=1)
        for start in range(0, shard - batch + 1, batch):
            yield captions[start : start + batch], to_network(pictures[start : start + batch])


def to_network(pictures: np.typing.NDArray[np.uint8]) -> Tensor:
    """``(n, side, side, 3)`` bytes to ``(n, 3, side, side)`` in -1..1."""
    return torch.from_numpy(pictures).movedim(-1, 1).float() / 127.5 - 1
