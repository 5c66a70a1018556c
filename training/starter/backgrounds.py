"""What is behind the things: flat colours that vary a little, and simple places."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from training.starter.scene import COLOURS

_Rgb = tuple[float, float, float]


def paint_background(background: str, side: int, rng: random.Random) -> NDArray[np.uint8]:
    """``(side, side, 3)`` of a colour word or a place."""
    if background in COLOURS:
        return np.full((side, side, 3), _vary(COLOURS[background], rng), dtype=np.uint8)
    rows = np.linspace(0, 1, side, dtype=np.float32)[:, None, None]
    columns = np.linspace(0, 1, side, dtype=np.float32)[None, :, None]
    match background:
        case "on grass":
            hill = 0.68 + 0.05 * np.sin(3 * columns + rng.uniform(0, 6))
            picture = np.where(rows < hill, _fade(rows, (120, 196, 250), (206, 236, 255)), _vary((104, 190, 76), rng))
        case "on the beach":
            sea = np.where(rows < 0.48, _fade(rows, (130, 206, 250), (214, 240, 255)), _vary((40, 150, 200), rng))
            picture = np.where(rows < 0.7, sea, _vary((242, 214, 150), rng))
        case "in the snow":
            hill = 0.66 + 0.05 * np.sin(3 * columns + rng.uniform(0, 6))
            picture = np.where(rows < hill, _fade(rows, (150, 184, 216), (200, 220, 236)), _vary((246, 250, 255), rng))
            picture = _dots(picture, rng, 40, (255, 255, 255), 2)
        case "at night":
            picture = _dots(_fade(rows, (14, 18, 58), (44, 40, 110)) + 0 * columns, rng, 40, (255, 244, 190), 2)
        case "at sunset":
            picture = _fade(rows, (110, 60, 150), (255, 170, 80)) + 0 * columns
        case "under water":
            picture = _dots(_fade(rows, (60, 180, 220), (10, 70, 140)) + 0 * columns, rng, 14, (170, 226, 246), 4)
        case _:
            raise KeyError(background)
    return np.broadcast_to(picture, (side, side, 3)).clip(0, 255).astype(np.uint8)


def _vary(colour: tuple[int, int, int], rng: random.Random) -> _Rgb:
    """The colour, slightly off; white stays white, because it is what a picture without a background word has."""
    if colour == COLOURS["white"]:
        return 255.0, 255.0, 255.0
    red, green, blue = (min(255.0, max(0.0, value + rng.uniform(-14, 14))) for value in colour)
    return red, green, blue


def _fade(rows: NDArray[np.float32], top: _Rgb, bottom: _Rgb) -> NDArray[np.float32]:
    faded: NDArray[np.float32] = (
        np.array(top, dtype=np.float32) * (1 - rows) + np.array(bottom, dtype=np.float32) * rows
    )
    return faded


def _dots(
    picture: NDArray[np.float32], rng: random.Random, number: int, colour: _Rgb, largest: int
) -> NDArray[np.float32]:
    """The picture with squares of up to ``largest`` pixels (at a side of 128) strewn over it."""
    side = len(picture)
    strewn = picture.copy()
    for _ in range(number):
        extent = max(1, rng.randint(1, largest) * side // 128)
        x, y = rng.randrange(side), rng.randrange(side)
        strewn[y : y + extent, x : x + extent] = colour
    return strewn
