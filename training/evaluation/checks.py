"""What can be read off a picture without a model: its background's colour, its thing's colour and place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.starter.scene import COLOURS, OBJECT_COLOURS

# A pixel this far from the background (in 0..1 per channel, summed) belongs to the thing.
_DIFFERENT = 0.3
_Picture = NDArray[np.uint8]


def background_colour(picture: _Picture) -> str:
    """The colour word nearest to the median of the picture's rim."""
    return _nearest(background(picture), tuple(COLOURS))


def thing_colours(picture: _Picture) -> list[str]:
    """Colour words of the thing, the one that covers most first. Its darkest and lightest parts do not vote."""
    pixels = picture[thing_mask(picture)].astype(np.float64)
    spread = pixels.max(axis=1) - pixels.min(axis=1)
    voting = pixels[spread > 50]
    if len(voting) < 20:
        return []
    words = [_nearest_hue(pixel) for pixel in voting]
    return sorted(OBJECT_COLOURS, key=lambda word: -words.count(word))


def is_coloured(picture: _Picture, colour: str) -> bool:
    """Whether the colour covers most of the thing's coloured part."""
    return thing_colours(picture)[:1] == [colour]


def side_of_thing(picture: _Picture) -> str:
    """ "left" or "right": the half that holds the thing's centre of mass."""
    columns = np.nonzero(thing_mask(picture))[1]
    return "left" if not len(columns) or columns.mean() < picture.shape[1] / 2 else "right"


def thing_mask(picture: _Picture) -> NDArray[np.bool_]:
    """``(side, side)``: what differs from the background, its outermost pixels left out.

    A VAE paints those a little off, having seen nothing beyond them.
    """
    mask: NDArray[np.bool_] = np.abs(picture / 255.0 - background(picture) / 255.0).sum(axis=-1) > _DIFFERENT
    edge = max(1, len(mask) // 64)
    mask[:edge] = mask[-edge:] = mask[:, :edge] = mask[:, -edge:] = False
    return mask


def background(picture: _Picture) -> NDArray[np.float64]:
    """``(3,)`` in 0..255: the median of the picture's rim."""
    middle: NDArray[np.float64] = np.median(_rim(picture), axis=0)
    return middle


def halves(picture: _Picture) -> tuple[_Picture, _Picture]:
    """(left, right): the squares around the two places where a pair's things stand."""
    side = picture.shape[0]
    rows = slice(side // 4, side // 4 + side // 2)
    return picture[rows, : side // 2], picture[rows, side // 2 :]


def _rim(picture: _Picture) -> NDArray[np.float64]:
    edge = max(2, len(picture) // 32)
    parts = (picture[:edge], picture[-edge:], picture[:, :edge], picture[:, -edge:])
    return np.concatenate([part.reshape(-1, 3) for part in parts]).astype(np.float64)


def _nearest(colour: NDArray[np.float64], words: tuple[str, ...]) -> str:
    return min(words, key=lambda word: float(np.abs(colour - np.array(COLOURS[word])).sum()))


def _nearest_hue(pixel: NDArray[np.float64]) -> str:
    """The object colour nearest in hue; dark orange is brown and light red is pink."""
    red, green, blue = (float(value) for value in pixel)
    high, low = max(red, green, blue), min(red, green, blue)
    chroma = high - low
    if high == red:
        hue = ((green - blue) / chroma) % 6 * 60
    elif high == green:
        hue = ((blue - red) / chroma + 2) * 60
    else:
        hue = ((red - green) / chroma + 4) * 60
    light = (high + low) / 2
    if hue < 14 or hue >= 345:
        return "pink" if light > 175 else "brown" if high < 120 else "red"
    if hue < 40:
        return "brown" if high < 185 else "orange"
    if hue < 68:
        return "yellow" if high > 150 else "brown"
    for limit, word in ((170, "green"), (250, "blue"), (288, "purple")):
        if hue < limit:
            return word
    return "pink"
